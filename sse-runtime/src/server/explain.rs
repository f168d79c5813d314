//! An error after the stream has been opened: its status is no longer to be had, so what its
//! response says becomes one event.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value};
use tokio::time::{Sleep, sleep};

use crate::excerpt::excerpt;
use crate::problem::{Problem, title_of};

/// The data of an error event is at most this long.
const LIMIT: usize = 16 * 1024;
/// How many characters of a title or detail are kept where the whole is too long. Six bytes a
/// character, escaped, and two of them stay below the limit.
const EXCERPT: usize = 1024;

/// How long the body of an error may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// The data of the error event while the body of its response is read. A body that takes its time,
/// or panics, leaves what its head says.
pub(super) struct Explanation {
    status: StatusCode,
    whole: Pin<Box<dyn Future<Output = String> + Send>>,
    patience: Pin<Box<Sleep>>,
}

impl Explanation {
    pub(super) fn of(response: Response) -> Self {
        Self {
            status: response.status(),
            whole: Box::pin(explain(response)),
            patience: Box::pin(sleep(PATIENCE)),
        }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<String> {
        match catch_unwind(AssertUnwindSafe(|| self.whole.as_mut().poll(cx))) {
            Ok(Poll::Ready(whole)) => Poll::Ready(whole),
            Ok(Poll::Pending) => self
                .patience
                .as_mut()
                .poll(cx)
                .map(|()| explain_status(self.status)),
            Err(_) => Poll::Ready(explain_status(self.status)),
        }
    }
}

/// The data of the error event for a response: an object with at least `status` and `title`, and
/// `detail` where there is one. A JSON object in the body keeps its other members.
async fn explain(response: Response) -> String {
    let (parts, body) = response.into_parts();
    let (body, is_whole) = read(body).await;
    let mut members = match serde_json::from_slice(&body) {
        Ok(Value::Object(members)) if is_whole => members,
        _ => Map::new(),
    };
    if members.is_empty() && !body.is_empty() {
        let ellipsis = if is_whole { "" } else { "…" };
        members.insert(
            "detail".to_owned(),
            format!("{}{ellipsis}", String::from_utf8_lossy(&body)).into(),
        );
    }
    let title = title_of(parts.status);
    members.entry("title").or_insert_with(|| title.into());
    members.insert("status".to_owned(), parts.status.as_u16().into());
    let explanation = Value::Object(members);
    let whole = explanation.to_string();
    if whole.len() <= LIMIT {
        whole
    } else {
        shortened(parts.status, &explanation)
    }
}

/// What a panic, or an error without a body, is explained with.
pub(super) fn explain_status(status: StatusCode) -> String {
    Problem::new(status).to_json().to_string()
}

fn shortened(status: StatusCode, whole: &Value) -> String {
    let text = |name: &str| whole.get(name)?.as_str().map(|text| excerpt(text, EXCERPT));
    serde_json::json!({ "status": status.as_u16(), "title": text("title"), "detail": text("detail") }).to_string()
}

/// Reads a body up to the limit; whether that was all of it.
async fn read(mut body: Body) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    loop {
        match poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            None => return (bytes, true),
            Some(Err(_)) => return (bytes, false),
            Some(Ok(frame)) => {
                let Ok(data) = frame.into_data() else {
                    continue;
                };
                let room = LIMIT - bytes.len();
                if data.len() > room {
                    bytes.extend(data.iter().take(room));
                    return (bytes, false);
                }
                bytes.extend_from_slice(&data);
            }
        }
    }
}
