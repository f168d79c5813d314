//! What a test that fails is told.

use std::future::IntoFuture;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::body::Body;
use futures::FutureExt;
use http::StatusCode;
use sse_runtime::testing::{Client, Response};

use crate::support::{client, of_wire};

/// What the test is told that waits for this, but for its first line, which says where.
async fn told<T>(waits: impl Future<Output = T>) -> (String, String) {
    let Err(panic) = AssertUnwindSafe(waits).catch_unwind().await else {
        panic!("it did not fail");
    };
    let text: Box<String> = panic.downcast().expect("a text");
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let (wanted, instead) = first.split_once(" at ").expect("a place");
    let (place, instead) = instead.split_once(": ").expect("what came instead");
    assert!(place.contains("tests/testing/failing.rs:"), "{place}");
    (format!("{wanted}: {instead}"), rest.to_owned())
}

async fn open(client: &Client) -> Response {
    client.get("/?a=b").header("x-trace", "1").await
}

#[tokio::test]
async fn the_end_instead_of_an_event_is_told_with_all_that_came() {
    let client = of_wire("id: 7\nevent: alert\ndata: disk is full\n\n");
    let mut stream = open(&client).await;
    stream.event().await;
    let (what, rest) = told(stream.event()).await;
    assert_eq!(what, "expected an event: the stream has ended");
    assert_eq!(
        rest,
        "\n> GET /?a=b\n> accept: text/event-stream\n> x-trace: 1\n\
         < 200 OK\n< content-type: text/event-stream\n< content-length: 39\n\n\
         id: 7\nevent: alert\ndata: disk is full\n\n"
    );
}

#[tokio::test]
async fn an_event_instead_of_the_end_is_told() {
    let mut stream = open(&of_wire("data: a\ndata: b\n\n")).await;
    let (what, rest) = told(stream.end()).await;
    assert_eq!(what, "expected the end: an event came");
    assert!(rest.starts_with("\ndata: a\ndata: b\n\n\n> GET"), "{rest}");
}

#[tokio::test]
async fn a_cut_instead_of_an_event_is_told() {
    let mut stream = open(&of_wire("data: soup\n\n")).await;
    stream.cut_at(7);
    let (what, rest) = told(stream.event()).await;
    assert_eq!(what, "expected an event: the connection was cut");
    assert!(rest.ends_with("\n\ndata: s\n"), "{rest}");
}

#[tokio::test]
async fn what_was_posted_is_told() {
    let request = client().post("/answers").json(&["soup"]);
    let (_, rest) = told(request.await.event()).await;
    let post = "> content-type: application/json\n>\n> [\"soup\"]\n< 400 Bad Request\n";
    assert!(rest.contains(post), "{rest}");
}

#[tokio::test]
async fn a_refusal_instead_of_a_stream_is_told_with_its_reason() {
    let mut response = client().get("/numbers?to=many").await;
    let (what, rest) = told(response.event()).await;
    assert_eq!(what, "expected an event: the response is no event stream");
    assert!(rest.contains("< 400 Bad Request\n"), "{rest}");
    assert!(
        rest.contains("< content-type: application/problem+json\n"),
        "{rest}"
    );
    assert!(rest.contains("`to`"), "{rest}");
}

#[tokio::test]
async fn what_is_told_otherwise_than_as_a_problem_is_none() {
    let app = || async { (StatusCode::NOT_FOUND, "{}") };
    let client = Client::new(axum::Router::new().fallback(app));
    let mut response = client.get("/").await;
    let (what, rest) = told(response.problem()).await;
    assert_eq!(what, "expected a problem: the response is none");
    assert!(rest.ends_with("\n\n{}\n"), "{rest}");
}

#[tokio::test]
async fn a_stream_instead_of_a_problem_is_told_before_it_ends() {
    let (what, _) = told(client().get("/silent").await.problem()).await;
    assert_eq!(what, "expected a problem: the response is an event stream");
}

