//! What an endpoint says of itself: one `const` per method, from which servers, clients and
//! documents are made.

mod decode;
mod descriptor;
mod endpoint;
#[cfg(any(feature = "client", feature = "server"))]
pub(crate) mod keys;
mod log_ids;
#[cfg(all(feature = "hub", feature = "server"))]
mod mapping;
mod service;

pub use decode::{Decode, DecodeEventError, Decoded};
pub use descriptor::{
    DataRole, Descriptor, Done, IdRole, KeyRole, NameRole, OpenAfter, Origin, Source, Verb,
};
pub use endpoint::{DataForm, Described, Endpoint};
pub use log_ids::LogIds;
pub use service::{Endpoints, NoPayload, Visit};
