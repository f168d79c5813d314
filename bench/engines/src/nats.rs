//! NATS, and a client that publishes the same messages by itself.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Instant;

use async_nats::client::RequestErrorKind;
use async_nats::jetstream;
use bytes::Bytes;
use futures::StreamExt;
use futures::future::try_join_all;
use sse_runtime::log::{ChannelName, EventLog, NatsLog, NatsOptions, Record};
use tests::servers::{NatsSettings, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Failure;
use crate::count::Count;
use crate::engine::{Engine, LINES, PUBLISHERS, Publisher, channel};

/// The subject of the condition on which an append of the log is stored, since 2.11.
const ASIDE: &str = "Nats-Expected-Last-Subject-Sequence-Subject";

pub(crate) struct Nats {
    server: tests::servers::Nats,
    monitor: SocketAddr,
}

impl Engine for Nats {
    const NAME: &'static str = "NATS JetStream";
    const CHANNELS: usize = 100;
    const FOLLOWER: &'static str = "a subscription to the subject";
    type Log = NatsLog;
    type Publisher = Client;

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

    async fn publishers(&self, channels: usize) -> Result<Vec<Client>, Failure> {
        let log = self.connect().await?;
        let client = async_nats::connect(self.server.url()).await?;
        // A message of the log's, as others see it.
        let mut messages = client.subscribe("sse.>").await?;
        settle(&client).await?;
        let name = ChannelName::new(channel(0))?;
        log.append(&name, &Record::new(LINES.as_bytes())?).await?;
        let message = loop {
            let message = messages.next().await.ok_or("the subscription has ended")?;
            if message.subject.contains(&channel(0)) && message.reply.is_some() {
                break Arc::new(message);
            }
        };
        drop(messages);
        Ok(vec![Client {
            jetstream: jetstream::new(client),
            message,
            channels,
        }])
    }

    async fn follow(&self, ready: &Count, received: &Count) -> Result<(), Failure> {
        let client = async_nats::connect(self.server.url()).await?;
        let mut messages = client.subscribe(format!("sse.{}.log", channel(0))).await?;
        settle(&client).await?;
        ready.add(1);
        while messages.next().await.is_some() {
            received.add(1);
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

/// Waits until the server has done what it was asked to on this connection.
async fn settle(client: &async_nats::Client) -> Result<(), Failure> {
    // Nobody listens there, and the server says so.
    match client.request(client.new_inbox(), Bytes::new()).await {
        Err(error) if error.kind() == RequestErrorKind::NoResponders => Ok(()),
        Err(error) => Err(error.into()),
        Ok(answer) => Err(format!("somebody answered {answer:?}").into()),
    }
}

/// A client that publishes a message again and again.
pub(crate) struct Client {
    jetstream: jetstream::Context,
    message: Arc<async_nats::Message>,
    channels: usize,
}

impl Publisher for Client {
    fn name(&self) -> &'static str {
        "50 tasks with `async-nats`, a message like the log's and its ack, one connection"
    }

    async fn publish(&self, events: u64) -> Result<f64, Failure> {
        let start = Instant::now();
        let publishers = (0..PUBLISHERS).map(|_| {
            let (jetstream, message) = (self.jetstream.clone(), Arc::clone(&self.message));
            let channels = self.channels;
            tokio::spawn(async move {
                for _ in 0..events / PUBLISHERS {
                    let number = channel(fastrand::usize(0..channels));
                    let to = |subject: &str| subject.replace(&channel(0), &number);
                    let mut headers = message.headers.clone().unwrap_or_default();
                    if let Some(aside) = headers.get_last(ASIDE) {
                        let aside = to(aside.as_str());
                        headers.insert(ASIDE, aside);
                    }
                    let (subject, payload) = (to(&message.subject), message.payload.clone());
                    let ack = jetstream.publish_with_headers(subject, headers, payload);
                    ack.await?.await?;
                }
                Ok::<_, Failure>(())
            })
        });
        try_join_all(publishers.map(|it| async { it.await? })).await?;
        Ok((events / PUBLISHERS * PUBLISHERS) as f64 / start.elapsed().as_secs_f64())
    }
}
