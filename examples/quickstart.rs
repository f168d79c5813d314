//! Notifications by topic: publish with a POST, subscribe with a browser or with curl.
//!
//! `cargo run --example quickstart` prints its URL, where a page waits, and a curl line for each
//! thing that it can do. `PORT` says where it listens: 3000 unless set, 0 for a free port.
//!
//! | request | answer |
//! |---|---|
//! | `POST /topics/{topic}` with `{"message": "…", "type": "…"}` | 202 and `{"id": n}` |
//! | `GET /topics/{topic}/events` | what is published from now on |
//! | the same with `Last-Event-ID: n` | what came after `n` first; 0 asks for all that is kept |
//! | the same with `?limit=n` | over after `n` events, for good: a browser stays away |
//! | `GET /docs`, with `--features openapi` | a page that shows the OpenAPI document of all this but the POST |
//!
//! It keeps the newest [`HISTORY`] bytes of each topic in memory, for [`TOPICS`] topics. A client
//! that resumes from something no longer kept, or from before a restart, is told so by an event
//! named `gap`; then it gets what there is.

use std::collections::{HashMap, VecDeque};
use std::env;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sse_runtime::{
    Context, EventId, EventName, Problem, Settings, Shutdown, reserved_name, server_sent_events,
};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::sleep;

#[cfg(feature = "openapi")]
mod openapi;

/// Bytes kept of a topic. The oldest notifications make room for new ones.
const HISTORY: usize = 1024 * 1024;
/// Topics kept. Publishing on one more is refused.
const TOPICS: usize = 100;
/// Bytes in the body of a POST. A longer one is refused.
const BODY: usize = 64 * 1024;
/// How long streams may take to end after Ctrl-C.
const DRAIN: Duration = Duration::from_millis(500);

/// The type by which the board tells that there is something it cannot tell.
const GAP: &str = "gap";

/// What happened.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct Notification {
    message: String,
    r#type: String,
    id: u64,
}

/// What a subscriber asks for.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct StreamPayload {
    topic: String,         // from the path
    limit: Option<u64>,    // from the query
    start_id: Option<u64>, // from the Last-Event-ID header, or `?last_event_id=`
}

/// Notifications, as they happen.
#[server_sent_events(data = message, event = type, id = id, last_event_id = start_id)]
trait Notifications {
    /// Streams every notification published on a topic.
    #[sse(get = "/topics/{topic}/events")]
    async fn stream(
        &self,
        ctx: Context,
        payload: StreamPayload,
        stream: impl StreamServerStream<Notification>,
    ) -> Result<(), Problem>;
}

impl Notifications for Board {
    async fn stream(
        &self,
        ctx: Context,
        payload: StreamPayload,
        stream: impl StreamServerStream<Notification>,
    ) -> Result<(), Problem> {
        let mut topics = self.topics.subscribe();
        let start = topics.borrow().start(&payload.topic, payload.start_id);
        let mut last = start;
        let mut left = payload.limit.unwrap_or(u64::MAX);
        while left > 0 {
            // What is read here counts as seen, so that `changed` wakes for all else and only that.
            let next = topics.borrow_and_update().after(&payload.topic, last);
            if let Some(notification) = next {
                last = notification.id;
                left -= u64::from(notification.r#type != GAP);
                stream.send(notification).await?;
                continue;
            }
            ctx.open();
            if last == start {
                // A client that is cut off before its first event resumes from here as well.
                stream.checkpoint(EventId::from(start))?;
            }
            if topics.changed().await.is_err() {
                return Ok(()); // The board is gone.
            }
        }
        stream.close().await?;
        Ok(())
    }
}

/// All topics, and whoever waits for news of them.
struct Board {
    topics: watch::Sender<Topics>,
}

impl Board {
    fn new() -> Self {
        let topics = Topics {
            epoch: microseconds_since_1970(),
            logs: HashMap::new(),
        };
        Self {
            topics: watch::Sender::new(topics),
        }
    }

    fn publish(&self, topic: String, draft: Draft) -> Result<u64, Problem> {
        let name = draft.r#type.as_str();
        let purpose = reserved_name(name).or((name == GAP).then_some("telling of a gap"));
        if let Some(purpose) = purpose {
            let detail = format!("the type `{name}` is reserved for {purpose}; use another");
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY).detail(detail));
        }
        let mut published = None;
        self.topics.send_if_modified(|topics| {
            published = topics.push(topic, draft);
            published.is_some()
        });
        published.ok_or_else(|| {
            let detail =
                format!("there are {TOPICS} topics, and room for no more; use one of them");
            Problem::new(StatusCode::INSUFFICIENT_STORAGE).detail(detail)
        })
    }
}

struct Topics {
    /// All ids of this run are greater, and greater than those of any earlier run, so that an id
    /// from before a restart is not taken for one of now.
    epoch: u64,
    logs: HashMap<String, Log>,
}

impl Topics {
    fn push(&mut self, topic: String, draft: Draft) -> Option<u64> {
        if self.logs.len() >= TOPICS && !self.logs.contains_key(&topic) {
            return None;
        }
        let log = self.logs.entry(topic).or_insert(Log::new(self.epoch));
        Some(log.push(draft))
    }

