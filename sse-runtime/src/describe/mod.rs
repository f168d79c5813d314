//! What an endpoint says of itself: one `const` per method, from which servers, clients and
//! documents are made.

mod descriptor;
mod endpoint;

pub use descriptor::{
    DataRole, Descriptor, Done, IdRole, NameRole, OpenAfter, Origin, Source, Verb,
};
pub use endpoint::{Described, Endpoint};
