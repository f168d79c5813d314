//! Which Rust types may play which role of an event.
//!
//! | role | trait | implemented for |
//! |---|---|---|
//! | `id` | [`IdField`] | strings, integers, [`EventId`], `Option` of them |
//! | `event` | [`NameField`] | strings, [`EventName`], `Option` of them; your own enums |
//! | `retry` | [`RetryField`] | [`Duration`], unsigned integers (milliseconds), `Option` of them |
//! | `key` | [`KeyField`] | strings, integers, [`EventName`], `Option` of them; your own enums |
//! | `data` | any `Serialize` | raw for [`TextField`] and [`EventData`], else JSON |
//!
//! `None` in a role writes no line. An event with `None` as its `key` is about nothing.

mod read;

use std::borrow::Cow;
use std::fmt;
use std::num::{
    NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroIsize, NonZeroU8,
    NonZeroU16, NonZeroU32, NonZeroU64, NonZeroU128, NonZeroUsize,
};
use std::time::Duration;

use serde::Serialize;

pub use read::{FromEventData, FromRetry};

use crate::wire::{EncodeError, EventId, EventName, Frame};

/// A type whose value can be the `id:` line of an event: text or an integer, without CR, LF and NUL.
///
/// It is written through serde, so a newtype needs one line:
///
/// ```
/// use serde::Serialize;
/// use sse_runtime::IdField;
///
/// #[derive(Serialize)]
/// struct Sequence(u64);
/// impl IdField for Sequence {}
/// ```
///
/// A value that holds CR, LF or NUL is refused when it is sent, as the line would not survive
/// ([WHATWG HTML §9.2.6](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation)).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the `id` of an event",
    label = "this field has type `{Self}`",
    note = "an `id` is text or an integer, or an `Option` of one",
    note = "for a type of your own that serialises as one of them write `impl sse_runtime::IdField for {Self} {{}}`; \
            for one that has `Display` write `id = text(field)`"
)]
pub trait IdField: Serialize {}

/// A type whose value can be the `event:` line: the name that clients listen for.
///
/// It is written through serde, so an enum of names needs one line, and `rename_all` works:
///
/// ```
/// use serde::Serialize;
/// use sse_runtime::NameField;
///
/// #[derive(Serialize)]
/// #[serde(rename_all = "kebab-case")]
/// enum Kind {
///     DiskFull,
///     Recovered,
/// }
/// impl NameField for Kind {}
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the `event` name of an event",
    label = "this field has type `{Self}`",
    note = "a name is text or an enum without contents, or an `Option` of one",
    note = "for an enum of your own write `impl sse_runtime::NameField for {Self} {{}}`; \
            for one constant name write `event_name = \"name\"`"
)]
pub trait NameField: Serialize {}

/// A type whose value can be the `key` of an event: what the event is about, as a text or an integer.
///
/// Of two events with the same key the newer one replaces the older, for those who want to know how
/// things are and not how they came to be so. A key is not sent, so any text will do. It is read
/// through serde, so an enum of names or a newtype needs one line:
///
/// ```
/// use serde::Serialize;
/// use sse_runtime::KeyField;
///
/// #[derive(Serialize)]
/// #[serde(rename_all = "lowercase")]
/// enum Side {
///     Bid,
///     Ask,
/// }
/// impl KeyField for Side {}
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the `key` of an event",
    label = "this field has type `{Self}`",
    note = "a `key` is text, an integer or an enum without contents, or an `Option` of one",
    note = "for a type of your own that serialises as one of them write `impl sse_runtime::KeyField for {Self} {{}}`; \
            for one that has `Display` write `key = text(field)`"
)]
pub trait KeyField: Serialize {}

/// A type whose value can be the `retry:` line: the reconnection time in milliseconds.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the `retry` of an event",
    label = "this field has type `{Self}`",
    note = "a reconnection time is a `std::time::Duration`, or an unsigned integer of milliseconds, or an `Option` of one"
)]
pub trait RetryField {
    /// The reconnection time; `None` writes no line.
    fn retry(&self) -> Option<Duration>;
}

