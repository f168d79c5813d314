//! What generated code may name. Not for use by hand, and changes without notice.

pub use crate::__event_name as event_name;
pub use crate::describe::{DataForm, Endpoints, NoPayload, Visit};
#[cfg(feature = "client")]
pub use crate::request::Payload;
#[cfg(any(feature = "client", feature = "server"))]
pub use crate::roles::decode::{
    Named, decoded, fill, fill_id, fill_id_text, fill_retry, own_event, picked, read_data_json,
    read_data_text, read_event, read_id, read_id_text, read_retry, read_variants,
    read_variants_tagged,
};
pub use crate::roles::{
    Pick, Probe, data_form, data_json, data_text, event, from_log, id, id_text, key, key_text,
    line, pick_event, pick_field, pick_id, pick_variants, retry, variants, variants_tagged,
};
#[cfg(feature = "server")]
pub use crate::server::{Extractor, LiveStream, Server, pull, route};
pub use crate::{__if_client as if_client, __if_server as if_server};
#[cfg(feature = "server")]
pub use axum::{Router, routing::MethodRouter};
pub use std::string::String;
pub use std::sync::Arc;

/// What generated code has for clients, where there are any: the features of the runtime are not
/// those of the crate that the code is in.
#[doc(hidden)]
#[macro_export]
#[cfg(feature = "client")]
macro_rules! __if_client {
    ($($item:tt)*) => { $($item)* };
}

#[doc(hidden)]
#[macro_export]
#[cfg(not(feature = "client"))]
macro_rules! __if_client {
    ($($item:tt)*) => {};
}

/// What generated code has for servers, likewise.
#[doc(hidden)]
#[macro_export]
#[cfg(feature = "server")]
macro_rules! __if_server {
    ($($item:tt)*) => { $($item)* };
}

#[doc(hidden)]
#[macro_export]
#[cfg(not(feature = "server"))]
macro_rules! __if_server {
    ($($item:tt)*) => {};
}
