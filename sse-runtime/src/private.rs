//! What generated code may name. Not for use by hand, and changes without notice.

pub use crate::__event_name as event_name;
pub use crate::describe::{DataForm, Endpoints, NoPayload, Visit};
pub use crate::roles::{
    Pick, Probe, data_form, data_json, data_text, event, from_log, id, id_text, key, key_text,
    line, pick_event, pick_field, pick_id, pick_variants, retry, variants, variants_tagged,
};
#[cfg(feature = "server")]
pub use crate::server::{LiveStream, Server, pull, route};
#[cfg(feature = "server")]
pub use axum::{Router, extract::FromRequestParts, routing::MethodRouter};
pub use std::string::String;
pub use std::sync::Arc;
