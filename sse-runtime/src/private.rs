//! What generated code may name. Not for use by hand, and changes without notice.

pub use crate::roles::{
    Pick, Probe, data_json, data_text, event, event_name, id, id_text, pick_event, pick_field,
    pick_variants, retry, variants, variants_tagged,
};
#[cfg(feature = "server")]
pub use crate::server::{LiveStream, NoPayload, Server, pull, route};
#[cfg(feature = "server")]
pub use axum::{Router, extract::FromRequestParts, response::IntoResponse, routing::MethodRouter};
pub use std::sync::Arc;

use serde::de::DeserializeOwned;

/// The payload can be read.
pub const fn check_payload<P: DeserializeOwned + Send + 'static>() {}

/// The event can be sent.
pub const fn check_event<T: Send + 'static>() {}

/// The method returns what a stream can end with.
#[cfg(feature = "server")]
pub const fn check_outcome<O: crate::Outcome>() {}

/// The error of a pull stream can be answered.
#[cfg(feature = "server")]
pub const fn check_error<E: IntoResponse>() {}
