use std::fmt;

use super::Endpoint;
use crate::excerpt::excerpt;
use crate::wire::{Message, Role};

/// An endpoint whose events a client can rebuild: the other half of [`Endpoint`].
///
/// The attribute implements it where its key `client` is given.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use sse_runtime::wire::{Decoder, Item};
/// use sse_runtime::{Decode, Decoded, Problem, server_sent_events};
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// enum Change {
///     Added(u64),
///     Removed(u64),
/// }
///
/// #[server_sent_events(client, variants)]
/// trait Changes {
///     async fn all(&self, stream: impl AllServerStream<Change>) -> Result<(), Problem>;
/// }
///
/// let mut decoder = Decoder::new();
/// decoder.push(&b"event: Added\ndata: 7\n\nevent: Renamed\ndata: {}\n\n"[..]);
/// let mut read = Vec::new();
/// while let Some(Item::Message(message)) = decoder.next_item()? {
///     read.push(ChangesAll::decode(&message)?);
/// }
/// assert_eq!(read, [Decoded::Event(Change::Added(7)), Decoded::Unknown]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Decode<T>: Endpoint<T> {
    /// Rebuilds an event from what the client received.
    ///
    /// # Errors
    /// When a part of the event does not fit the type of its field.
    fn decode(message: &Message<'_>) -> Result<Decoded<T>, DecodeEventError>;
}

/// What a message comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoded<T> {
    /// An event of the endpoint.
    Event(T),
    /// An event that this program does not know: its name is one that a newer server has given to
    /// something new. A client passes over it.
    Unknown,
}

impl<T> Decoded<T> {
    /// The event, where it is one that the program knows.
    pub fn event(self) -> Option<T> {
        match self {
            Self::Event(event) => Some(event),
            Self::Unknown => None,
        }
    }
}

/// An event that a client received does not fit its type: says which event, which part of it, and
/// where in that part.
///
/// ```
/// use sse_runtime::DecodeEventError;
/// use sse_runtime::wire::{Decoder, Item, Role};
///
/// let mut decoder = Decoder::new();
/// decoder.push(&b"event: row\ndata: 1;2\n\n"[..]);
/// let Some(Item::Message(message)) = decoder.next_item()? else { panic!() };
///
/// let error = DecodeEventError::custom(&message, Role::Data, "expected 3 columns");
/// assert_eq!(error.to_string(), "event data of `row` cannot be read: expected 3 columns");
/// # Ok::<(), sse_runtime::wire::DecodeError>(())
/// ```
// Boxed: errors are rare, and every part that is read returns one of these or a value.
#[derive(Debug)]
pub struct DecodeEventError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    event: String,
    role: Role,
    path: Option<String>,
    reason: String,
}

/// Names are quoted up to this many characters, what libraries say up to that many: both may be
/// the server's to choose.
const NAME: usize = 64;
const REASON: usize = 320;

impl DecodeEventError {
    /// An error of a user's own decoder: the part `role` of `message` is not as it should be.
    #[cold]
    pub fn custom(message: &Message<'_>, role: Role, reason: impl fmt::Display) -> Self {
        Self::at(message, role, None, reason)
    }

    /// With the path to what does not fit, such as `items[3].price`.
    #[cold]
    pub(crate) fn at(
        message: &Message<'_>,
        role: Role,
        path: Option<String>,
        reason: impl fmt::Display,
    ) -> Self {
        Self(Box::new(Inner {
            event: excerpt(message.event(), NAME),
            role,
            path: path.map(|path| excerpt(&path, REASON)),
            reason: excerpt(&reason.to_string(), REASON),
        }))
    }

    /// The name of the event.
    pub fn event(&self) -> &str {
        &self.0.event
    }

    /// Which part of it does not fit.
    pub fn role(&self) -> Role {
        self.0.role
    }

    /// Where in its data, such as `items[3].price`; `None` where it is all of it.
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }
}

impl fmt::Display for DecodeEventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            event,
            role,
            path,
            reason,
        } = &*self.0;
        write!(f, "{role} of `{event}` cannot be read: ")?;
        if let Some(path) = path {
            write!(f, "at `{path}`: ")?;
        }
        f.write_str(reason)
    }
}

impl std::error::Error for DecodeEventError {}
