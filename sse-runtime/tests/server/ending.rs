//! The two ways a stream ends, and what is told in-band.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::response::IntoResponse;
use http::StatusCode;
use sse_runtime::testing::Item;
use sse_runtime::{EndReason, EventId, Problem, SendError};
use tokio::time::{Instant, sleep};

use crate::support::{END, SECOND, body, post, resume, send, serve, subscribe};

#[tokio::test(start_paused = true)]
async fn returning_ends_a_stream_for_now_without_the_reserved_id() {
    let app = serve!([] u8, |_ctx, stream| { Ok(stream.send(1).await?) }).into_router();
    assert_eq!(
        subscribe(&app, "/api/events").await.text().await,
        "data: 1\n\n"
    );
}

#[tokio::test(start_paused = true)]
async fn closing_ends_a_stream_for_good_with_the_reserved_id() {
    let app = serve!([] u8, |_ctx, stream| {
        stream.send(1).await?;
        stream.close().await?;
        Ok(())
    })
    .into_router();
    assert_eq!(
        subscribe(&app, "/api/events").await.text().await,
        format!("data: 1\n\n{END}")
    );
}

#[tokio::test(start_paused = true)]
async fn a_client_that_resumes_from_the_reserved_id_is_told_to_stay_away() {
    let app = serve!([] u8, |_ctx, _stream| { panic!("the service ran") }).into_router();
    assert_eq!(
        resume(&app, "/api/events", "sse-runtime:end-of-stream")
            .await
            .status(),
        204
    );
    assert_eq!(
        subscribe(
            &app,
            "/api/events?last_event_id=sse-runtime%3Aend-of-stream"
        )
        .await
        .status(),
        204
    );
}

#[tokio::test(start_paused = true)]
async fn a_finite_stream_that_is_posted_carries_no_ids() {
    let app = serve!([post = "/chat", done = "[DONE]"] String, |_ctx, stream| {
        Ok(stream.send("hello".to_owned()).await?)
    })
    .into_router();
    assert_eq!(
        post(&app, "/chat", "{}").await.text().await,
        "data: hello\n\ndata: [DONE]\n\n"
    );
}

#[tokio::test(start_paused = true)]
async fn the_text_of_done_is_the_last_event() {
    let app =
        serve!([done = "[DONE]"] u8, |_ctx, stream| { Ok(stream.send(1).await?) }).into_router();
    let text = subscribe(&app, "/api/events").await.text().await;
    assert_eq!(
        text,
        "data: 1\n\nid: sse-runtime:end-of-stream\ndata: [DONE]\n\n"
    );
}

#[tokio::test(start_paused = true)]
async fn a_variant_of_done_ends_the_stream_when_it_is_sent() {
    #[derive(serde::Serialize)]
    enum Step {
        Progress(u8),
        Finished,
    }
    let app = serve!([variants, done = Finished] Step, |_ctx, stream| {
        stream.send(Step::Progress(50)).await?;
        stream.send(Step::Finished).await?;
        let late = stream.send(Step::Progress(51)).await;
        assert!(matches!(late, Err(SendError::Closed { reason: EndReason::Closed })));
        Ok(())
    })
    .into_router();
    let text = subscribe(&app, "/api/events").await.text().await;
    assert_eq!(
        text,
        format!("event: Progress\ndata: 50\n\nevent: Finished\ndata: null\n\n{END}")
    );
}

#[tokio::test(start_paused = true)]
async fn reconnect_gives_the_advice_and_ends_for_now() {
    let app = serve!([] u8, |ctx, stream| {
        stream.send(1).await?;
        ctx.reconnect(Duration::from_millis(2500));
        std::future::pending().await
    })
    .into_router();
    assert_eq!(
        subscribe(&app, "/api/events").await.text().await,
        "data: 1\n\nretry: 2500\n\n"
    );
}

#[tokio::test(start_paused = true)]
async fn reconnect_before_the_first_event_answers_with_an_empty_stream() {
    let app = serve!([] u8, |ctx, _stream| {
        ctx.reconnect(SECOND);
        Ok(())
    })
    .into_router();
    let mut answer = subscribe(&app, "/api/events").await;
    assert_eq!(
        (answer.status(), answer.text().await.as_str()),
        (StatusCode::OK, "retry: 1000\n\n")
    );
}

