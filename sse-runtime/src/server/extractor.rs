//! What a parameter is that is neither the payload nor the stream.

use axum::extract::FromRequestParts;

/// A parameter of a method of any other name than `payload`: an extractor of axum's that leaves the body
/// alone.
#[diagnostic::on_unimplemented(
    message = "a parameter of the type `{Self}` is neither the payload nor an extractor",
    label = "not an extractor of axum's for the parts of a request",
    note = "the path, the query and the rest of a request are read into the parameter `payload`: give it that name, or \
            a type that implements `axum::extract::FromRequestParts`, as `axum::extract::State` and \
            `sse_runtime::Context` do"
)]
pub trait Extractor<S>: FromRequestParts<S> {}

#[diagnostic::do_not_recommend]
impl<T: FromRequestParts<S>, S> Extractor<S> for T {}
