//! NATS, and a client that publishes the same messages by itself.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_nats::{HeaderMap, jetstream};
use futures::StreamExt;
use futures::future::try_join_all;
use sse_runtime::log::{ChannelName, EventLog, NatsLog, NatsOptions, Record};
use tests::servers::{NatsSettings, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::Failure;
use crate::engine::{Engine, LINES, PUBLISHERS, channel};

const LAST: &str = "Nats-Expected-Last-Subject-Sequence";

pub(crate) struct Nats {
    server: tests::servers::Nats,
    monitor: SocketAddr,
}

impl Engine for Nats {
    const NAME: &'static str = "NATS JetStream";
    const TOOL: &'static str = "50 tasks with `async-nats`, each publishing a message like the log's and waiting for its ack, over one connection";
    const FOLLOWER: &'static str = "a subscription to the subject";
    const CHANNELS: usize = 100;
    type Log = NatsLog;

    fn start() -> Option<Self> {
        // Where it tells of itself.
        let free = TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?;
        let settings = NatsSettings {
            lines: vec![format!("http: \"{free}\"")],
            ..NatsSettings::default()
        };
        let server = tests::servers::Nats::start(settings)?;
        Some(Self {
            server,
            monitor: free,
        })
    }

    async fn connect(&self) -> Result<NatsLog, Failure> {
        let options = NatsOptions::default().events(10_000_000);
        Ok(options.connect(&self.server.url()).await?)
    }

    async fn tool(&self, channels: usize, time: Duration) -> Result<f64, Failure> {
        let log = self.connect().await?;
        let client = async_nats::connect(self.server.url()).await?;
        // A message of the log's, as others see it.
        let mut messages = client.subscribe(">").await?;
        client.flush().await?;
        let name = ChannelName::new(channel(0))?;
        log.append(&name, &Record::new(LINES.as_bytes())?).await?;
        let message = loop {
            let message = messages.next().await.ok_or("the subscription has ended")?;
            if message.subject.contains(&channel(0)) && message.reply.is_some() {
                break Arc::new(message);
            }
        };
        drop(messages);
        let jetstream = jetstream::new(client);
        let start = Instant::now();
        let publishers = (0..PUBLISHERS).map(|_| {
            let (jetstream, message) = (jetstream.clone(), Arc::clone(&message));
            tokio::spawn(async move {
                let mut events = 0_u64;
                let mut headers = HeaderMap::new();
                for (name, values) in message.headers.iter().flat_map(HeaderMap::iter) {
                    // Those make it fail the second time.
                    if ["Nats-Msg-Id", LAST].contains(&name.as_ref()) {
                        continue;
                    }
                    for value in values {
                        headers.append(name.clone(), value.clone());
                    }
                }
                while start.elapsed() < time {
                    let number = channel(fastrand::usize(0..channels));
                    let subject = message.subject.replace(&channel(0), &number);
                    let payload = message.payload.clone();
                    let ack = jetstream.publish_with_headers(subject, headers.clone(), payload);
                    ack.await?.await?;
                    events += 1;
                }
                Ok::<_, Failure>(events)
            })
        });
        let events = try_join_all(publishers.map(|it| async { it.await? })).await?;
        let events: u64 = events.into_iter().sum();
        Ok(events as f64 / start.elapsed().as_secs_f64())
    }

    async fn follow(&self, ready: Arc<Notify>, received: Arc<AtomicU64>) -> Result<(), Failure> {
        let client = async_nats::connect(self.server.url()).await?;
        let mut messages = client.subscribe(format!("sse.{}.log", channel(0))).await?;
        client.flush().await?;
        ready.notify_one();
        while messages.next().await.is_some() {
            received.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn process(&self) -> Option<i32> {
        self.server.daemon().id()
    }

    async fn connections(&self) -> Result<usize, Failure> {
        let mut stream = TcpStream::connect(self.monitor).await?;
        stream.write_all(b"GET /varz HTTP/1.0\r\n\r\n").await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        let count = text.split_once("\"connections\": ");
        let count = count.and_then(|(_, rest)| rest.split_once(','));
        let (count, _) = count.ok_or_else(|| format!("nats-server says {text:?}"))?;
        Ok(count.parse()?)
    }
}
