//! What `sse_runtime::serve` promises beyond `axum::serve`.

mod protocols;
mod shutdown;
