//! The event-stream format (WHATWG HTML §9.2): what an event is, how it is written, how it is read
//! back.
//!
//! This room is pure: it turns values into bytes and bytes into values, does no I/O and knows no
//! other room.

mod decode;
mod encode;
mod event;
mod text;

pub use decode::{DecodeError, Decoder, Item, Message};
pub use encode::{DataWriter, EncodeError, EncodeErrorKind, Finished, Frame, KEEP_ALIVE};
pub(crate) use encode::{IdLine, Line, NameLine, key_display, key_scalar};
pub use event::Event;
pub use text::{EventId, EventName, InvalidText, Role};
