//! A broker of channels: publish JSON on one with a POST, and follow one or all of them. The names
//! of channels and events are chosen at run time.
//!
//! `cargo run --example broker --features serve [-- PATH]` prints its URL, and a curl line for each
//! thing that it can do. PATH is where the events are, `/events` unless given: blanks around it are
//! trimmed, it begins with one slash and ends with none. `PORT` says where it listens: 3000 unless
//! set, 0 for a free port.
//!
//! | request | answer |
//! |---|---|
//! | `GET /events?channel=c` | what is published on that channel from now on; without `channel`, or with an empty one, on all |
//! | the same with `Last-Event-ID` | what came after that first |
//! | `POST /events/channels/{channel}?event=name` with any JSON | 202 and `{"id": "…"}`; without `event` it has no name |
//! | `GET /events/clients` | `{"clients": n}` |
//! | `DELETE /events/clients` | 204 once all clients are gone; further ones are asked to come back later |
//!
//! It keeps what a [`MemoryLog`] keeps by default: of each channel the newest 1 000 events of the last
//! hour, up to a mebibyte. Nobody waits for a slow client; one that missed more than that is told how
//! much by an event named `gap`.

use std::env;
use std::error::Error;
use std::sync::Arc;

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use sse_runtime::describe::Described;
use sse_runtime::hub::Hub;
use sse_runtime::log::MemoryLog;
use sse_runtime::{
    Context, Event, EventId, EventName, Problem, Settings, Shutdown, reserved_name,
    server_sent_events,
};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

#[cfg(feature = "openapi")]
mod openapi;

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct Wanted {
    channel: Option<String>, // from the query
    after: Option<EventId>,  // from the Last-Event-ID header, or `?last_event_id=`
}

#[server_sent_events(last_event_id = after)]
trait Channels {
    /// Streams what is published on one channel, or on all.
    #[sse(get = "/events")]
    async fn events(
        &self,
        ctx: Context,
        payload: Wanted,
        stream: impl EventsServerStream<Event>,
    ) -> Result<(), Problem>;
}

impl Channels for Broker {
    async fn events(
        &self,
        ctx: Context,
        payload: Wanted,
        stream: impl EventsServerStream<Event>,
    ) -> Result<(), Problem> {
        ctx.hold(self.clients.token());
        let events = match payload.channel.as_deref() {
            None | Some("") => self.hub.subscribe_all(),
            Some(channel) => self.hub.subscribe(channel),
        };
        Ok(stream.forward(events.after(payload.after).await?).await?)
    }
}

struct Broker {
    hub: Hub<ChannelsEvents, MemoryLog>,
    clients: TaskTracker,
    shutdown: Shutdown,
}

impl Broker {
    fn new() -> Self {
        Self {
            hub: Hub::new(MemoryLog::default(), ChannelsEvents).with_wildcard(),
            clients: TaskTracker::new(),
            shutdown: Shutdown::new(),
        }
    }

    async fn publish(&self, channel: &str, event: &Event) -> Result<EventId, Problem> {
        Ok(self.hub.publish(channel, event).await?)
    }

    /// How many clients there are.
    fn clients(&self) -> usize {
        self.clients.len()
    }

    /// Sends all clients away, and waits until they are gone. May be called again.
    async fn drain(&self) {
        self.shutdown.start();
        self.clients.close();
        self.clients.wait().await;
    }
}

// The routes that are no streams.

#[derive(Deserialize)]
struct Named {
    event: Option<EventName>, // has no line break
}

async fn publish(
    State(broker): State<Arc<Broker>>,
    channel: Result<Path<String>, PathRejection>,
    named: Result<Query<Named>, QueryRejection>,
    data: Result<Json<Value>, JsonRejection>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let Path(channel) = channel.map_err(|it| refused(it.status(), it.body_text()))?;
    let Query(Named { event: name }) = named.map_err(|it| refused(it.status(), it.body_text()))?;
    let Json(data) = data.map_err(|it| refused(it.status(), it.body_text()))?;
    let mut event = Event::new().json_data(&data)?;
    if let Some(name) = name {
        if let Some(purpose) = reserved_name(name.as_str()) {
            let detail = format!("the event name `{name}` is reserved for {purpose}; use another");
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY).detail(detail));
        }
        event = event.event(name);
    }
    let id = broker.publish(&channel, &event).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "id": id }))))
}

