//! Streams while their log fails.

use std::time::Duration;

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use sse_runtime::hub::Hub;
use sse_runtime::log::MemoryLog;
use sse_runtime::{Problem, SendError};
use tower::ServiceExt;

use crate::line::Line;
use crate::support::{MarketTicks, app, tick};

#[tokio::test(start_paused = true)]
async fn a_channel_that_cannot_be_read_holds_up_no_other_and_is_read_on_later() {
    let (line, log) = Line::to(MemoryLog::default());
    let hub = Hub::new(log, MarketTicks);
    let events = hub.subscribe(["a", "b"]).await;
    let mut events = events.expect("subscribed");
    hub.publish("b", &tick("x", 0)).await.expect("published");
    let next = events.next().await.expect("it can be read");
    assert!(next.is_some_and(|bytes| bytes.ends_with(b"\"n\":0}\n\n")));

    line.keep_from(Some("a"));
    for n in 1..4 {
        hub.publish("a", &tick("x", 100 + n))
            .await
            .expect("published");
        hub.publish("b", &tick("x", n)).await.expect("published");
        let next = tokio::time::timeout(Duration::from_secs(1), events.next()).await;
        let next = next.expect("at once").expect("it can be read");
        let end = format!("\"n\":{n}}}\n\n");
        assert!(next.is_some_and(|bytes| bytes.ends_with(end.as_bytes())));
    }
    let none = tokio::time::timeout(Duration::from_secs(600), events.next()).await;
    assert!(none.is_err(), "a client waits for as long as it takes");
    line.keep_from(None);
    let next = tokio::time::timeout(Duration::from_secs(6), events.next()).await;
    let next = next.expect("soon").expect("it can be read").expect("more");
    let text = str::from_utf8(&next).expect("UTF-8");
    assert_eq!(text.matches("event: tick").count(), 3, "{text}");
    assert!(!text.contains("gap"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_a_log_is_told_to_no_client() {
    let (line, log) = Line::to(MemoryLog::default());
    let hub = Hub::new(log, MarketTicks);
    let mut events = hub.subscribe("a").await.expect("subscribed");
    line.keep_from(Some("a"));
    let error = events.next().await.expect_err("it cannot be read");
    let problem = Problem::from(SendError::from(error));
    assert_eq!(problem.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(!problem.to_string().contains("secret"), "{problem}");
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_comes_while_a_log_does_not_answer_comes_back() {
    let (line, log) = Line::to(MemoryLog::default());
    let hub = Hub::new(log, MarketTicks);
    line.keep_from(Some("a"));
    let ask = |accept: &'static str| {
        let request = Request::get("/ticks?channel=a").header("accept", accept);
        app(&hub).oneshot(request.body(Body::empty()).expect("a request"))
    };
    // An EventSource would never return after a 503.
    let response = ask("text/event-stream").await.expect("infallible");
    assert_eq!(response.status(), StatusCode::OK);
    let body = response.into_body().collect().await.expect("it ends");
    let body = body.to_bytes();
    let text = str::from_utf8(&body).expect("UTF-8");
    assert!(
        text.starts_with("retry: ") && text.lines().count() == 2,
        "{text}"
    );

    let response = ask("*/*").await.expect("infallible");
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
}
