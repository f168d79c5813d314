//! When a response is committed, and what it is before that.

use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode};
use sse_runtime::Problem;
use sse_runtime::testing::Item;
use tokio::time::{Instant, sleep};

use crate::support::{END, SECOND, get, header, post, send, serve, subscribe};

#[tokio::test(start_paused = true)]
async fn the_plain_attribute_serves() {
    #[derive(serde::Serialize)]
    struct Notification {
        message: String,
        r#type: String,
        id: u64,
    }

    #[sse_runtime::server_sent_events(data = "message", event = "type", id = "id")]
    trait Notifications {
        async fn stream(
            &self,
            stream: impl StreamServerStream<Notification>,
        ) -> Result<(), Problem>;
    }

    struct Alerts;
    impl Notifications for Alerts {
        async fn stream(
            &self,
            stream: impl StreamServerStream<Notification>,
        ) -> Result<(), Problem> {
            let (message, r#type) = ("disk is full".to_owned(), "alert".to_owned());
            stream
                .send(Notification {
                    message,
                    r#type,
                    id: 7,
                })
                .await?;
            Ok(())
        }
    }

    let app = NotificationsServer::new(Alerts).into_router();
    let mut answer = subscribe(&app, "/notifications/stream").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.text().await,
        "id: 7\nevent: alert\ndata: disk is full\n\n"
    );
}

#[tokio::test(start_paused = true)]
async fn an_open_stream_has_headers_that_keep_proxies_off() {
    let app = serve!([] u8, |_ctx, stream| { Ok(stream.send(1).await?) }).into_router();
    let answer = subscribe(&app, "/api/events").await;
    assert_eq!(header(&answer, "content-type"), Some("text/event-stream"));
    assert_eq!(
        header(&answer, "cache-control"),
        Some("no-cache, no-transform")
    );
    assert_eq!(header(&answer, "x-accel-buffering"), Some("no"));
    assert_eq!(header(&answer, "connection"), None);
}

#[tokio::test(start_paused = true)]
async fn a_header_that_the_service_sets_replaces_the_default() {
    let app = serve!([] u8, |ctx, stream| {
        ctx.set_header(HeaderName::from_static("cache-control"), HeaderValue::from_static("no-store"));
        ctx.set_header(HeaderName::from_static("x-request-id"), HeaderValue::from_static("42"));
        Ok(stream.send(1).await?)
    })
    .into_router();
    let answer = subscribe(&app, "/api/events").await;
    assert_eq!(header(&answer, "cache-control"), Some("no-store"));
    assert_eq!(header(&answer, "x-request-id"), Some("42"));
    assert_eq!(header(&answer, "x-accel-buffering"), Some("no"));
}

#[tokio::test(start_paused = true)]
async fn an_error_before_the_first_event_is_a_real_status() {
    let app = serve!([] u8, |_ctx, _stream| {
        Err(Problem::new(StatusCode::NOT_FOUND).detail("there is no topic `lunch`"))
    })
    .into_router();
    let mut answer = subscribe(&app, "/api/events").await;
    assert_eq!(answer.status(), 404);
    assert_eq!(
        header(&answer, "content-type"),
        Some("application/problem+json")
    );
    let problem: serde_json::Value = serde_json::from_str(&answer.text().await).unwrap();
    assert_eq!(
        problem,
        serde_json::json!({"status": 404, "title": "Not Found", "detail": "there is no topic `lunch`"})
    );
}

#[tokio::test(start_paused = true)]
async fn an_error_is_a_status_as_long_as_the_opening_delay_has_not_passed() {
    let app = serve!([] u8, |_ctx, _stream| {
        sleep(Duration::from_millis(999)).await;
        Err(StatusCode::BAD_GATEWAY.into())
    })
    .into_router();
    assert_eq!(subscribe(&app, "/api/events").await.status(), 502);
}

#[tokio::test(start_paused = true)]
async fn a_get_is_opened_after_a_second_and_an_error_is_in_band_then() {
    let app = serve!([] u8, |_ctx, _stream| {
        sleep(Duration::from_millis(1001)).await;
        Err(StatusCode::BAD_GATEWAY.into())
    })
    .into_router();
    let started = Instant::now();
    let mut answer = subscribe(&app, "/api/events").await;
    assert_eq!(
        (answer.status(), started.elapsed()),
        (StatusCode::OK, SECOND)
    );
    assert_eq!(
        answer.text().await,
        "event: problem\ndata: {\"status\":502,\"title\":\"Bad Gateway\"}\n\n"
    );
}

