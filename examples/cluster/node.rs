//! A node: readers come to it, and it publishes. Of other nodes it knows what is in Redis, no more.

use std::io::{Read, stdin};
use std::thread;
use std::time::Duration;
use std::{env, process};

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use sse_runtime::hub::Hub;
use sse_runtime::log::RedisLog;
use sse_runtime::{Context, EventId, Problem, Settings, Shutdown, server_sent_events};
use tokio::net::TcpListener;
use tokio::select;
use tokio::sync::mpsc;
use tokio::time::{interval, sleep};

use crate::{Failed, REDIS_URL, causes};

const CHANNEL: &str = "news";
/// Between two news that a node has of its own.
const PACE: Duration = Duration::from_millis(800);
/// Between two attempts to publish something.
const AGAIN: Duration = Duration::from_millis(500);
/// News of readers that wait to be published.
const WAITING: usize = 16;
/// How long streams may take to end.
const DRAIN: Duration = Duration::from_millis(300);

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Event {
    /// The first of every stream: by way of which node it comes. It is not in the log.
    Welcome {
        node: u8,
    },
    News(News),
}

#[derive(Serialize)]
struct News {
    node: u8,
    /// The process that publishes it. A node that is started again is another one,
    process: u32,
    /// and counts from 1.
    number: u64,
    /// What a reader said; `null` where the node says something by itself.
    text: Option<String>,
}

#[derive(Deserialize)]
struct Reader {
    /// Who is present while the stream is open.
    who: Option<String>,
    after: Option<EventId>, // from the Last-Event-ID header
}

#[server_sent_events(variants, last_event_id = after, reconnection_time = "500ms")]
trait Feed {
    /// Streams the news of all nodes.
    #[sse(get = "/events")]
    async fn events(
        &self,
        ctx: Context,
        payload: Reader,
        stream: impl EventsServerStream<Event>,
    ) -> Result<(), Problem>;
}

type NewsHub = Hub<FeedEvents, RedisLog>;

#[derive(Clone)]
struct Node {
    number: u8,
    hub: NewsHub,
    desk: mpsc::Sender<String>,
}

impl Feed for Node {
    async fn events(
        &self,
        ctx: Context,
        reader: Reader,
        stream: impl EventsServerStream<Event>,
    ) -> Result<(), Problem> {
        if let Some(who) = &reader.who {
            ctx.hold(self.hub.enter(CHANNEL, who).await?);
        }
        let news = self.hub.subscribe(CHANNEL).after(reader.after).await?;
        stream.send(Event::Welcome { node: self.number }).await?;
        Ok(stream.forward(news).await?)
    }
}

/// Publishes what readers say, and something of its own now and then.
///
/// An attempt that had no answer may have been heard all the same. So it is made again with the same
/// key until there is one: the log knows the key, and has the news once.
async fn publish(node: u8, hub: NewsHub, mut desk: mpsc::Receiver<String>) {
    let process = process::id();
    let mut pace = interval(PACE);
    for number in 1.. {
        let text = select! {
            Some(text) = desk.recv() => Some(text),
            _ = pace.tick() => None,
        };
        let news = Event::News(News {
            node,
            process,
            number,
            text,
        });
        let key = format!("{node}-{process}-{number}");
        while let Err(error) = hub.publish_once(CHANNEL, &key, &news).await {
            eprintln!("node {node}: {}", causes(&error));
            sleep(AGAIN).await;
        }
    }
}

#[derive(Deserialize)]
struct Message {
    text: String,
}

async fn say(
    State(node): State<Node>,
    message: Result<Json<Message>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Json(message) = message.map_err(|it| bad_request(it.body_text()))?;
    let busy = |_| {
        let detail = "so much waits to be published that there is no room for more";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE).detail(detail)
    };
    node.desk.try_send(message.text).map_err(busy)?;
    Ok(StatusCode::ACCEPTED)
}

/// How a node is.
#[derive(Serialize)]
struct Status {
    process: u32,
    /// What is wrong with its log, if anything is.
    impaired: Option<String>,
    /// How many readers are present by way of this node, and
    here: usize,
    /// by way of all, as far as it has heard.
    everywhere: usize,
}

async fn status(State(node): State<Node>) -> Result<Json<Status>, Problem> {
    let present = node.hub.present(CHANNEL).await?;
    Ok(Json(Status {
        process: process::id(),
        impaired: node.hub.health().reason().map(str::to_owned),
        here: present.here(),
        everywhere: present.count(),
    }))
}

fn bad_request(detail: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST).detail(detail)
}

/// Serves a node, which prints where, until its standard input ends: as that does with the process
/// which has started it, no node is left behind by one that was killed.
pub(crate) async fn run(number: u8) -> Result<(), Failed> {
    let hub = Hub::new(RedisLog::connect(&env::var(REDIS_URL)?).await?, FeedEvents);
    let (desk, said) = mpsc::channel(WAITING);
    let node = Node {
        number,
        hub: hub.clone(),
        desk,
    };

    let shutdown = Shutdown::new().drain(DRAIN);
    // A thread, as tokio would wait for the end of its own.
    let ends = shutdown.clone();
    thread::spawn(move || {
        let _ = stdin().read(&mut [0]);
        ends.start();
    });

    let feed = FeedServer::new(node.clone()).settings(Settings::new().shutdown(&shutdown));
    let app = Router::new()
        .route("/messages", post(say))
        .route("/status", get(status))
        .with_state(node)
        .merge(feed.into_router());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    select! {
        served = sse_runtime::serve(listener, app).with_shutdown(&shutdown).into_future() => served?,
        () = publish(number, hub, said) => {}
    }
    Ok(())
}
