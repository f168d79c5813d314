//! Streams between two polls of their body, without a socket.

use axum::Router;
use axum::body::Body;
use futures::FutureExt;
use http::{Request, Response};
use http_body_util::BodyExt;
use sse_runtime::Settings;
use tower::ServiceExt;

use crate::scrape::Recorder;
use crate::server::{app, hub_of};

const TOLD: (&str, &str) = ("endpoint", "Api::told");

async fn get(app: &Router, path: &str) -> Response<Body> {
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let response = app.clone().oneshot(request).await;
    response.unwrap_or_else(|never| match never {})
}

#[tokio::test(start_paused = true)]
async fn a_response_that_is_dropped_before_its_body_is_polled_is_closed() {
    let recorder = Recorder::start();
    let app = app(&hub_of(1), Settings::new());
    let response = get(&app, "/told?send=1&then=wait").await;
    let scrape = recorder.scrape();
    assert_eq!(scrape.value("sse_streams_open", &[TOLD]), 1.0);
    assert_eq!(scrape.value("sse_streams_opened_total", &[TOLD]), 1.0);
    drop(response);
    let scrape = recorder.scrape();
    assert_eq!(scrape.value("sse_streams_open", &[TOLD]), 0.0);
    let gone = [TOLD, ("reason", "disconnected")];
    assert_eq!(scrape.value("sse_streams_closed_total", &gone), 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_panic_at_the_end_of_a_stream_leaves_no_gauge_behind() {
    let recorder = Recorder::start();
    let app = app(&hub_of(1), Settings::new());
    drop(get(&app, "/told?send=1&then=panic-at-end").await);
    let scrape = recorder.scrape();
    assert_eq!(scrape.value("sse_streams_opened_total", &[TOLD]), 1.0);
    assert_eq!(scrape.value("sse_streams_open", &[TOLD]), 0.0);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_dropped_before_its_stream_is_opened_was_never_open() {
    let recorder = Recorder::start();
    let app = app(&hub_of(1), Settings::new());
    assert!(get(&app, "/told?then=wait").now_or_never().is_none());
    let scrape = recorder.scrape();
    assert_eq!(scrape.value("sse_streams_open", &[TOLD]), 0.0);
    assert_eq!(scrape.value("sse_streams_opened_total", &[TOLD]), 0.0);
    let gone = [TOLD, ("reason", "disconnected")];
    assert_eq!(scrape.value("sse_streams_refused_total", &gone), 1.0);
}

#[tokio::test(start_paused = true)]
async fn what_an_open_stream_has_sent_is_counted_as_it_is_sent() {
    let recorder = Recorder::start();
    let app = app(&hub_of(1), Settings::new());
    let mut body = get(&app, "/told?send=3&then=wait").await.into_body();
    let sent = || {
        let scrape = recorder.scrape();
        (
            scrape.value("sse_sent_events_total", &[TOLD]),
            scrape.value("sse_sent_bytes_total", &[TOLD]),
        )
    };
    let frame = body.frame().await.expect("a frame").expect("no error");
    let bytes = frame.into_data().expect("no trailers").len() as f64;
    assert_eq!(sent(), (3.0, bytes));
    // A heartbeat is bytes, and no event.
    let heartbeat = body.frame().await.expect("a frame").expect("no error");
    let heartbeat = heartbeat.into_data().expect("no trailers").len() as f64;
    assert_eq!(sent(), (3.0, bytes + heartbeat));
    drop(body);
    assert_eq!(sent(), (3.0, bytes + heartbeat));
}

#[tokio::test(start_paused = true)]
async fn how_long_a_stream_lasts_is_told_in_seconds() {
    let recorder = Recorder::start();
    let app = app(&hub_of(1), Settings::new());
    let response = get(&app, "/told?send=1&then=wait").await;
    tokio::time::advance(std::time::Duration::from_millis(2500)).await;
    drop(response);
    let scrape = recorder.scrape();
    assert_eq!(
        scrape.value("sse_stream_duration_seconds_sum", &[TOLD]),
        2.5
    );
}

#[tokio::test(start_paused = true)]
async fn a_head_request_is_neither_a_stream_nor_a_refusal() {
    let recorder = Recorder::start();
    let app = app(&hub_of(1), Settings::new());
    let request = Request::head("/told?then=wait").body(Body::empty());
    let response = app.oneshot(request.expect("a request")).await;
    assert_eq!(response.expect("an answer").status(), 200);
    assert!(recorder.scrape().series.is_empty());
}