fn refused(status: StatusCode, text: String) -> Problem {
    Problem::new(status).detail(text)
}

async fn clients(State(broker): State<Arc<Broker>>) -> Json<Value> {
    Json(json!({ "clients": broker.clients() }))
}

async fn drain(State(broker): State<Arc<Broker>>) -> StatusCode {
    broker.drain().await;
    StatusCode::NO_CONTENT
}

/// All routes, at and below a path.
fn app(path: &str, broker: &Arc<Broker>) -> Router {
    let events = ChannelsServer::from_arc(Arc::clone(broker))
        .settings(Settings::new().shutdown(&broker.shutdown));
    Router::new()
        // A route of the attribute is a constant. Elsewhere than there, a method is routed like any
        // handler of axum.
        .route(path, events.events())
        .route(&format!("{path}/channels/{{channel}}"), post(publish))
        .route(&format!("{path}/clients"), get(clients).delete(drain))
        .fallback(async || Problem::new(StatusCode::NOT_FOUND))
        .method_not_allowed_fallback(async || Problem::new(StatusCode::METHOD_NOT_ALLOWED))
        .with_state(Arc::clone(broker))
}

/// Where the events are, as someone who types a path means it.
fn events_path(given: &str) -> Result<String, String> {
    let path = given.trim_matches(|c: char| c == '/' || c.is_whitespace());
    if path.is_empty() {
        return Ok(ChannelsEvents::DESCRIPTOR.path().to_owned());
    }
    // The characters that a URL never escapes (RFC 3986 §2.3): others would match no request, and
    // braces would be a parameter.
    let stray = path
        .chars()
        .find(|c| !matches!(c, '/' | '-' | '.' | '_' | '~' | '0'..='9' | 'a'..='z' | 'A'..='Z'));
    match stray {
        None => Ok(format!("/{path}")),
        Some(stray) => Err(format!(
            "the path `{given}` has a {stray:?}; use letters, digits, `-`, `.`, `_`, `~` and `/`"
        )),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = events_path(&env::args().nth(1).unwrap_or_default())?;
    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let port: u16 = port
        .parse()
        .map_err(|_| format!("PORT is `{port}`; it must be a number from 0 to 65535"))?;
    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|error| format!("port {port}: {error}; PORT=0 picks a free one"))?;
    print_usage(&format!("http://{}", listener.local_addr()?), &path);

    let broker = Arc::new(Broker::new());
    let shutdown = Shutdown::on_signals()?;
    let app = app(&path, &broker);
    // The document has the route of the attribute.
    #[cfg(feature = "openapi")]
    let app = if path == ChannelsEvents::DESCRIPTOR.path() {
        let document = sse_runtime::openapi::Document::new("Channels", "1.0.0")
            .add::<ChannelsServer<Broker>>();
        app.merge(openapi::routes(document)?)
    } else {
        app
    };
    let server = sse_runtime::serve(listener, app).with_shutdown(&shutdown);
    let drained = async {
        shutdown.started().await;
        broker.drain().await;
    };
    let (served, ()) = tokio::join!(server.into_future(), drained);
    Ok(served?)
}

fn print_usage(url: &str, path: &str) {
    println!(
        r#"listening on {url}

  one channel   curl -N '{url}{path}?channel=system'
  all channels  curl -N {url}{path}
  publish       curl '{url}{path}/channels/system?event=ready' --json '{{"status": "ok"}}'
  who is there  curl {url}{path}/clients
  drain         curl -i -X DELETE {url}{path}/clients

Ctrl-C ends it"#
    );
}
