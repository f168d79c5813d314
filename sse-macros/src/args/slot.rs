//! The place for the value of one key.

use proc_macro2::Ident;
use syn::Token;
use syn::ext::IdentExt;
use syn::parse::ParseStream;

use super::Place;
use super::value::{at_end, malformed};
use crate::errors::{Code, Errors};

/// A key as written.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) word: Ident,
    pub(crate) place: Place,
    /// How many keys of its list stand before it.
    pub(crate) nth: usize,
}

impl Key {
    /// Of two keys that contradict each other, the one to point at: a method's rather than the
    /// trait's, the second rather than the first.
    pub(crate) fn is_after(&self, other: &Self) -> bool {
        self.order() > other.order()
    }

    /// What comes later is wrong.
    pub(crate) fn order(&self) -> impl Ord + use<> {
        (self.place, self.nth)
    }
}

/// What was said for one key.
#[derive(Default, Clone)]
pub(crate) enum Slot<T> {
    /// Nothing.
    #[default]
    Unset,
    /// `none`: what the trait says for it does not hold here.
    Off,
    /// Something that is reported as a mistake. Not the same as nothing: where `data = …` was
    /// refused, the whole event is *not* the data, and its type need not be serializable.
    Refused,
    /// A value.
    Set(Key, T),
}

impl<T> Slot<T> {
    pub(crate) fn get(&self) -> Option<&T> {
        match self {
            Self::Set(_, value) => Some(value),
            Self::Unset | Self::Off | Self::Refused => None,
        }
    }

    pub(crate) fn key(&self) -> Option<&Key> {
        match self {
            Self::Set(key, _) => Some(key),
            Self::Unset | Self::Off | Self::Refused => None,
        }
    }

    pub(crate) fn is_unset(&self) -> bool {
        matches!(self, Self::Unset)
    }

    pub(crate) fn is_refused(&self) -> bool {
        matches!(self, Self::Refused)
    }

    pub(crate) fn is_set(&self) -> bool {
        matches!(self, Self::Set(..))
    }

    /// `None` where nothing was said, `Some(None)` for `none`.
    pub(crate) fn switched(&self) -> Option<Option<&T>> {
        match self {
            Self::Set(_, value) => Some(Some(value)),
            Self::Off => Some(None),
            Self::Unset | Self::Refused => None,
        }
    }

    pub(crate) fn refuse(&mut self) {
        *self = Self::Refused;
    }

    /// What holds for a method: its own word, else the trait's.
    pub(crate) fn or(&self, of_trait: &Self) -> Self
    where
        T: Clone,
    {
        if self.is_unset() {
            of_trait.clone()
        } else {
            self.clone()
        }
    }

    /// Reads what follows `key` with `read`, which has reported the mistake where it answers `None`.
    pub(super) fn set(
        &mut self,
        key: Key,
        input: ParseStream<'_>,
        errors: &mut Errors,
        read: impl FnOnce(&Ident, ParseStream<'_>, &mut Errors) -> Option<T>,
    ) -> Option<()> {
        if !self.is_unset() {
            duplicate(&key, errors);
            return None;
        }
        *self = Self::Refused;
        *self = switch(key, input, errors, read)?;
        Some(())
    }
}

impl<T> Slot<Vec<T>> {
    /// Like [`Slot::set`], for a key that may come again.
    pub(super) fn extend(
        &mut self,
        key: Key,
        input: ParseStream<'_>,
        errors: &mut Errors,
        read: impl FnOnce(&Ident, ParseStream<'_>, &mut Errors) -> Option<Vec<T>>,
    ) -> Option<()> {
        if matches!(self, Self::Off) {
            duplicate(&key, errors);
            return None;
        }
        match (switch(key, input, errors, read)?, &mut *self) {
            (Self::Set(_, more), Self::Set(_, all)) => all.extend(more),
            (Self::Set(key, more), _) => *self = Self::Set(key, more),
            (_, _) => *self = Self::Off,
        }
        Some(())
    }
}

fn duplicate(Key { word: key, .. }: &Key, errors: &mut Errors) {
    errors.report(
        Code::DuplicateKey,
        key,
        format_args!("`{}` is already given", key.unraw()),
        "keep one of them",
    );
}

/// Reads `= none`, or a value.
fn switch<T>(
    key: Key,
    input: ParseStream<'_>,
    errors: &mut Errors,
    read: impl FnOnce(&Ident, ParseStream<'_>, &mut Errors) -> Option<T>,
) -> Option<Slot<T>> {
    let ahead = input.fork();
    let is_off = ahead.parse::<Token![=]>().is_ok()
        && ahead
            .parse::<Ident>()
            .is_ok_and(|word| word == "none" && at_end(&ahead));
    if !is_off {
        let value = read(&key.word, input, errors)?;
        return Some(Slot::Set(key, value));
    }
    if matches!(
        key.word.unraw().to_string().as_str(),
        "get" | "post" | "path" | "crate"
    ) {
        let _equals = input.parse::<Token![=]>();
        malformed(&key.word, input, errors);
        return None;
    }
    let _equals = input.parse::<Token![=]>();
    let _none = input.parse::<Ident>();
    Some(Slot::Off)
}
