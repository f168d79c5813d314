//! Writes the roles of an event: what generated code calls, one function a line. The bound of each
//! function is the compile-time check of a field's type.
#![allow(missing_docs, reason = "only generated code names these")]

#[cfg(any(feature = "client", feature = "server"))]
pub(crate) mod decode;

use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::describe::DataForm;
use crate::names::{END_OF_STREAM, reserved_name};
use crate::wire::{
    EncodeError, Event, Frame, IdLine, Line, NameLine, Role, key_display, key_scalar,
};
use crate::{EventData, IdField, KeyField, NameField, RetryField, variants};

/// The `id:` line of an event of a service, which may not bear the id of the end.
enum ServiceId {}

impl Line for ServiceId {
    const ROLE: Role = IdLine::ROLE;
    const FIELD: &'static [u8] = IdLine::FIELD;

    #[inline]
    fn check(id: &[u8]) -> Result<(), EncodeError> {
        if id == END_OF_STREAM.as_bytes() {
            return Err(reserved(Role::Id, END_OF_STREAM, "the end of a stream"));
        }
        IdLine::check(id)
    }
}

/// The `event:` line of an event of a service, which may not bear a name that means something of its
/// own.
enum ServiceName {}

impl Line for ServiceName {
    const ROLE: Role = NameLine::ROLE;
    const FIELD: &'static [u8] = NameLine::FIELD;

    #[inline]
    fn check(name: &[u8]) -> Result<(), EncodeError> {
        match name {
            b"open" => refuse_reserved_name("open"),
            b"error" => refuse_reserved_name("error"),
            _ => NameLine::check(name),
        }
    }
}

/// `id: …` from a field.
#[inline]
pub fn id<F: IdField + ?Sized>(frame: &mut Frame<'_>, field: &F) -> Result<(), EncodeError> {
    frame.scalar::<ServiceId, _>(field)
}

/// `id: …` from what a field displays.
pub fn id_text<F: fmt::Display + ?Sized>(
    frame: &mut Frame<'_>,
    field: &F,
) -> Result<(), EncodeError> {
    frame.display::<ServiceId, _>(field)
}

/// `event: …` from a field.
#[inline]
pub fn event<F: NameField + ?Sized>(frame: &mut Frame<'_>, field: &F) -> Result<(), EncodeError> {
    frame.scalar::<ServiceName, _>(field)
}

/// `event: …` from a constant that was checked when it was compiled, and put together then: its line is
/// one write.
#[doc(hidden)]
#[macro_export]
macro_rules! __event_name {
    ($frame:expr, $name:literal) => {
        $crate::__private::line($frame, ::core::concat!("event: ", $name, "\n"))
    };
}

#[inline]
pub fn line(frame: &mut Frame<'_>, line: &'static str) {
    frame.constant(line);
}

/// `retry: …` from a field.
#[inline]
pub fn retry<F: RetryField + ?Sized>(frame: &mut Frame<'_>, field: &F) -> Result<(), EncodeError> {
    if let Some(time) = field.retry() {
        frame.retry(time);
    }
    Ok(())
}

/// `data: …` as JSON.
#[inline]
pub fn data_json<F: Serialize + ?Sized>(
    frame: &mut Frame<'_>,
    field: &F,
) -> Result<(), EncodeError> {
    frame.data_json(field)
}

/// `data: …` from what a field displays.
pub fn data_text<F: fmt::Display + ?Sized>(
    frame: &mut Frame<'_>,
    field: &F,
) -> Result<(), EncodeError> {
    frame.data_display(field)
}

/// `event: …` and `data: …` from an externally tagged enum: its variant, and what is in it.
pub fn variants<F: Serialize + ?Sized>(
    frame: &mut Frame<'_>,
    field: &F,
) -> Result<(), EncodeError> {
    let name = variants::external::name(field)?;
    refuse_reserved_name(name)?;
    frame.event(name)?;
    frame.data_json(&variants::external::Content(field))
}

/// `event: …` and `data: …` from a value with a tag: the tag, and the whole value.
pub fn variants_tagged<F: Serialize + ?Sized>(
    frame: &mut Frame<'_>,
    tag: &'static str,
    field: &F,
) -> Result<(), EncodeError> {
    let tagged = variants::tagged::Tagged::new(tag, field);
    frame.data_json(&tagged)?;
    let name = tagged.into_name()?;
    refuse_reserved_name(&name)?;
    frame.insert_event(&name)
}

fn refuse_reserved_name(name: &str) -> Result<(), EncodeError> {
    match reserved_name(name) {
        Some(purpose) => Err(reserved(Role::Event, name, purpose)),
        None => Ok(()),
    }
}

#[cold]
#[inline(never)]
fn reserved(role: Role, text: &str, purpose: &str) -> EncodeError {
    EncodeError::custom(role, format_args!("`{text}` is reserved for {purpose}"))
}

/// What the event is about, from a field.
pub fn key<F: KeyField + ?Sized>(key: &mut String, field: &F) -> Result<bool, EncodeError> {
    key_scalar(key, field)
}

/// What the event is about, from what a field displays.
pub fn key_text<F: fmt::Display + ?Sized>(
    key: &mut String,
    field: &F,
) -> Result<bool, EncodeError> {
    key_display(key, field)?;
    Ok(true)
}

