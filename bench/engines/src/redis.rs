//! Redis, and `redis-benchmark` running the script of the log.

use std::net::SocketAddr;
use std::time::Duration;

use redis::Value;
use sse_runtime::log::{ChannelName, EventLog, Record, RedisLog, RedisOptions};
use tests::servers::{RedisSettings, Server};
use tokio::process::Command;

use crate::Failure;
use crate::count::Count;
use crate::engine::{Engine, LINES, PUBLISHERS, Publisher, channel, output};

/// What one run of the tool may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Of a stream, with their ids.
type Entries = Vec<(String, Value)>;

pub(crate) struct Redis {
    server: tests::servers::Redis,
}

impl Engine for Redis {
    const NAME: &'static str = "Redis";
    // The tool would put another number into each key of one command.
    const CHANNELS: usize = 1;
    const FOLLOWER: &'static str = "a connection that waits in XREAD";
    type Log = RedisLog;
    type Publisher = Benchmark;

    fn start() -> Option<Self> {
        let server = tests::servers::Redis::start(RedisSettings::default())?;
        Some(Self { server })
    }

    async fn connect(&self) -> Result<RedisLog, Failure> {
        let options = RedisOptions::default().events(10_000_000);
        Ok(options.connect(&self.server.url()).await?)
    }

    async fn publishers(&self, channels: usize) -> Result<Vec<Benchmark>, Failure> {
        let append = self.append_command().await?;
        let publisher = |name, connections, pipeline| Benchmark {
            name,
            server: self.server.address(),
            append: append.clone(),
            channels,
            connections,
            pipeline,
        };
        Ok(vec![
            publisher(
                "`redis-benchmark` with the same EVALSHA, 50 connections",
                PUBLISHERS,
                1,
            ),
            publisher("the same, one connection with 50 at once", 1, PUBLISHERS),
        ])
    }

    async fn follow(&self, ready: &Count, received: &Count) -> Result<(), Failure> {
        let append = self.append_command().await?;
        let log = append.get(3).ok_or("the command has no key")?;
        let client = redis::Client::open(self.server.url())?;
        // It waits for as long as there is nothing to read.
        let config = redis::AsyncConnectionConfig::new().set_response_timeout(None);
        let connection = client.get_multiplexed_async_connection_with_config(&config);
        let mut connection = connection.await?;
        let newest: Entries = redis::cmd("XREVRANGE")
            .arg(log)
            .arg(&["+", "-", "COUNT", "1"])
            .query_async(&mut connection)
            .await?;
        let newest = newest.into_iter().next();
        let mut last = newest.map_or_else(|| "0".to_owned(), |(id, _)| id);
        ready.add(1);
        loop {
            let mut read = redis::cmd("XREAD");
            read.arg(&["COUNT", "1000", "BLOCK", "400", "STREAMS"]);
            let answer: Option<Vec<(String, Entries)>> = read
                .arg(log)
                .arg(&last)
                .query_async(&mut connection)
                .await?;
            for (_, entries) in answer.into_iter().flatten() {
                received.add(entries.len() as u64);
                if let Some((id, _)) = entries.into_iter().next_back() {
                    last = id;
                }
            }
        }
    }

    fn process(&self) -> Option<i32> {
        self.server.daemon().id()
    }

    async fn connections(&self) -> Result<usize, Failure> {
        let list: String = self.server.ask("CLIENT LIST");
        // Who asks is one of them.
        Ok(list.lines().count().saturating_sub(1))
    }
}

impl Redis {
    /// The command with which the log appends, as the server sees it.
    async fn append_command(&self) -> Result<Vec<Vec<u8>>, Failure> {
        let log = self.connect().await?;
        let name = ChannelName::new(channel(0))?;
        let record = Record::new(LINES.as_bytes())?;
        log.append(&name, &record).await?;

        let client = redis::Client::open(self.server.url())?;
        let mut monitor = client.get_connection()?;
        redis::cmd("MONITOR").exec(&mut monitor)?;
        log.append(&name, &record).await?;
        loop {
            let line: String = redis::from_redis_value(monitor.recv_response()?)?;
            let words = words(&line);
            if words.first().is_some_and(|word| word == b"EVALSHA") && !line.contains(" lua]") {
                return Ok(words);
            }
        }
    }
}

/// The tool, with a command to repeat.
pub(crate) struct Benchmark {
    name: &'static str,
    server: SocketAddr,
    append: Vec<Vec<u8>>,
    channels: usize,
    connections: u64,
    pipeline: u64,
}

impl Publisher for Benchmark {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn publish(&self, events: u64) -> Result<f64, Failure> {
        let number = channel(0);
        let mut command = Command::new("redis-benchmark");
        command.args(["-p", &self.server.port().to_string()]);
        command.args(["-c", &self.connections.to_string()]);
        command.args(["-P", &self.pipeline.to_string()]);
        command.args(["-n", &events.to_string(), "-q"]);
        command.args(["-r", &self.channels.to_string()]);
        for word in &self.append {
            // What it replaces with a number of 12 digits, as the names of channels here are.
            let word = String::from_utf8(word.clone())?;
            command.arg(word.replace(&number, "__rand_int__"));
        }
        let text = output(command, PATIENCE).await?;
        let rate = text.rsplit(" requests per second").nth(1);
        let rate = rate.and_then(|before| before.rsplit(' ').next());
        let rate = rate.ok_or_else(|| format!("redis-benchmark says {text:?}"))?;
        Ok(rate.parse()?)
    }
}

/// The words of a line of MONITOR, which quotes them as C would.
fn words(line: &str) -> Vec<Vec<u8>> {
    let mut words = Vec::new();
    let mut bytes = line.bytes().skip_while(|byte| *byte != b'"');
    while bytes.next().is_some() {
        let mut word = Vec::new();
        loop {
            match bytes.next() {
                None | Some(b'"') => break,
                Some(b'\\') => word.push(match bytes.next() {
                    Some(b'n') => b'\n',
                    Some(b'r') => b'\r',
                    Some(b't') => b'\t',
                    Some(b'a') => 7,
                    Some(b'b') => 8,
                    Some(b'x') => {
                        let digits = [bytes.next(), bytes.next()].map(Option::unwrap_or_default);
                        let digits = std::str::from_utf8(&digits).unwrap_or_default();
                        u8::from_str_radix(digits, 16).unwrap_or_default()
                    }
                    other => other.unwrap_or_default(),
                }),
                Some(byte) => word.push(byte),
            }
        }
        words.push(word);
        // The space between.
        bytes.next();
    }
    words
}
