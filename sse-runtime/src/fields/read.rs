//! The reading halves of the roles that serde does not read.

use std::borrow::Cow;
use std::char::ParseCharError;
use std::convert::Infallible;
use std::fmt;
use std::time::Duration;

use super::{EventData, RetryField};

/// The reading half of [`RetryField`], for clients: a type that is rebuilt from a `retry:` line.
///
/// ```
/// use std::time::Duration;
/// use sse_runtime::FromRetry;
///
/// assert_eq!(u16::from_retry(Some(Duration::from_secs(3))), Some(3000));
/// assert_eq!(u16::from_retry(Some(Duration::from_secs(300))), None);
/// assert_eq!(Option::<u16>::from_retry(None), Some(None));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be rebuilt from the `retry` of an event",
    label = "a client needs this of its type, `{Self}`",
    note = "for a type of your own implement `sse_runtime::FromRetry`, or write `client = none`"
)]
pub trait FromRetry: RetryField + Sized {
    /// The value of this reconnection time, or of none; `None` where there is no such value.
    fn from_retry(time: Option<Duration>) -> Option<Self>;
}

/// The reading half of [`TextField`](crate::TextField) and [`EventData`], for clients: a type that is rebuilt from data
/// which is not JSON.
///
/// ```
/// use std::borrow::Cow;
/// use sse_runtime::{FromEventData, TextField};
///
/// struct Celsius(f64);
///
/// impl TextField for Celsius {
///     fn to_text(&self) -> Cow<'_, str> {
///         Cow::Owned(format!("{} °C", self.0))
///     }
/// }
///
/// impl FromEventData for Celsius {
///     type Err = std::num::ParseFloatError;
///
///     fn from_event_data(data: &str) -> Result<Self, Self::Err> {
///         data.trim_end_matches(" °C").parse().map(Self)
///     }
/// }
///
/// assert_eq!(Celsius::from_event_data("21.5 °C")?.0, 21.5);
/// # Ok::<(), std::num::ParseFloatError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be rebuilt from the data of an event",
    label = "a client needs this of its type, `{Self}`",
    note = "its data goes on the wire as `TextField` or `EventData` write it, so a client has to read that back: \
            implement `sse_runtime::FromEventData` for `{Self}`, or write `client = none`"
)]
pub trait FromEventData: EventData + Sized {
    /// Why data is not that of such a value.
    type Err: fmt::Display;

    /// Rebuilds a value from what was written of it. Each CR, LF or CRLF has become one LF.
    ///
    /// # Errors
    /// When the data is not that of such a value.
    fn from_event_data(data: &str) -> Result<Self, Self::Err>;
}

impl FromRetry for Duration {
    fn from_retry(time: Option<Duration>) -> Option<Self> {
        time
    }
}

macro_rules! impl_from_retry {
    ($($ty:ty),*) => {$(
        impl FromRetry for $ty {
            fn from_retry(time: Option<Duration>) -> Option<Self> {
                Self::try_from(time?.as_millis()).ok()
            }
        }
    )*};
}

impl_from_retry!(u8, u16, u32, u64, usize);

#[diagnostic::do_not_recommend]
impl<T: FromRetry> FromRetry for Option<T> {
    fn from_retry(time: Option<Duration>) -> Option<Self> {
        match time {
            Some(time) => T::from_retry(Some(time)).map(Some),
            None => Some(None),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: RetryField> RetryField for Option<T> {
    fn retry(&self) -> Option<Duration> {
        self.as_ref().and_then(RetryField::retry)
    }
}

macro_rules! impl_from_text {
    ($($ty:ty),*) => {$(
        impl FromEventData for $ty {
            type Err = Infallible;

            fn from_event_data(data: &str) -> Result<Self, Infallible> {
                Ok(data.to_owned().into())
            }
        }
    )*};
}

impl_from_text!(
    String,
    Cow<'_, str>,
    Box<str>,
    std::sync::Arc<str>,
    std::rc::Rc<str>
);

impl FromEventData for char {
    type Err = ParseCharError;

    fn from_event_data(data: &str) -> Result<Self, ParseCharError> {
        data.parse()
    }
}