#[tokio::test(start_paused = true)]
async fn an_error_after_the_first_event_is_one_event() {
    let app = serve!([error_event = "oops"] u8, |_ctx, stream| {
        stream.send(1).await?;
        Err(Problem::new(StatusCode::BAD_GATEWAY).detail("the\nupstream is gone").extension("upstream", 3))
    })
    .into_router();
    assert_eq!(
        subscribe(&app, "/api/events").await.text().await,
        "data: 1\n\nevent: oops\n\
         data: {\"detail\":\"the\\nupstream is gone\",\"status\":502,\"title\":\"Bad Gateway\",\"upstream\":3}\n\n"
    );
}

#[tokio::test(start_paused = true)]
async fn no_error_event_ends_the_stream_in_silence() {
    let app = serve!([error_event = none] u8, |_ctx, stream| {
        stream.send(1).await?;
        Err(StatusCode::BAD_GATEWAY.into())
    })
    .into_router();
    assert_eq!(
        subscribe(&app, "/api/events").await.text().await,
        "data: 1\n\n"
    );
}

#[tokio::test(start_paused = true)]
async fn a_panic_after_the_first_event_is_an_event_with_status_500() {
    let app = serve!([] u8, |_ctx, stream| {
        stream.send(1).await?;
        panic!("on purpose")
    })
    .into_router();
    let text = subscribe(&app, "/api/events").await.text().await;
    assert_eq!(
        text,
        "data: 1\n\nevent: problem\ndata: {\"status\":500,\"title\":\"Internal Server Error\"}\n\n"
    );
}

/// Answers with a body of the given length.
struct Long(usize);

