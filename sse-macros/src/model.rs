//! What is left when every rule holds: only valid states, each with the tokens that it came from.
//!
//! A part that was refused is not here. What follows from the rest is generated all the same, so
//! that one mistake neither hides others nor brings forth errors of its own.

use proc_macro2::Ident;
use syn::{Attribute, LitStr, Type, Visibility};

pub(crate) use crate::args::{Client, Data, Done, Field, Form, Period, Scalar};

/// A trait whose methods are endpoints.
pub(crate) struct Service {
    pub(crate) krate: syn::Path,
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    /// `#[cfg]` and the like, for everything beside the trait.
    pub(crate) inherited: Vec<Attribute>,
    /// What the user says of the trait.
    pub(crate) docs: Vec<Attribute>,
    pub(crate) streams: Vec<StreamTrait>,
    pub(crate) methods: Vec<Method>,
}

/// `<Method>ServerStream`, to be defined because a method says it.
pub(crate) struct StreamTrait {
    pub(crate) ident: Ident,
    pub(crate) method: Ident,
    pub(crate) cfgs: Vec<Attribute>,
}

/// A method, in the order of the trait.
pub(crate) struct Method {
    pub(crate) names: Names,
    /// `None`: it is refused. What other code names of it is there, and does nothing.
    pub(crate) endpoint: Option<Endpoint>,
    /// Whether a client can call it.
    pub(crate) client: Option<Client>,
}

/// The names that come from one method, and the attributes that go with them.
pub(crate) struct Names {
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) deprecated: Vec<Attribute>,
    /// The doc comment, as attributes.
    pub(crate) docs: Vec<Attribute>,
    pub(crate) method: Ident,
    /// `<Trait><Method>`.
    pub(crate) endpoint: Ident,
}

/// A method that streams events.
pub(crate) struct Endpoint {
    pub(crate) route: Route,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) sources: Vec<Source>,
    pub(crate) shape: Shape,
    pub(crate) returns: Type,
    /// The type of the events.
    pub(crate) event: Type,
    pub(crate) roles: Roles,
    pub(crate) done: Option<Done>,
    pub(crate) keep_alive: Option<Option<Period>>,
    pub(crate) reconnection_time: Option<Option<Period>>,
    pub(crate) open_after: Option<Option<Period>>,
    pub(crate) ping_event: Option<LitStr>,
    pub(crate) error_event: Option<Option<LitStr>>,
}

impl Endpoint {
    pub(crate) fn payload(&self) -> Option<&Type> {
        self.parameters
            .iter()
            .find_map(|parameter| match parameter {
                Parameter::Payload(ty) => Some(ty),
                Parameter::Stream | Parameter::Extractor(_) => None,
            })
    }

    pub(crate) fn extractors(&self) -> impl Iterator<Item = &Type> {
        self.parameters
            .iter()
            .filter_map(|parameter| match parameter {
                Parameter::Extractor(ty) => Some(ty),
                Parameter::Payload(_) | Parameter::Stream => None,
            })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
}

pub(crate) struct Route {
    pub(crate) verb: Verb,
    pub(crate) path: String,
}

/// A parameter after `&self`, in the order of the method.
pub(crate) enum Parameter {
    Payload(Type),
    Stream,
    Extractor(Type),
}

/// Where one payload field comes from, if not from the query or the body.
pub(crate) struct Source {
    pub(crate) field: Field,
    pub(crate) from: From,
}

pub(crate) enum From {
    Path,
    LastEventId,
    Header(String),
    Cookie(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The method takes a stream and sends to it.
    Push,
    /// The method returns a stream.
    Pull,
}

/// Who plays which role.
pub(crate) struct Roles {
    pub(crate) id: Option<Scalar>,
    pub(crate) name: Option<EventName>,
    pub(crate) retry: Option<Field>,
    /// What the event is about. It is not sent.
    pub(crate) key: Option<Scalar>,
    /// `None`: what was said for it is refused, so nothing is known of it.
    pub(crate) data: Option<Content>,
}

/// What names the event. An enum whose variants do is a [`Content::Variants`].
pub(crate) enum EventName {
    Field(Field),
    Constant(LitStr),
}

/// What is sent as `data`.
pub(crate) enum Content {
    Event,
    Field(Data),
    /// The variants of an enum name the events: the event itself, or one of its fields.
    Variants {
        tag: Option<LitStr>,
        field: Option<Field>,
    },
}