/// A value whose type decides how its data is written. Method resolution finds the first of the
/// traits in [`pick_field`] or [`pick_event`] that holds for it: by type, never by value, so that
/// both ends of a stream agree.
#[derive(Debug)]
pub struct Pick<'a, T: ?Sized>(pub &'a T);

macro_rules! kind {
    ($kind:ident, [$($generics:tt)*], $value:ty, |$frame:ident, $field:ident| $write:expr) => {
        #[derive(Debug)]
        pub struct $kind;

        impl $kind {
            #[inline]
            pub fn write<$($generics)*>(self, $frame: &mut Frame<'_>, $field: &$value) -> Result<(), EncodeError> {
                $write
            }
        }
    };
}

kind!(Untyped, [], Event, |frame, event| {
    frame.write(event);
    Ok(())
});
kind!(Raw, [T: EventData + ?Sized], T, |frame, field| field.write_to(frame));
kind!(Json, [T: Serialize + ?Sized], T, |frame, field| frame.data_json(field));
kind!(OptionRaw, [T: EventData], Option<T>, |frame, field| match field {
    Some(field) => field.write_to(frame),
    None => Ok(()),
});
kind!(OptionJson, [T: Serialize], Option<T>, |frame, field| match field {
    Some(field) => frame.data_json(field),
    None => Ok(()),
});

pub trait DataKind {
    const PICKED: Self;
    const FORM: DataForm;
}

macro_rules! forms {
    ($($kind:ident => $form:ident;)*) => {$(
        impl DataKind for $kind {
            const PICKED: Self = Self;
            const FORM: DataForm = DataForm::$form;
        }
    )*};
}

forms! {
    Untyped => Untyped;
    Raw => Text;
    Json => Json;
    OptionRaw => Text;
    OptionJson => Json;
}

/// The form of what `pick` finds. It is never called: only its type says something.
#[must_use]
pub const fn data_form<T, K: DataKind>(_pick: fn(&T) -> K) -> DataForm {
    K::FORM
}

macro_rules! pick {
    ($($name:ident: [$($generics:tt)*] $receiver:ty => $kind:ident;)*) => {$(
        pub trait $name {
            fn kind(&self) -> super::$kind;
        }

        impl<$($generics)*> $name for $receiver {
            #[inline]
            fn kind(&self) -> super::$kind {
                super::$kind
            }
        }
    )*};
}

/// How the data of one field is written: `None` is no line.
pub mod pick_field {
    use super::Pick;
    use crate::EventData;

    pick! {
        PickOptionRaw: [T: EventData] &&&Pick<'_, Option<T>> => OptionRaw;
        PickRaw: [T: EventData + ?Sized] &&Pick<'_, T> => Raw;
        PickOptionJson: [T] &Pick<'_, Option<T>> => OptionJson;
        PickJson: [T: ?Sized] Pick<'_, T> => Json;
    }
}

/// How the data of a whole event is written. An `Option` is a value as any other.
pub mod pick_event {
    use super::Pick;
    use crate::EventData;
    use crate::wire::Event;

    pick! {
        PickUntyped: [] &&&Pick<'_, Event> => Untyped;
        PickRaw: [T: EventData + ?Sized] &&Pick<'_, T> => Raw;
        PickJson: [T: ?Sized] Pick<'_, T> => Json;
    }
}

/// Whether an `id` is the log's to give: by the type of its field, in the same way.
pub mod pick_id {
    use super::Pick;
    use crate::wire::EventId;

    pick! {
        PickFromLog: [] &Pick<'_, Option<EventId>> => FromLog;
        PickOwn: [T: ?Sized] Pick<'_, T> => Own;
    }
}

#[derive(Debug)]
pub struct FromLog;

#[derive(Debug)]
pub struct Own;

pub trait IdKind {
    const FROM_LOG: bool;
}

impl IdKind for FromLog {
    const FROM_LOG: bool = true;
}

impl IdKind for Own {
    const FROM_LOG: bool = false;
}

/// What `pick` finds for the field of an event. It is never called: only its type says something.
#[must_use]
pub const fn from_log<T, K: IdKind>(_pick: fn(&T) -> K) -> bool {
    K::FROM_LOG
}

/// An enum whose variants are asked for, where it is `Deserialize`.
#[derive(Debug)]
pub struct Probe<T>(PhantomData<fn() -> T>);

impl<T> Probe<T> {
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "generated code names it once, by `new`"
    )]
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

/// The names of an enum's variants, by the same resolution: a type that is only `Serialize`
/// reveals none.
pub mod pick_variants {
    use super::{DeserializeOwned, Probe};
    use crate::variants;

    pub trait PickRevealed {
        fn names(&self) -> Option<&'static [&'static str]>;
    }

    impl<T: DeserializeOwned> PickRevealed for Probe<T> {
        fn names(&self) -> Option<&'static [&'static str]> {
            variants::revealed::names::<T>()
        }
    }

    pub trait PickHidden {
        fn names(&self) -> Option<&'static [&'static str]>;
    }

    impl<T> PickHidden for &Probe<T> {
        fn names(&self) -> Option<&'static [&'static str]> {
            None
        }
    }
}
