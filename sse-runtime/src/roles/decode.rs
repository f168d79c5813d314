//! Reads the roles of an event back: what generated code calls, one function a role. The bound of
//! each function is the compile-time check of a field's type, as where it is written.
#![allow(missing_docs, reason = "only generated code names these")]
#![expect(
    clippy::unused_self,
    reason = "a kind is a value so that method resolution can pick it"
)]

mod line;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::{DataKind, Json, OptionJson, OptionRaw, Raw, Untyped};
use crate::describe::{DecodeEventError, Decoded};
use crate::fields::{FromEventData, FromRetry};
use crate::variants::{self, Failure};
use crate::wire::{Event, EventId, EventName, Message, Role};
use crate::{IdField, NameField};

/// Why there is no event.
#[derive(Debug)]
pub enum Undecoded {
    /// Its name is one that the program does not know.
    Unknown,
    Misfit(DecodeEventError),
}

impl From<DecodeEventError> for Undecoded {
    fn from(error: DecodeEventError) -> Self {
        Self::Misfit(error)
    }
}

/// What reading an event comes to.
pub fn decoded<T>(
    read: impl FnOnce() -> Result<T, Undecoded>,
) -> Result<Decoded<T>, DecodeEventError> {
    match read() {
        Ok(event) => Ok(Decoded::Event(event)),
        Err(Undecoded::Unknown) => Ok(Decoded::Unknown),
        Err(Undecoded::Misfit(error)) => Err(error),
    }
}

#[cold]
fn misfit(message: &Message<'_>, role: Role, reason: impl fmt::Display) -> Undecoded {
    DecodeEventError::custom(message, role, reason).into()
}

/// The field that is the `id`, from the event's own.
pub fn read_id<F: IdField + DeserializeOwned>(message: &Message<'_>) -> Result<F, Undecoded> {
    line::read(message.id()).map_err(|error| misfit(message, Role::Id, error))
}

/// The field that is the `id` through `Display`.
pub fn read_id_text<F: FromStr<Err: fmt::Display>>(message: &Message<'_>) -> Result<F, Undecoded> {
    let id = message
        .id()
        .ok_or_else(|| misfit(message, Role::Id, line::Refusal::Missing))?;
    id.parse().map_err(|error| misfit(message, Role::Id, error))
}

/// The field that is the name. To a client no name is the same as an empty one.
pub fn read_event<F: NameField + DeserializeOwned>(message: &Message<'_>) -> Result<F, Undecoded> {
    let read = match line::read(message.name()) {
        Err(line::Refusal::Missing) => line::read(Some("")),
        read => read,
    };
    read.map_err(|error| match error {
        line::Refusal::UnknownVariant => Undecoded::Unknown,
        error => misfit(message, Role::Event, error),
    })
}

/// The field that is the `retry`, from the event's own.
pub fn read_retry<F: FromRetry>(message: &Message<'_>) -> Result<F, Undecoded> {
    F::from_retry(message.retry()).ok_or_else(|| match message.retry() {
        Some(time) => {
            let reason = format_args!("{} milliseconds do not fit its field", time.as_millis());
            misfit(message, Role::Retry, reason)
        }
        None => misfit(message, Role::Retry, line::Refusal::Missing),
    })
}

/// The field that is the data as JSON.
pub fn read_data_json<F: DeserializeOwned>(message: &Message<'_>) -> Result<F, Undecoded> {
    serde_json::from_str(message.data()).map_err(|error| {
        let path = variants::path_in::<F>(message.data());
        DecodeEventError::at(message, Role::Data, path, error).into()
    })
}

/// The field that is the data through `Display`.
pub fn read_data_text<F: FromStr<Err: fmt::Display>>(
    message: &Message<'_>,
) -> Result<F, Undecoded> {
    let data = message.data().parse();
    data.map_err(|error| misfit(message, Role::Data, error))
}

/// The externally tagged enum whose variant is the name.
pub fn read_variants<F: DeserializeOwned>(message: &Message<'_>) -> Result<F, Undecoded> {
    variants::external::read(message.event(), message.data())
        .map_err(|failure| of_variants(message, failure))
}

/// The value whose tag is the name.
pub fn read_variants_tagged<F: DeserializeOwned>(
    message: &Message<'_>,
    tag: &'static str,
) -> Result<F, Undecoded> {
    variants::tagged::read(tag, message.data()).map_err(|failure| of_variants(message, failure))
}

