//! The collector: every mistake of one trait, each once, at the smallest token.

use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// What kind of mistake it is. The number is public: it stands in the message and in the error
/// index of `sse-runtime`, so it is never given to another rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Code {
    NotATrait = 1,
    HelperAlone,
    WrongAttribute,
    UnknownKey,
    DuplicateKey,
    Malformed,
    Positional,
    WrongPlace,
    // 9 was a key that had nothing behind it.
    CratePath = 10,
    Conflict,
    FieldInTwoRoles,
    FieldFromTwoSources,
    Duration,
    EventName,
    ReservedEventName,
    SourceName,
    LastEventIdAsHeader,
    Path,
    RepeatedParameter,
    RouteTwice,
    ParameterRenamed,
    NoPayload,
    DoneVariants,
    Generics,
    Qualifier,
    NotAsync,
    Receiver,
    MethodName,
    NoStream,
    TwoStreams,
    StreamForm,
    ParameterType,
    ReturnType,
}

impl Code {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 33] = [
        Self::NotATrait,
        Self::HelperAlone,
        Self::WrongAttribute,
        Self::UnknownKey,
        Self::DuplicateKey,
        Self::Malformed,
        Self::Positional,
        Self::WrongPlace,
        Self::CratePath,
        Self::Conflict,
        Self::FieldInTwoRoles,
        Self::FieldFromTwoSources,
        Self::Duration,
        Self::EventName,
        Self::ReservedEventName,
        Self::SourceName,
        Self::LastEventIdAsHeader,
        Self::Path,
        Self::RepeatedParameter,
        Self::RouteTwice,
        Self::ParameterRenamed,
        Self::NoPayload,
        Self::DoneVariants,
        Self::Generics,
        Self::Qualifier,
        Self::NotAsync,
        Self::Receiver,
        Self::MethodName,
        Self::NoStream,
        Self::TwoStreams,
        Self::StreamForm,
        Self::ParameterType,
        Self::ReturnType,
    ];
}

impl Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SSE{:03}", *self as u8)
    }
}

/// Mistakes found so far, in the order they were found.
#[derive(Default)]
pub(crate) struct Errors {
    found: Vec<(Code, syn::Error)>,
}

impl Errors {
    /// Reports one mistake: `what` is wrong with the tokens `at`, and `help` says what to write.
    pub(crate) fn report(
        &mut self,
        code: Code,
        at: &dyn ToTokens,
        what: impl Display,
        help: impl Display,
    ) {
        let message = format!("{what} [{code}]\nhelp: {help}");
        self.found
            .push((code, syn::Error::new_spanned(at.to_token_stream(), message)));
    }

    /// The mistakes as items that make rustc report them.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.found
            .iter()
            .map(|(_, error)| error.to_compile_error())
            .collect()
    }

    #[cfg(test)]
    pub(crate) fn messages(&self) -> Vec<String> {
        self.found.iter().map(|(_, e)| e.to_string()).collect()
    }

    #[cfg(test)]
    pub(crate) fn codes(&self) -> Vec<Code> {
        self.found.iter().map(|(code, _)| *code).collect()
    }
}
