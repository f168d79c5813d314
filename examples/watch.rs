//! A client of the quickstart: prints what is published on a topic, and goes on where it has stopped.
//!
//! `cargo run --example watch --features client -- TOPIC [URL]` follows the quickstart that runs at URL,
//! `http://127.0.0.1:3000` unless given. It begins with all that is kept. The file `TOPIC.place` says how
//! far it has come: stopped, and started again, it prints what it has missed. `PLACE` names another file.
//!
//! Connections that are lost, and a server that is started again, need nothing of it. A place is saved
//! after its notification is printed, so one that is killed in between prints that again.

use std::env;
use std::error::Error;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sse_runtime::client::{ClientError, Position};
use sse_runtime::{Problem, server_sent_events};
use tokio::select;
use tokio::signal::ctrl_c;

/// What happened.
#[derive(Serialize, Deserialize)]
struct Notification {
    message: String,
    r#type: String,
    id: u64,
}

#[derive(Serialize, Deserialize)]
struct StreamPayload {
    topic: String,         // in the path
    limit: Option<u64>,    // in the query
    start_id: Option<u64>, // in the Last-Event-ID header
}

/// As in `quickstart`, where a service implements it. A program of two halves has it in a crate that
/// both use.
#[server_sent_events(client, data = message, event = type, id = id, last_event_id = start_id)]
trait Notifications {
    #[sse(get = "/topics/{topic}/events")]
    async fn stream(
        &self,
        payload: StreamPayload,
        stream: impl StreamServerStream<Notification>,
    ) -> Result<(), Problem>;
}

/// The file that says how far this client has come.
struct Place(PathBuf);

impl Place {
    /// `None` where there is no such file yet.
    fn load(&self) -> Result<Option<Position>, String> {
        let saved = match fs::read(&self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            saved => saved.map_err(|error| self.named(&error))?,
        };
        let position = serde_json::from_slice(&saved);
        position.map(Some).map_err(|error| self.named(&error))
    }

    /// At any moment the file has the old place or the new one, and never a part of one.
    fn save(&self, position: &Position) -> Result<(), String> {
        let new = self.0.with_extension("new");
        let saved = serde_json::to_vec(position).map_err(|error| self.named(&error))?;
        let written = fs::write(&new, saved).and_then(|()| fs::rename(&new, &self.0));
        written.map_err(|error| self.named(&error))
    }

    fn named(&self, error: &dyn Error) -> String {
        format!("{}: {error}", self.0.display())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let topic = args.next().ok_or("which topic? watch TOPIC [URL]")?;
    let url = args
        .next()
        .unwrap_or_else(|| "http://127.0.0.1:3000".to_owned());
    let place = env::var_os("PLACE").map_or_else(|| format!("{topic}.place").into(), PathBuf::from);
    let place = Place(place);

    let client = NotificationsClient::new(&url)?;
    let payload = StreamPayload {
        topic,
        limit: None,
        start_id: Some(0), // all that is kept
    };
    let mut notifications = client.stream(&payload);
    if let Some(position) = place.load()? {
        notifications = notifications.resume_from(position);
    }
    println!("watching `{}` at {url}", payload.topic);

    loop {
        let next = select! {
            next = notifications.next() => next,
            stop = ctrl_c() => return Ok(stop?),
        };
        match next {
            Some(Ok(it)) => println!("{} {}: {}", it.id, it.r#type, it.message),
            // What is missing is told, and the stream goes on.
            Some(Err(error @ ClientError::Gap(_))) => println!("{error}"),
            Some(Err(error)) => eprintln!("{error}"),
            None => return Ok(()),
        }
        place.save(&notifications.position())?;
    }
}
