//! What `sse_runtime::serve` promises beyond `axum::serve`.

mod accepting;
mod http2;
mod idle;
mod protocols;
mod shutdown;
mod stalled;
