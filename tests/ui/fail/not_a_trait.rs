use serde::Serialize;
use sse_runtime::server_sent_events;

#[derive(Serialize)]
#[server_sent_events(data = message)]
struct Notification {
    message: String,
}

fn main() {
    let message = String::new();
    let _ = Notification { message }.message;
}