#[tokio::test(start_paused = true)]
async fn what_never_comes_is_not_waited_for() {
    let mut stream = client().get("/silent").await;
    let (what, _) = told(stream.event()).await;
    assert_eq!(
        what,
        "expected an event: it did not come within 3600s, and the response goes on"
    );
    let (what, _) = told(client().get("/silent").await.item()).await;
    assert!(what.starts_with("expected anything: "), "{what}");
}

#[tokio::test]
async fn on_a_running_clock_a_wait_is_over_after_the_patience_given() {
    let client = client().patience(Duration::from_millis(20));
    let (what, _) = told(client.get("/silent").await.event()).await;
    let expected = "expected an event: it did not come within 20ms, and the response goes on";
    assert_eq!(what, expected);
}

#[tokio::test(start_paused = true)]
async fn what_comes_instead_for_a_long_time_is_told_in_few_lines() {
    let mut stream = one_event().get("/").await;
    stream.event().await;
    let (_, rest) = told(stream.event()).await;
    assert!(rest.ends_with("\n\ndata: 1\n\n:\n(240 times)\n"), "{rest}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_never_pauses_is_told_from_one_that_ends() {
    let mut stream = client().get("/endless").await;
    let (what, rest) = told(stream.rest()).await;
    let expected = "expected the end: more than 67108864 bytes came; does the stream send without \
                    ever waiting?";
    assert_eq!(what, expected);
    assert!(rest.len() < 16 * 1024, "{} bytes", rest.len());
}

/// What the test is told that gets no response.
async fn unanswered(client: &Client) -> String {
    let waits = AssertUnwindSafe(client.get("/?a=b").into_future());
    let panic = waits.catch_unwind().await.expect_err("no response");
    let text: Box<String> = panic.downcast().expect("a text");
    assert!(text.starts_with("no response at "), "{text}");
    assert!(text.contains("tests/testing/failing.rs:"), "{text}");
    *text
}

#[tokio::test(start_paused = true)]
async fn an_app_that_does_not_answer_is_told_with_its_request() {
    let never = || std::future::pending::<()>();
    let told = unanswered(&Client::new(axum::Router::new().fallback(never))).await;
    assert!(told.contains(" within 3600s\n\n> GET /?a=b\n"), "{told}");
}

#[tokio::test]
async fn an_app_that_fails_is_told_with_its_reason() {
    let fails = |_: http::Request<Body>| async { Err::<http::Response<Body>, _>("overloaded") };
    let told = unanswered(&Client::new(tower::service_fn(fails))).await;
    assert!(
        told.contains(": the app failed: overloaded\n\n> GET /?a=b\n"),
        "{told}"
    );
}

#[test]
fn data_that_does_not_fit_its_type_is_told_with_its_event() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let event = runtime.expect("a runtime").block_on(async {
        open(&of_wire("id: 7\ndata: \"soup\"\n\n"))
            .await
            .event()
            .await
    });
    let panic = std::panic::catch_unwind(|| event.json::<u8>()).expect_err("not a number");
    let text: Box<String> = panic.downcast().expect("a text");
    assert_eq!(
        *text,
        "the data of this event is not `u8` as JSON: invalid type: string \"soup\", expected u8 at \
         line 1 column 6\n\nid: 7\ndata: \"soup\"\n"
    );
}

/// One event, and then nothing but heartbeats.
fn one_event() -> Client {
    #[sse_runtime::server_sent_events]
    trait Api {
        #[sse(get = "/")]
        async fn beats(
            &self,
            stream: impl BeatsServerStream<u8>,
        ) -> Result<(), sse_runtime::Problem>;
    }
    struct Service;
    impl Api for Service {
        async fn beats(
            &self,
            stream: impl BeatsServerStream<u8>,
        ) -> Result<(), sse_runtime::Problem> {
            stream.send(1).await?;
            std::future::pending().await
        }
    }
    Client::new(ApiServer::new(Service).into_router())
}
