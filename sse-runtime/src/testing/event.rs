use std::fmt;
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::describe::{Decode, Decoded};
use crate::wire::{self, Decoder, Message};

/// An event as a client sees it. It displays as the lines that it was on the wire.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    id: Option<String>,
    name: Option<String>,
    retry: Option<Duration>,
    data: String,
}

impl Event {
    pub(super) fn of(message: &Message<'_>) -> Self {
        Self {
            id: message.id().map(str::to_owned),
            name: message.name().map(str::to_owned),
            retry: message.retry(),
            data: message.data().to_owned(),
        }
    }

    /// Its own id; `None` where it has none.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Its name; `message` where it has none.
    #[must_use]
    pub fn name(&self) -> &str {
        match self.name.as_deref() {
            None | Some("") => "message",
            Some(name) => name,
        }
    }

    /// Its data, the lines joined by LF.
    #[must_use]
    pub fn data(&self) -> &str {
        &self.data
    }

    /// Its data as a value of JSON.
    ///
    /// # Panics
    /// When it is not JSON, or does not fit the type.
    #[track_caller]
    #[must_use]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        match serde_json::from_str(&self.data) {
            Ok(value) => value,
            Err(error) => panic!(
                "the data of this event is not `{}` as JSON: {error}\n\n{self}",
                std::any::type_name::<T>()
            ),
        }
    }

    /// It as an event of an endpoint whose attribute says `client`.
    ///
    /// ```
    /// # use sse_runtime::{Problem, server_sent_events, testing::Client};
    /// # use serde::{Deserialize, Serialize};
    /// #[derive(Serialize, Deserialize, PartialEq, Debug)]
    /// struct Tick {
    ///     n: u64,
    ///     price: String,
    /// }
    ///
    /// #[server_sent_events(id = n, data = price, client)]
    /// trait Ticks {
    ///     #[sse(get = "/ticks")]
    ///     async fn all(&self, stream: impl AllServerStream<Tick>) -> Result<(), Problem>;
    /// }
    /// # struct Service;
    /// # impl Ticks for Service {
    /// #     async fn all(&self, stream: impl AllServerStream<Tick>) -> Result<(), Problem> {
    /// #         Ok(stream.send(Tick { n: 7, price: "1.50".to_owned() }).await?)
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let client = Client::new(TicksServer::new(Service).into_router());
    ///
    /// let mut stream = client.get("/ticks").await;
    /// let tick = stream.event().await.decode(TicksAll);
    /// assert_eq!(tick, Tick { n: 7, price: "1.50".to_owned() });
    /// # }
    /// ```
    ///
    /// # Panics
    /// When it does not fit the type, or is one that the endpoint does not know.
    #[track_caller]
    #[must_use]
    pub fn decode<E: Decode<T>, T>(&self, _endpoint: E) -> T {
        let mut decoder = Decoder::new().max_line(usize::MAX).max_event(usize::MAX);
        decoder.push(format!("{self}\n"));
        while let Ok(Some(item)) = decoder.next_item() {
            let wire::Item::Message(message) = item else {
                continue;
            };
            match E::decode(&message) {
                Ok(Decoded::Event(event)) => return event,
                Ok(Decoded::Unknown) => break,
                Err(error) => panic!("{error}\n\n{self}"),
            }
        }
        let endpoint = E::DESCRIPTOR.endpoint_name();
        panic!("`{endpoint}` has no event of this name\n\n{self}")
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (field, value) in [("id", &self.id), ("event", &self.name)] {
            if let Some(value) = value {
                writeln!(f, "{field}: {value}")?;
            }
        }
        if let Some(time) = self.retry {
            writeln!(f, "retry: {}", time.as_millis())?;
        }
        for line in self.data.split('\n') {
            writeln!(f, "data: {line}")?;
        }
        Ok(())
    }
}

/// On one line, without what it lacks, as tests compare lists of them.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = f.debug_struct("Event");
        for (field, value) in [("id", &self.id), ("name", &self.name)] {
            if let Some(value) = value {
                told.field(field, value);
            }
        }
        if let Some(time) = self.retry {
            told.field("retry", &time);
        }
        told.field("data", &self.data).finish()
    }
}

/// What a stream says, one thing after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item {
    /// An event.
    Event(Event),
    /// A comment, without its colon. A heartbeat is an empty one.
    Comment(String),
    /// A block without data: no event, but a client resumes from this id.
    LastEventId(String),
    /// How long a client waits before it comes back.
    Retry(Duration),
    /// There is no more.
    End(End),
}

/// How a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// With the id that says so, upon which who comes back is told to stay away, or with the 204 that
    /// tells it. The end of a POST is never marked, as no client comes back to one by itself.
    ForGood,
    /// Without it: clients come back.
    ForNow,
    /// In the middle: the [test](super::Response::cut_at) or the server has cut the connection.
    Cut,
}

/// Where a client is, between two connections.
#[derive(Clone, Debug, Default)]
pub(super) struct Position {
    pub(super) last_event_id: String,
    pub(super) reconnection_time: Option<Duration>,
}

impl Position {
    /// The client has taken this.
    pub(super) fn pass(&mut self, item: &Item) {
        match item {
            // One without an id of its own leaves it as it was.
            Item::Event(event) => {
                if let Some(id) = event.id() {
                    id.clone_into(&mut self.last_event_id);
                }
            }
            Item::LastEventId(id) => id.clone_into(&mut self.last_event_id),
            Item::Retry(time) => self.reconnection_time = Some(*time),
            Item::Comment(_) | Item::End(_) => {}
        }
    }
}