#[tokio::test(start_paused = true)]
async fn a_post_is_opened_after_fifteen_seconds() {
    let app = serve!([post = "/slow"] u8, |_ctx, stream| {
        sleep(Duration::from_secs(60)).await;
        Ok(stream.send(1).await?)
    })
    .into_router();
    let started = Instant::now();
    let answer = post(&app, "/slow", "{}").await;
    assert_eq!(
        (answer.status(), started.elapsed()),
        (StatusCode::OK, 15 * SECOND)
    );
}

#[tokio::test(start_paused = true)]
async fn open_after_none_waits_for_the_first_event() {
    let app = serve!([open_after = none] u8, |_ctx, stream| {
        sleep(Duration::from_secs(3600)).await;
        Ok(stream.send(1).await?)
    })
    .into_router();
    let started = Instant::now();
    let mut answer = subscribe(&app, "/api/events").await;
    assert_eq!(started.elapsed(), 3600 * SECOND);
    assert_eq!(answer.text().await, "data: 1\n\n");
}

#[tokio::test(start_paused = true)]
async fn open_sends_the_head_before_any_event() {
    let app = serve!([reconnection_time = "3s"] u8, |ctx, stream| {
        ctx.open();
        sleep(SECOND / 2).await;
        Ok(stream.send(1).await?)
    })
    .into_router();
    let started = Instant::now();
    let mut answer = subscribe(&app, "/api/events").await;
    assert_eq!(started.elapsed(), Duration::ZERO);
    assert_eq!(answer.item().await, Item::Retry(3 * SECOND));
    assert_eq!(started.elapsed(), Duration::ZERO);
    assert_eq!(answer.text().await, "retry: 3000\n\ndata: 1\n\n");
}

#[tokio::test(start_paused = true)]
async fn a_failed_first_send_does_not_open_the_stream() {
    let app = serve!([event = name] Named, |_ctx, stream| {
        stream.send(Named { name: "a\nb".to_owned() }).await?;
        Ok(())
    })
    .into_router();
    let answer = subscribe(&app, "/api/events").await;
    assert_eq!(answer.status(), 500);
}

#[derive(serde::Serialize)]
struct Named {
    name: String,
}

#[tokio::test(start_paused = true)]
async fn closing_before_anything_was_sent_is_204() {
    let app = serve!([] u8, |_ctx, stream| { Ok(stream.close().await?) }).into_router();
    let mut answer = subscribe(&app, "/api/events").await;
    assert_eq!(answer.status(), 204);
    assert_eq!(header(&answer, "content-type"), None);
    assert_eq!(answer.text().await, "");
}

#[tokio::test(start_paused = true)]
async fn returning_from_a_finite_stream_before_anything_was_sent_is_204() {
    let app = serve!([done] u8, |_ctx, _stream| { Ok(()) }).into_router();
    assert_eq!(subscribe(&app, "/api/events").await.status(), 204);
}

#[tokio::test(start_paused = true)]
async fn returning_before_anything_was_sent_is_an_empty_stream_that_clients_resume() {
    let app = serve!([] u8, |_ctx, _stream| { Ok(()) }).into_router();
    let mut answer = subscribe(&app, "/api/events").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "content-type"), Some("text/event-stream"));
    assert_eq!(answer.text().await, "");
}

#[tokio::test(start_paused = true)]
async fn a_panic_before_the_first_event_is_500() {
    let app = serve!([] u8, |_ctx, _stream| { panic!("on purpose") }).into_router();
    assert_eq!(subscribe(&app, "/api/events").await.status(), 500);
}

#[tokio::test(start_paused = true)]
async fn head_gets_the_headers_and_the_service_does_not_run() {
    let app = serve!([] u8, |_ctx, _stream| { panic!("the service ran") }).into_router();
    let request = http::Request::head("/api/events").body("").unwrap();
    let mut answer = send(&app, request).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "content-type"), Some("text/event-stream"));
    assert_eq!(header(&answer, "content-length"), None);
    assert_eq!(answer.text().await, "");
}

