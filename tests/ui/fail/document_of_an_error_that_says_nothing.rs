use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sse_runtime::openapi::Document;
use sse_runtime::server_sent_events;

struct Stopped;

impl IntoResponse for Stopped {
    fn into_response(self) -> Response {
        StatusCode::GONE.into_response()
    }
}

#[server_sent_events]
trait Clock {
    async fn ticks(&self, stream: impl TicksServerStream<u64>) -> Result<(), Stopped>;
}

fn main() {
    let _ = Document::new("Clock", "1.0.0").add::<ClockServer<()>>();
}