impl IntoResponse for Long {
    fn into_response(self) -> axum::response::Response {
        (StatusCode::IM_A_TEAPOT, "\u{1}".repeat(self.0)).into_response()
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_event_is_bounded() {
    #[sse_runtime::server_sent_events]
    trait Api {
        async fn events(&self, stream: impl EventsServerStream<u8>) -> Result<(), Long>;
    }
    struct Service(usize);
    impl Api for Service {
        async fn events(&self, stream: impl EventsServerStream<u8>) -> Result<(), Long> {
            let _ = stream.send(1).await;
            Err(Long(self.0))
        }
    }
    for length in [0, 10, 5_000, 16 * 1024, 10_000_000] {
        let app = ApiServer::new(Service(length)).into_router();
        let text = subscribe(&app, "/api/events").await.text().await;
        let data = text
            .strip_prefix("data: 1\n\nevent: problem\ndata: ")
            .and_then(|text| text.strip_suffix("\n\n"));
        let data = data.expect("one error event");
        assert!(data.len() <= 16 * 1024, "{length}: {}", data.len());
        let problem: serde_json::Value = serde_json::from_str(data).expect("JSON");
        assert_eq!(problem["status"], 418);
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_of_a_service_that_closed_its_stream_is_no_news() {
    let app = serve!([] u8, |_ctx, stream| {
        stream.send(1).await?;
        stream.close().await?;
        Err(StatusCode::BAD_GATEWAY.into())
    })
    .into_router();
    assert_eq!(
        subscribe(&app, "/api/events").await.text().await,
        format!("data: 1\n\n{END}")
    );
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_goes_out_with_the_heartbeat() {
    let app = serve!([keep_alive = "5s"] u8, |_ctx, stream| {
        stream.send(1).await?;
        sleep(SECOND).await;
        stream.checkpoint(EventId::new("9").unwrap())?;
        std::future::pending().await
    })
    .into_router();
    let mut answer = subscribe(&app, "/api/events").await;
    let started = Instant::now();
    assert_eq!(answer.event().await.data(), "1");
    assert_eq!(answer.item().await, Item::LastEventId("9".to_owned()));
    assert_eq!(started.elapsed(), 5 * SECOND);
    assert_eq!(answer.item().await, Item::Comment(String::new()));
    assert_eq!(started.elapsed(), 10 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_goes_out_at_the_end_unless_an_id_came_after_it() {
    #[derive(serde::Serialize)]
    struct Item {
        id: Option<u64>,
    }
    let app = serve!([id = id] Item, |_ctx, stream| {
        stream.checkpoint(EventId::new("5").unwrap())?;
        stream.send(Item { id: Some(6) }).await?;
        stream.send(Item { id: None }).await?;
        stream.checkpoint(EventId::new("8").unwrap())?;
        Ok(())
    })
    .into_router();
    let text = subscribe(&app, "/api/events").await.text().await;
    assert_eq!(
        text,
        "id: 6\ndata: {\"id\":6}\n\ndata: {\"id\":null}\n\nid: 8\n\n"
    );
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_alone_is_told_before_an_empty_stream_ends() {
    let app = serve!([] u8, |_ctx, stream| { Ok(stream.checkpoint(EventId::new("8").unwrap())?) })
        .into_router();
    assert_eq!(
        subscribe(&app, "/api/events").await.text().await,
        "id: 8\n\n"
    );
}

#[tokio::test(start_paused = true)]
async fn heartbeats_are_comments_after_silence() {
    let app = serve!([] u8, |_ctx, stream| {
        stream.send(1).await?;
        sleep(20 * SECOND).await;
        Ok(stream.send(2).await?)
    })
    .into_router();
    let started = Instant::now();
    let mut answer = subscribe(&app, "/api/events").await;
    assert_eq!(answer.event().await.data(), "1");
    assert_eq!(answer.item().await, Item::Comment(String::new()));
    assert_eq!(started.elapsed(), 15 * SECOND);
    assert_eq!(answer.text().await, "data: 1\n\n:\ndata: 2\n\n");
}

#[tokio::test(start_paused = true)]
async fn heartbeats_can_be_events_or_absent() {
    let app = serve!([ping_event = "ping", keep_alive = "1s"] u8, |ctx, _stream| {
        ctx.open();
        sleep(SECOND * 3 / 2).await;
        Ok(())
    })
    .into_router();
    assert_eq!(
        subscribe(&app, "/api/events").await.text().await,
        "event: ping\ndata: {}\n\n"
    );

    let app = serve!([keep_alive = none] u8, |_ctx, stream| {
        sleep(3600 * SECOND).await;
        Ok(stream.send(1).await?)
    })
    .into_router();
    assert_eq!(
        subscribe(&app, "/api/events").await.text().await,
        "data: 1\n\n"
    );
}

#[tokio::test(start_paused = true)]
async fn on_end_is_told_the_reason_and_counts_and_guards_live_as_long() {
    struct Guard(Arc<Mutex<Vec<String>>>);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.lock().unwrap().push("dropped".to_owned());
        }
    }
    #[sse_runtime::server_sent_events]
    trait Api {
        async fn events(
            &self,
            ctx: sse_runtime::Context,
            stream: impl EventsServerStream<u8>,
        ) -> Result<(), Problem>;
    }
    struct Service(Arc<Mutex<Vec<String>>>);
    impl Api for Service {
        async fn events(
            &self,
            ctx: sse_runtime::Context,
            stream: impl EventsServerStream<u8>,
        ) -> Result<(), Problem> {
            ctx.hold(Guard(Arc::clone(&self.0)));
            let log = Arc::clone(&self.0);
            ctx.on_end(move |end| {
                let end = format!(
                    "{} sent {} bytes {} after {:?}",
                    end.reason.as_str(),
                    end.sent,
                    end.bytes,
                    end.duration
                );
                log.lock().unwrap().push(end);
            });
            stream.send(1).await?;
            sleep(SECOND).await;
            Ok(stream.send(2).await?)
        }
    }
    let log = Arc::new(Mutex::new(Vec::new()));
    let app = ApiServer::new(Service(Arc::clone(&log))).into_router();

    subscribe(&app, "/api/events").await.text().await;
    assert_eq!(
        *log.lock().unwrap(),
        ["returned sent 2 bytes 18 after 1s", "dropped"]
    );

    log.lock().unwrap().clear();
    let mut answer = subscribe(&app, "/api/events").await;
    answer.event().await;
    drop(answer);
    assert_eq!(
        *log.lock().unwrap(),
        ["disconnected sent 1 bytes 9 after 0ns", "dropped"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_disconnect_cancels_the_context_before_the_service_is_dropped() {
    struct Watch(sse_runtime::Context, Arc<Mutex<Option<bool>>>);
    impl Drop for Watch {
        fn drop(&mut self) {
            *self.1.lock().unwrap() = Some(self.0.is_cancelled());
        }
    }
    #[sse_runtime::server_sent_events]
    trait Api {
        async fn events(
            &self,
            ctx: sse_runtime::Context,
            stream: impl EventsServerStream<u8>,
        ) -> Result<(), Problem>;
    }
    struct Service(Arc<Mutex<Option<bool>>>);
    impl Api for Service {
        async fn events(
            &self,
            ctx: sse_runtime::Context,
            stream: impl EventsServerStream<u8>,
        ) -> Result<(), Problem> {
            let _watch = Watch(ctx, Arc::clone(&self.0));
            stream.send(1).await?;
            std::future::pending().await
        }
    }
    let seen = Arc::default();
    let app = ApiServer::new(Service(Arc::clone(&seen))).into_router();
    let answer = subscribe(&app, "/api/events").await;
    assert_eq!(*seen.lock().unwrap(), None);
    drop(answer);
    assert_eq!(*seen.lock().unwrap(), Some(true));
}

#[tokio::test(start_paused = true)]
async fn a_heartbeat_has_the_tag_where_all_data_have_it() {
    #[derive(serde::Serialize)]
    #[serde(tag = "type")]
    enum Never {}
    let app =
        serve!([variants = "type", ping_event = "ping", keep_alive = "1s"] Never, |ctx, _stream| {
            ctx.open();
            sleep(SECOND * 3 / 2).await;
            Ok(())
        })
        .into_router();
    assert_eq!(
        subscribe(&app, "/api/events").await.text().await,
        "event: ping\ndata: {\"type\":\"ping\"}\n\n"
    );
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_looks_one_frame_ahead_gets_the_end_at_once() {
    let app = serve!([done] u8, |_ctx, stream| {
        for n in 0..3 {
            stream.send(n).await?;
            sleep(SECOND).await;
        }
        Ok(())
    })
    .into_router();
    let body = body(&app, "/api/events").await;
    // In a task, as compression in front of a connection is.
    let read = tokio::spawn(async move {
        let mut frames = body.into_data_stream();
        let mut last = None;
        while let Some(frame) = futures::StreamExt::next(&mut frames).await {
            last = Some(frame.expect("the body is not cut"));
        }
        last
    });
    let started = Instant::now();
    assert_eq!(read.await.unwrap().expect("frames"), END);
    assert_eq!(started.elapsed(), 3 * SECOND);
}

/// Answers with a body that never ends, or panics.
struct Unwell(bool);

impl IntoResponse for Unwell {
    fn into_response(self) -> axum::response::Response {
        let body = futures::stream::poll_fn(
            move |_| -> std::task::Poll<Option<Result<String, std::io::Error>>> {
                assert!(self.0, "on purpose");
                std::task::Poll::Pending
            },
        );
        (StatusCode::BAD_GATEWAY, axum::body::Body::from_stream(body)).into_response()
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_whose_body_is_unwell_is_told_by_its_status() {
    #[sse_runtime::server_sent_events]
    trait Api {
        async fn events(&self, stream: impl EventsServerStream<u8>) -> Result<(), Unwell>;
    }
    struct Service(bool);
    impl Api for Service {
        async fn events(&self, stream: impl EventsServerStream<u8>) -> Result<(), Unwell> {
            let _ = stream.send(1).await;
            Err(Unwell(self.0))
        }
    }
    for never_ends in [true, false] {
        let app = ApiServer::new(Service(never_ends)).into_router();
        let started = Instant::now();
        assert_eq!(
            subscribe(&app, "/api/events").await.text().await,
            "data: 1\n\nevent: problem\ndata: {\"status\":502,\"title\":\"Bad Gateway\"}\n\n"
        );
        assert!(started.elapsed() <= SECOND);
    }
}

/// Takes the context along, and then refuses some.
struct Watched(Arc<Mutex<Vec<String>>>);

impl axum::extract::FromRequestParts<Arc<Mutex<Vec<String>>>> for Watched {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut http::request::Parts,
        log: &Arc<Mutex<Vec<String>>>,
    ) -> Result<Self, Problem> {
        let ctx = sse_runtime::Context::from_request_parts(parts, &()).await?;
        let (told, held) = (Arc::clone(log), ctx.clone());
        ctx.on_end(move |end| {
            told.lock()
                .unwrap()
                .push(format!("{} {}", end.reason.as_str(), held.is_cancelled()));
        });
        match parts.headers.contains_key("x-refuse") {
            true => Err(StatusCode::UNAUTHORIZED.into()),
            false => Ok(Self(Arc::clone(log))),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_refused_ends_its_context_too() {
    #[derive(serde::Deserialize)]
    struct Limit {
        limit: u8,
    }
    #[sse_runtime::server_sent_events]
    trait Api {
        async fn events(
            &self,
            watched: Watched,
            payload: Limit,
            stream: impl EventsServerStream<u8>,
        ) -> Result<(), Problem>;
    }
    struct Service;
    impl Api for Service {
        async fn events(
            &self,
            watched: Watched,
            payload: Limit,
            stream: impl EventsServerStream<u8>,
        ) -> Result<(), Problem> {
            watched
                .0
                .lock()
                .unwrap()
                .push(format!("limit {}", payload.limit));
            Ok(stream.send(1).await?)
        }
    }
    let log = Arc::default();
    let app = ApiServer::new(Service)
        .into_router()
        .with_state(Arc::clone(&log));
    let request = |method: &str, uri: &str| http::Request::builder().method(method).uri(uri);
    let requests = [
        request("GET", "/api/events?limit=x"),
        request("HEAD", "/api/events?limit=1"),
        request("GET", "/api/events?limit=1").header("x-refuse", "1"),
    ];
    for request in requests {
        send(&app, request.body("").unwrap()).await.text().await;
        assert_eq!(*log.lock().unwrap(), ["refused true"]);
        log.lock().unwrap().clear();
    }
    subscribe(&app, "/api/events?limit=1").await.text().await;
    assert_eq!(*log.lock().unwrap(), ["limit 1", "returned true"]);
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_goes_along_with_events_that_have_no_id() {
    let app = serve!([] u8, |_ctx, stream| {
        for n in 0..2_u8 {
            stream.checkpoint(EventId::from(n))?;
            stream.send(n).await?;
            sleep(SECOND).await;
        }
        Ok(())
    })
    .into_router();
    let text = subscribe(&app, "/api/events").await.text().await;
    assert_eq!(text, "data: 0\n\nid: 0\n\ndata: 1\n\nid: 1\n\n");
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_what_a_service_leaves_to_be_dropped_loses_nothing() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("on purpose");
        }
    }
    let app = serve!([] u8, |ctx, stream| {
        ctx.hold(Bomb);
        stream.send(1).await?;
        sleep(SECOND).await;
        let _bomb = Bomb;
        stream.send(2).await?;
        stream.close().await?;
        std::future::pending().await
    })
    .into_router();
    assert_eq!(
        subscribe(&app, "/api/events").await.text().await,
        format!("data: 1\n\ndata: 2\n\n{END}")
    );
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_keeps_all_but_the_first_frame_gets_the_end_at_once() {
    let app = serve!([] u8, |_ctx, stream| {
        for n in 0..5 {
            stream.send(n).await?;
            sleep(SECOND).await;
        }
        Ok(())
    })
    .into_router();
    let body = body(&app, "/api/events").await;
    let read = tokio::spawn(async move {
        let mut frames = body.into_data_stream();
        drop(futures::StreamExt::next(&mut frames).await);
        futures::StreamExt::collect::<Vec<_>>(frames).await
    });
    let started = Instant::now();
    assert!(read.await.unwrap().iter().all(Result::is_ok));
    assert_eq!(started.elapsed(), 5 * SECOND);
}