#[tokio::test(start_paused = true)]
async fn a_response_can_be_given_in_place_of_a_stream() {
    #[sse_runtime::server_sent_events]
    trait Api {
        async fn events(
            &self,
            ctx: sse_runtime::Context,
            stream: impl EventsServerStream<String>,
        ) -> Result<Option<axum::response::Html<&'static str>>, Problem>;
    }
    struct Service;
    impl Api for Service {
        async fn events(
            &self,
            ctx: sse_runtime::Context,
            stream: impl EventsServerStream<String>,
        ) -> Result<Option<axum::response::Html<&'static str>>, Problem> {
            if !ctx.accepts_event_stream() {
                return Ok(Some(axum::response::Html("<p>snapshot</p>")));
            }
            stream.send("live".to_owned()).await?;
            Ok(None)
        }
    }
    let app = ApiServer::new(Service).into_router();
    assert_eq!(
        get(&app, "/api/events").await.text().await,
        "<p>snapshot</p>"
    );
    assert_eq!(
        subscribe(&app, "/api/events").await.text().await,
        "data: live\n\n"
    );
}

#[tokio::test(start_paused = true)]
async fn a_pull_stream_opens_at_once_and_ends_with_its_stream() {
    #[sse_runtime::server_sent_events(done)]
    trait Api {
        async fn events(
            &self,
        ) -> Result<impl futures::Stream<Item = Result<u32, Problem>> + Send, Problem>;
    }
    struct Service(u32);
    impl Api for Service {
        async fn events(
            &self,
        ) -> Result<impl futures::Stream<Item = Result<u32, Problem>> + Send, Problem> {
            // Borrows the service.
            let first = &self.0;
            Ok(futures::stream::unfold(0, move |n| async move {
                sleep(2 * SECOND).await;
                (n < 2).then_some((Ok(first + n), n + 1))
            }))
        }
    }
    let app = ApiServer::new(Service(5)).into_router();
    let started = Instant::now();
    let mut answer = subscribe(&app, "/api/events").await;
    assert_eq!(started.elapsed(), Duration::ZERO);
    assert_eq!(answer.text().await, format!("data: 5\n\ndata: 6\n\n{END}"));
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_is_not_cut_off_by_an_opening_that_nobody_asked_for() {
    #[sse_runtime::server_sent_events]
    trait Api {
        async fn events(
            &self,
            stream: impl EventsServerStream<u8>,
        ) -> Result<Option<&'static str>, Problem>;
    }
    struct Service;
    impl Api for Service {
        async fn events(
            &self,
            _: impl EventsServerStream<u8>,
        ) -> Result<Option<&'static str>, Problem> {
            sleep(60 * SECOND).await;
            Ok(Some("late"))
        }
    }
    let app = ApiServer::new(Service).into_router();
    assert_eq!(get(&app, "/api/events").await.text().await, "late");
    let started = Instant::now();
    let answer = subscribe(&app, "/api/events").await;
    assert_eq!(
        (header(&answer, "content-type"), started.elapsed()),
        (Some("text/event-stream"), SECOND)
    );
}

#[tokio::test(start_paused = true)]
async fn a_spawned_clone_can_open_the_stream_while_its_service_waits() {
    let app = serve!([open_after = none] u8, |_ctx, stream| {
        let clone = stream.clone();
        tokio::spawn(async move {
            sleep(SECOND).await;
            clone.send(1).await
        });
        std::future::pending().await
    })
    .into_router();
    let started = Instant::now();
    let mut answer = subscribe(&app, "/api/events").await;
    assert_eq!(started.elapsed(), SECOND);
    assert_eq!(answer.event().await.data(), "1");
}

#[tokio::test(start_paused = true)]
async fn a_spawned_task_can_close_the_stream_while_its_service_waits() {
    let app = serve!([open_after = none] u8, |_ctx, stream| {
        let clone = stream.clone();
        tokio::spawn(async move {
            sleep(SECOND).await;
            clone.close().await
        });
        std::future::pending().await
    })
    .into_router();
    let started = Instant::now();
    assert_eq!(subscribe(&app, "/api/events").await.status(), 204);
    assert_eq!(started.elapsed(), SECOND);
}