    /// The id after which a subscriber starts.
    fn start(&self, topic: &str, last_event_id: Option<u64>) -> u64 {
        let (oldest, newest) = match self.logs.get(topic) {
            Some(log) => (log.forgotten, log.newest()),
            None => (self.epoch, self.epoch),
        };
        match last_event_id {
            None => newest,
            Some(0) => oldest,
            Some(id) => id,
        }
    }

    /// The notification after that of this id, or a gap where that cannot be told.
    fn after(&self, topic: &str, id: u64) -> Option<Notification> {
        let none = Log::new(self.epoch);
        let log = self.logs.get(topic).unwrap_or(&none);
        if (log.forgotten..=log.newest()).contains(&id) {
            let index = usize::try_from(id - log.forgotten).ok()?;
            return log.kept.get(index).cloned();
        }
        let (reason, missed) = if id > log.newest() {
            ("ahead", None)
        } else if id < self.epoch {
            ("reset", None)
        } else {
            ("truncated", Some(log.forgotten - id))
        };
        Some(Notification {
            message: json!({"reason": reason, "missed": missed}).to_string(),
            r#type: GAP.to_owned(),
            id: log.forgotten,
        })
    }
}

/// The notifications of one topic. Their ids are consecutive.
struct Log {
    /// The id before that of the oldest one kept.
    forgotten: u64,
    kept: VecDeque<Notification>,
    bytes: usize,
}

impl Log {
    fn new(epoch: u64) -> Self {
        Self {
            forgotten: epoch,
            kept: VecDeque::new(),
            bytes: 0,
        }
    }

    fn newest(&self) -> u64 {
        self.forgotten + self.kept.len() as u64
    }

    fn push(&mut self, draft: Draft) -> u64 {
        let notification = Notification {
            message: draft.message,
            r#type: draft.r#type.to_string(),
            id: self.newest() + 1,
        };
        let id = notification.id;
        self.bytes += notification.size();
        self.kept.push_back(notification);
        while self.bytes > HISTORY
            && let Some(oldest) = self.kept.pop_front()
        {
            self.bytes -= oldest.size();
            self.forgotten = oldest.id;
        }
        id
    }
}

impl Notification {
    fn size(&self) -> usize {
        size_of::<Self>() + self.message.len() + self.r#type.len()
    }
}

/// What is to be published. An [`EventName`] has no line break.
#[derive(Deserialize)]
struct Draft {
    message: String,
    r#type: EventName,
}

#[derive(Serialize)]
struct Published {
    id: u64,
}

async fn publish(
    State(board): State<Arc<Board>>,
    Path(topic): Path<String>,
    draft: Result<Json<Draft>, JsonRejection>,
) -> Result<(StatusCode, Json<Published>), Problem> {
    let Json(draft) =
        draft.map_err(|refused| Problem::new(refused.status()).detail(refused.body_text()))?;
    let id = board.publish(topic, draft)?;
    Ok((StatusCode::ACCEPTED, Json(Published { id })))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let port: u16 = port
        .parse()
        .map_err(|_| format!("PORT is `{port}`; it must be a number from 0 to 65535"))?;
    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|error| format!("port {port}: {error}; PORT=0 picks a free one"))?;
    print_usage(&format!("http://{}", listener.local_addr()?));

    let board = Arc::new(Board::new());
    let shutdown = Shutdown::new().drain(DRAIN);
    let notifications = NotificationsServer::from_arc(Arc::clone(&board))
        .settings(Settings::new().shutdown(&shutdown));
    let app = Router::new()
        .route("/", get(Html(include_str!("quickstart.html"))))
        .route("/topics/{topic}", post(publish))
        .layer(DefaultBodyLimit::max(BODY))
        .with_state(board)
        .merge(notifications.into_router());
    #[cfg(feature = "openapi")]
    let app = {
        let document = sse_runtime::openapi::Document::new("Notifications", "1.0.0")
            .add::<NotificationsServer<Board>>();
        app.merge(openapi::routes(document)?)
    };

    let started = shutdown.started();
    let stop = async move {
        asked_to_stop().await;
        shutdown.start();
    };
    tokio::select! {
        served = axum::serve(listener, app).with_graceful_shutdown(stop).into_future() => served?,
        // Streams have ended by now. A request that does not come in whole is not waited for.
        () = async { started.await; sleep(DRAIN + DRAIN / 2).await } => {}
    }
    Ok(())
}

fn print_usage(url: &str) {
    println!(
        r#"listening on {url}

  subscribe  curl -N {url}/topics/lunch/events
  publish    curl {url}/topics/lunch --json '{{"message": "soup is ready", "type": "alert"}}'
  all        curl -N {url}/topics/lunch/events -H 'Last-Event-ID: 0'
  only two   curl -N '{url}/topics/lunch/events?limit=2&last_event_id=0'

or open {url} in a browser; Ctrl-C ends it"#
    );
    #[cfg(feature = "openapi")]
    println!("what it streams is described at {url}/docs");
}

/// Waits for Ctrl-C, or for SIGTERM where there is such a thing.
async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => return,
                _ = terminate.recv() => return,
            }
        }
    }
    // Where no signal can be had, there is none to wait for.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Finer than notifications can be published, and exact in JavaScript's numbers.
fn microseconds_since_1970() -> u64 {
    let time = SystemTime::now().duration_since(UNIX_EPOCH);
    time.map_or(0, |time| time.as_micros() as u64)
}