#[cold]
fn of_variants(message: &Message<'_>, failure: Failure) -> Undecoded {
    match failure {
        Failure::UnknownVariant(_) => Undecoded::Unknown,
        Failure::Misfit { path, reason } => {
            DecodeEventError::at(message, Role::Data, path, reason).into()
        }
    }
}

/// What names the events of an endpoint. An event of another name is none of those that the program
/// knows.
#[derive(Clone, Copy, Debug)]
pub enum Named {
    /// A field, which has been read.
    ByField,
    /// Always this.
    Always(&'static str),
    Never,
}

impl Named {
    pub fn check(self, message: &Message<'_>) -> Result<(), Undecoded> {
        let is_known = match self {
            Self::ByField => true,
            Self::Always(name) => message.event() == name,
            Self::Never => message.event() == "message",
        };
        if is_known {
            Ok(())
        } else {
            Err(Undecoded::Unknown)
        }
    }
}

impl Raw {
    pub fn read<F: FromEventData>(self, message: &Message<'_>) -> Result<F, Undecoded> {
        let data = F::from_event_data(message.data());
        data.map_err(|error| misfit(message, Role::Data, error))
    }

    pub fn read_whole<F: FromEventData>(
        self,
        message: &Message<'_>,
        named: Named,
    ) -> Result<F, Undecoded> {
        named.check(message)?;
        self.read(message)
    }
}

impl Json {
    pub fn read<F: DeserializeOwned>(self, message: &Message<'_>) -> Result<F, Undecoded> {
        read_data_json(message)
    }

    pub fn read_whole<F: DeserializeOwned>(
        self,
        message: &Message<'_>,
        named: Named,
    ) -> Result<F, Undecoded> {
        named.check(message)?;
        self.read(message)
    }
}

impl OptionRaw {
    /// A message has data, so `None` does not come back: without a `data:` line an event reaches no
    /// client.
    pub fn read<F: FromEventData>(self, message: &Message<'_>) -> Result<Option<F>, Undecoded> {
        Raw.read(message).map(Some)
    }
}

impl OptionJson {
    pub fn read<F: DeserializeOwned>(self, message: &Message<'_>) -> Result<Option<F>, Undecoded> {
        Json.read(message).map(Some)
    }
}

impl Untyped {
    /// Any event is one, whatever its name.
    pub fn read_whole(self, message: &Message<'_>, _named: Named) -> Result<Event, Undecoded> {
        let mut event = Event::new().data(message.data());
        if let Some(id) = message.id() {
            let id = EventId::new(id).map_err(|error| misfit(message, Role::Id, error))?;
            event = event.id(id);
        }
        if let Some(name) = message.name() {
            let name = EventName::new(name).map_err(|error| misfit(message, Role::Event, error))?;
            event = event.event(name);
        }
        if let Some(retry) = message.retry() {
            event = event.retry(retry);
        }
        Ok(event)
    }
}

/// What `pick` finds. It is never called: only its type says something.
#[must_use]
pub const fn picked<T, K: DataKind>(_pick: fn(&T) -> K) -> K {
    K::PICKED
}

/// What follows is for events whose data is all of them: their other lines repeat what is in it, but
/// for fields that serde skips and for an id that the log has given.
///
/// The field that is the name, where the event has a name. It is read before the data, as a name that
/// is not known says that the data need not be.
pub fn own_event<T, F: NameField + DeserializeOwned>(
    message: &Message<'_>,
    _field: fn(&T) -> &F,
) -> Result<Option<F>, Undecoded> {
    match message.name() {
        Some(_) => read_event(message).map(Some),
        None => Ok(None),
    }
}

pub fn fill<F>(field: &mut F, own: Option<F>) {
    if let Some(own) = own {
        *field = own;
    }
}

pub fn fill_id<F: IdField + DeserializeOwned>(
    field: &mut F,
    message: &Message<'_>,
) -> Result<(), Undecoded> {
    if message.id().is_some() {
        *field = read_id(message)?;
    }
    Ok(())
}

pub fn fill_id_text<F: FromStr<Err: fmt::Display>>(
    field: &mut F,
    message: &Message<'_>,
) -> Result<(), Undecoded> {
    if message.id().is_some() {
        *field = read_id_text(message)?;
    }
    Ok(())
}

/// The wire has whole milliseconds, so what is the same up to them stays as it is.
pub fn fill_retry<F: FromRetry>(field: &mut F, message: &Message<'_>) -> Result<(), Undecoded> {
    let whole = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    if message.retry().is_some() && field.retry().map(whole) != message.retry().map(whole) {
        *field = read_retry(message)?;
    }
    Ok(())
}
