//! Shutdown, limits, deadlines and lifetimes.

use std::time::Duration;

use axum::body::Body;
use http::Request;
use sse_runtime::{Problem, Settings, Shutdown};
use tokio::time::{Instant, sleep};
use tower::ServiceExt;

use crate::support::{SECOND, get, header, post, send, serve, subscribe};

const TWO_SECONDS: &str = "retry: 2000\n\n";

fn settings() -> Settings {
    Settings::new().reconnect_after(2 * SECOND..=2 * SECOND)
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_ends_open_streams_with_advice() {
    let shutdown = Shutdown::new();
    let server = serve!([] u8, |_ctx, stream| {
        stream.send(1).await?;
        std::future::pending().await
    });
    let app = server
        .settings(settings().shutdown(&shutdown))
        .into_router();
    let mut answer = subscribe(&app, "/api/events").await;
    assert_eq!(answer.event().await.data(), "1");
    shutdown.start();
    let started = Instant::now();
    assert_eq!(answer.text().await, format!("data: 1\n\n{TWO_SECONDS}"));
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_looks_out_for_a_shutdown_may_say_goodbye() {
    let shutdown = Shutdown::new();
    let server = serve!([] String, |ctx, stream| {
        stream.send("hello".to_owned()).await?;
        ctx.shutting_down().await;
        sleep(SECOND).await;
        Ok(stream.send("goodbye".to_owned()).await?)
    });
    let app = server
        .settings(settings().shutdown(&shutdown))
        .into_router();
    let mut answer = subscribe(&app, "/api/events").await;
    answer.event().await;
    assert_eq!(answer.events_within(SECOND).await, []);
    shutdown.start();
    assert_eq!(
        answer.text().await,
        format!("data: hello\n\ndata: goodbye\n\n{TWO_SECONDS}")
    );
}

#[tokio::test(start_paused = true)]
async fn a_goodbye_of_a_finite_stream_is_not_its_end_for_good() {
    let shutdown = Shutdown::new();
    let server = serve!([done = "[DONE]"] String, |ctx, stream| {
        stream.send("hello".to_owned()).await?;
        ctx.shutting_down().await;
        Ok(())
    });
    let app = server
        .settings(settings().shutdown(&shutdown))
        .into_router();
    let mut answer = subscribe(&app, "/api/events").await;
    answer.event().await;
    assert_eq!(answer.events_within(SECOND).await, []);
    shutdown.start();
    assert_eq!(answer.text().await, format!("data: hello\n\n{TWO_SECONDS}"));
}

#[tokio::test(start_paused = true)]
async fn a_post_whose_body_does_not_come_takes_no_place() {
    #[derive(serde::Deserialize)]
    struct Prompt {
        text: String,
    }
    #[sse_runtime::server_sent_events]
    trait Api {
        #[sse(post = "/chat")]
        async fn chat(
            &self,
            payload: Prompt,
            stream: impl ChatServerStream<String>,
        ) -> Result<(), Problem>;
    }
    struct Service;
    impl Api for Service {
        async fn chat(
            &self,
            payload: Prompt,
            stream: impl ChatServerStream<String>,
        ) -> Result<(), Problem> {
            stream.send(payload.text).await?;
            std::future::pending().await
        }
    }
    let app = ApiServer::new(Service)
        .settings(settings().max_streams(1))
        .into_router();
    let never = futures::stream::pending::<Result<String, std::io::Error>>();
    let request = Request::post("/chat").header("content-type", "application/json");
    let request = request.body(Body::from_stream(never)).unwrap();
    let stuck = tokio::spawn(app.clone().oneshot(request));
    tokio::task::yield_now().await;
    let answer = post(&app, "/chat", r#"{"text": "hello"}"#).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(
        post(&app, "/chat", r#"{"text": "hello"}"#).await.status(),
        503
    );
    stuck.abort();
}

#[tokio::test(start_paused = true)]
async fn a_service_that_never_says_goodbye_is_ended_within_the_window() {
    let shutdown = Shutdown::new().drain(8 * SECOND);
    let server = serve!([keep_alive = none] u8, |ctx, stream| {
        stream.send(1).await?;
        ctx.shutting_down().await;
        std::future::pending().await
    });
    let app = server
        .settings(settings().shutdown(&shutdown))
        .into_router();
    let mut answer = subscribe(&app, "/api/events").await;
    answer.event().await;
    assert_eq!(answer.events_within(SECOND).await, []);
    shutdown.start();
    let started = Instant::now();
    assert_eq!(answer.text().await, format!("data: 1\n\n{TWO_SECONDS}"));
    assert_eq!(started.elapsed(), 6 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn new_streams_are_turned_away_during_a_shutdown() {
    let shutdown = Shutdown::new();
    let server = serve!([] u8, |_ctx, _stream| { panic!("the service ran") });
    let app = server
        .settings(settings().shutdown(&shutdown))
        .into_router();
    shutdown.start();
    let mut answer = subscribe(&app, "/api/events").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "content-type"), Some("text/event-stream"));
    assert_eq!(answer.text().await, TWO_SECONDS);
    let answer = get(&app, "/api/events").await;
    assert_eq!(answer.status(), 503);
    assert_eq!(header(&answer, "retry-after"), Some("2"));
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_before_the_first_event_turns_the_request_away() {
    let shutdown = Shutdown::new();
    let server = serve!([open_after = none] u8, |_ctx, _stream| { std::future::pending().await });
    let app = server
        .settings(settings().shutdown(&shutdown))
        .into_router();
    let signal = shutdown.clone();
    tokio::spawn(async move {
        sleep(SECOND).await;
        signal.start();
    });
    assert_eq!(get(&app, "/api/events").await.status(), 503);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_the_stream_with_advice() {
    let server = serve!([] u8, |ctx, stream| {
        ctx.end_at(Instant::now() + 3 * SECOND);
        ctx.end_at(Instant::now() + 60 * SECOND);
        stream.send(1).await?;
        std::future::pending().await
    });
    let app = server.settings(settings()).into_router();
    let started = Instant::now();
    assert_eq!(
        subscribe(&app, "/api/events").await.text().await,
        format!("data: 1\n\n{TWO_SECONDS}")
    );
    assert_eq!(started.elapsed(), 3 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_maximum_lifetime_ends_streams_with_jitter() {
    let server = serve!([keep_alive = none] u8, |_ctx, stream| {
        stream.send(1).await?;
        std::future::pending().await
    });
    let app = server
        .settings(settings().max_lifetime(100 * SECOND))
        .into_router();
    let mut ends = Vec::new();
    for _ in 0..20 {
        let started = Instant::now();
        subscribe(&app, "/api/events").await.text().await;
        ends.push(started.elapsed());
    }
    assert!(
        ends.iter()
            .all(|end| (90 * SECOND..=101 * SECOND).contains(end)),
        "{ends:?}"
    );
    assert!(ends.iter().any(|end| *end != ends[0]), "{ends:?}");
}

#[tokio::test(start_paused = true)]
async fn a_limit_holds_until_the_body_is_gone() {
    let server = serve!([] u8, |_ctx, stream| {
        stream.send(1).await?;
        std::future::pending().await
    });
    let app = server.settings(settings().max_streams(2)).into_router();
    let first = subscribe(&app, "/api/events").await;
    let _second = subscribe(&app, "/api/events").await;
    assert_eq!(
        subscribe(&app, "/api/events").await.text().await,
        TWO_SECONDS
    );
    assert_eq!(get(&app, "/api/events").await.status(), 503);
    drop(first);
    let mut third = subscribe(&app, "/api/events").await;
    assert_eq!(third.event().await.data(), "1");
}

#[tokio::test(start_paused = true)]
async fn a_limit_per_key_leaves_other_keys_alone() {
    let server = serve!([] u8, |_ctx, stream| {
        stream.send(1).await?;
        std::future::pending().await
    });
    let key =
        |parts: &http::request::Parts| Some(parts.headers.get("x-user")?.to_str().ok()?.to_owned());
    let app = server
        .settings(settings().max_streams_per_key(1, key))
        .into_router();
    let by = |user: &str| {
        Request::get("/api/events")
            .header("x-user", user)
            .body("")
            .unwrap()
    };
    let ann = send(&app, by("ann")).await;
    assert_eq!(ann.status(), 200);
    assert_eq!(send(&app, by("ann")).await.status(), 503);
    let _bob = send(&app, by("bob")).await;
    assert_eq!(_bob.status(), 200);
    let anonymous = [
        get(&app, "/api/events").await,
        get(&app, "/api/events").await,
    ];
    assert!(anonymous.iter().all(|answer| answer.status() == 200));
    drop(ann);
    assert_eq!(send(&app, by("ann")).await.status(), 200);
}

#[tokio::test(start_paused = true)]
async fn a_post_is_told_no_reconnection_time_as_nobody_resumes_one() {
    let shutdown = Shutdown::new();
    let server = serve!([post = "/chat"] u8, |_ctx, stream| {
        stream.send(1).await?;
        std::future::pending().await
    });
    let app = server
        .settings(settings().shutdown(&shutdown))
        .into_router();
    let mut answer = post(&app, "/chat", "{}").await;
    assert_eq!(answer.event().await.data(), "1");
    shutdown.start();
    assert_eq!(answer.text().await, "data: 1\n\n");
    let request = Request::post("/chat").header("accept", "text/event-stream");
    assert_eq!(send(&app, request.body("").unwrap()).await.status(), 503);
}