/// A type whose data goes on the wire as it is, not as JSON, and comes back as it was.
///
/// Strings and `char` are such types. Whether data is raw is decided by type, never by value, so
/// that both ends agree.
///
/// ```
/// use std::borrow::Cow;
/// use sse_runtime::TextField;
///
/// struct Line(String);
/// impl TextField for Line {
///     fn to_text(&self) -> Cow<'_, str> {
///         Cow::Borrowed(&self.0)
///     }
/// }
/// ```
pub trait TextField {
    /// The text. Line breaks in it are kept: each line becomes a `data:` line of its own.
    fn to_text(&self) -> Cow<'_, str>;
}

/// A type that writes its data itself: an HTML fragment, CSV, a format that serde does not know.
///
/// ```
/// use std::fmt;
/// use sse_runtime::EventData;
///
/// struct Row { name: String, price: f64 }
/// impl EventData for Row {
///     fn write_data(&self, data: &mut dyn fmt::Write) -> fmt::Result {
///         write!(data, "<tr><td>{}</td><td>{:.2}</td></tr>", self.name, self.price)
///     }
/// }
/// ```
pub trait EventData {
    /// Writes the data. Line breaks may be written freely, also across calls.
    ///
    /// # Errors
    /// What `data` returns; an error of its own ends the event, not the stream.
    fn write_data(&self, data: &mut dyn fmt::Write) -> fmt::Result;

    #[doc(hidden)]
    fn write_to(&self, frame: &mut Frame<'_>) -> Result<(), EncodeError> {
        frame.data_display(&Written(self))
    }
}

struct Written<'a, T: ?Sized>(&'a T);

impl<T: EventData + ?Sized> fmt::Display for Written<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write_data(f)
    }
}

impl<T: TextField + ?Sized> EventData for T {
    fn write_data(&self, data: &mut dyn fmt::Write) -> fmt::Result {
        data.write_str(&self.to_text())
    }

    fn write_to(&self, frame: &mut Frame<'_>) -> Result<(), EncodeError> {
        frame.data(&self.to_text());
        Ok(())
    }
}

macro_rules! impl_empty {
    ($role:ident: $($ty:ty),* $(,)?) => {$( impl $role for $ty {} )*};
}

impl_empty!(IdField: str, String, Cow<'_, str>, Box<str>, char, EventId);
impl_empty!(IdField: u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize);
impl_empty!(IdField: NonZeroU8, NonZeroU16, NonZeroU32, NonZeroU64, NonZeroU128, NonZeroUsize);
impl_empty!(IdField: NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroIsize);
impl_empty!(KeyField: str, String, Cow<'_, str>, Box<str>, char, EventName);
impl_empty!(KeyField: u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize);
impl_empty!(KeyField: NonZeroU8, NonZeroU16, NonZeroU32, NonZeroU64, NonZeroU128, NonZeroUsize);
impl_empty!(KeyField: NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroIsize);
impl_empty!(NameField: str, String, Cow<'_, str>, Box<str>, EventName);

#[diagnostic::do_not_recommend]
impl<T: IdField> IdField for Option<T> {}
#[diagnostic::do_not_recommend]
impl<T: IdField + ?Sized> IdField for &T {}
#[diagnostic::do_not_recommend]
impl<T: KeyField> KeyField for Option<T> {}
#[diagnostic::do_not_recommend]
impl<T: KeyField + ?Sized> KeyField for &T {}
#[diagnostic::do_not_recommend]
impl<T: NameField> NameField for Option<T> {}
#[diagnostic::do_not_recommend]
impl<T: NameField + ?Sized> NameField for &T {}

impl RetryField for Duration {
    fn retry(&self) -> Option<Duration> {
        Some(*self)
    }
}

macro_rules! impl_retry {
    ($($ty:ty),*) => {$(
        impl RetryField for $ty {
            fn retry(&self) -> Option<Duration> {
                Some(Duration::from_millis(u64::try_from(*self).unwrap_or(u64::MAX)))
            }
        }
    )*};
}

impl_retry!(u8, u16, u32, u64, usize);

impl TextField for str {
    fn to_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

macro_rules! impl_text {
    ($($ty:ty),*) => {$(
        impl TextField for $ty {
            fn to_text(&self) -> Cow<'_, str> {
                Cow::Borrowed(self)
            }
        }
    )*};
}

impl_text!(
    String,
    Cow<'_, str>,
    Box<str>,
    std::sync::Arc<str>,
    std::rc::Rc<str>
);

impl TextField for char {
    fn to_text(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}

impl<T: TextField + ?Sized> TextField for &T {
    fn to_text(&self) -> Cow<'_, str> {
        (**self).to_text()
    }
}
