use super::Descriptor;
use crate::wire::{EncodeError, Frame};

/// An endpoint with its description: the unit type that `#[server_sent_events]` makes for each
/// method of a trait, named after both (`NotificationsStream`).
pub trait Described: Send + Sync + 'static {
    /// Route, roles, sources and settings, as the attribute gave them.
    const DESCRIPTOR: &'static Descriptor;
}

/// An endpoint that sends events of type `T`: how one of them becomes a block on the wire.
///
/// The event type is a parameter, not an associated type, so that a public trait may stream a
/// private event as far as rustc allows it.
pub trait Endpoint<T>: Described {
    /// Writes the lines of one event; the blank line after them is the caller's.
    ///
    /// # Errors
    /// When a field holds what its role cannot carry, or its `Serialize` fails.
    fn encode(event: &T, frame: &mut Frame<'_>) -> Result<(), EncodeError>;

    /// Appends to `key` the text of what the event is about (`key = field`), so that of all events
    /// about the same thing the newest can be told. False, and nothing is appended, where this one
    /// is about nothing.
    ///
    /// ```
    /// use serde::Serialize;
    /// use sse_runtime::{Endpoint, Problem, server_sent_events};
    ///
    /// #[derive(Serialize)]
    /// struct Price {
    ///     symbol: Option<&'static str>,
    ///     cents: u64,
    /// }
    ///
    /// #[server_sent_events(key = symbol)]
    /// trait Prices {
    ///     async fn changes(&self, stream: impl ChangesServerStream<Price>) -> Result<(), Problem>;
    /// }
    ///
    /// let mut key = String::new();
    /// assert!(PricesChanges::key(&Price { symbol: Some("ETH"), cents: 431_202 }, &mut key)?);
    /// assert_eq!(key, "ETH");
    /// assert!(!PricesChanges::key(&Price { symbol: None, cents: 0 }, &mut key)?);
    /// # Ok::<(), sse_runtime::EncodeError>(())
    /// ```
    ///
    /// # Errors
    /// When the value of the field has no text, or its `Serialize` or `Display` fails. Nothing is appended then.
    fn key(_event: &T, _key: &mut String) -> Result<bool, EncodeError> {
        Ok(false)
    }

    /// Whether this event is the last one (`done = Variant`).
    fn ends(_event: &T) -> bool {
        false
    }

    /// In which form the data of every event is.
    #[doc(hidden)]
    fn data_form() -> DataForm {
        DataForm::Json
    }

    /// The names that serde knows for the variants of the event, where it reveals them.
    #[doc(hidden)]
    fn variants() -> Option<&'static [&'static str]> {
        None
    }
}

/// What the `data:` lines of an endpoint hold. It follows from types, so documents can tell it.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataForm {
    /// A text as it is.
    Text,
    /// JSON.
    Json,
    /// Whatever an [`Event`](crate::Event) holds, and so its name and its id.
    Untyped,
}
