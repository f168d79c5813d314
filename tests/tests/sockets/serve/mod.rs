//! What `sse_runtime::serve` promises beyond `axum::serve`.

mod idle;
mod protocols;
mod shutdown;
mod stalled;
