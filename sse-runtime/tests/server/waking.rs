//! When a service is run: when something that it waits for has woken it, and not with each poll.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

use http_body::Body as _;
use sse_runtime::SendError;
use sse_runtime::testing::End;
use tokio::time::{Instant, sleep, timeout};

use crate::support::{SECOND, body, serve, subscribe};

#[tokio::test(start_paused = true)]
async fn a_poll_that_nothing_has_asked_for_does_not_run_the_service() {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    let app = serve!([keep_alive = "15s"] u8, |_ctx, stream| {
        stream.send(1).await?;
        let mut second = pin!(sleep(60 * SECOND));
        poll_fn(|cx| {
            RUNS.fetch_add(1, Ordering::SeqCst);
            second.as_mut().poll(cx)
        })
        .await;
        stream.send(2).await?;
        Ok(())
    })
    .into_router();
    let mut body = body(&app, "/api/events").await;
    let first = poll_fn(|cx| pin!(&mut body).poll_frame(cx)).await;
    assert_eq!(first.unwrap().unwrap().into_data().unwrap(), "data: 1\n\n");
    let mut poll = async || poll_fn(|cx| Poll::Ready(pin!(&mut body).poll_frame(cx))).await;
    assert!(poll().await.is_pending());
    let runs = RUNS.load(Ordering::SeqCst);
    for _ in 0..100 {
        assert!(poll().await.is_pending());
    }
    assert_eq!(RUNS.load(Ordering::SeqCst), runs);
    // Its heartbeats and its service come at their times all the same.
    for time in [15, 30, 45, 60] {
        let started = Instant::now();
        let frame = poll_fn(|cx| pin!(&mut body).poll_frame(cx)).await;
        let bytes = frame.unwrap().unwrap().into_data().unwrap();
        let expected: &[u8] = if time < 60 { b":\n" } else { b"data: 2\n\n" };
        assert_eq!((started.elapsed(), &*bytes), (15 * SECOND, expected));
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_wakes_itself_is_run_again_and_lets_others_run() {
    static OTHERS: AtomicU64 = AtomicU64::new(0);
    let app = serve!([done] u64, |_ctx, stream| {
        stream.send(0).await?;
        let mut times = 0;
        poll_fn(|cx| {
            times += 1;
            cx.waker().wake_by_ref();
            if times <= 100 { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        stream.send(OTHERS.load(Ordering::SeqCst)).await?;
        // All of the budget that a task has for one poll.
        for _ in 0..1000 {
            tokio::task::consume_budget().await;
        }
        Ok(())
    })
    .into_router();
    let mut answer = subscribe(&app, "/api/events").await;
    let other = tokio::spawn(poll_fn(|cx| {
        OTHERS.fetch_add(1, Ordering::SeqCst);
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    }));
    let read = tokio::spawn(async move {
        answer.event().await;
        let others = answer.event().await;
        answer.end().await;
        others.json::<u64>()
    });
    let others = timeout(SECOND, read).await.expect("nothing hangs").unwrap();
    other.abort();
    // The first is before the stream is opened, while nobody else runs.
    assert_eq!(others, 99);
}

#[tokio::test(start_paused = true)]
async fn what_another_task_sends_is_written_at_once_and_an_event_that_ends_ends() {
    #[derive(serde::Serialize)]
    enum Step {
        Going,
        Finished,
    }
    #[sse_runtime::server_sent_events(variants, done = Finished)]
    trait Api {
        async fn events(
            &self,
            stream: impl EventsServerStream<Step>,
        ) -> Result<(), sse_runtime::Problem>;
    }
    struct Service;
    impl Api for Service {
        async fn events(
            &self,
            stream: impl EventsServerStream<Step>,
        ) -> Result<(), sse_runtime::Problem> {
            let clone = stream.clone();
            stream.send(Step::Going).await?;
            tokio::spawn(async move {
                sleep(SECOND).await;
                clone.send(Step::Going).await?;
                sleep(SECOND).await;
                clone.send(Step::Finished).await?;
                Ok::<_, SendError>(())
            });
            std::future::pending().await
        }
    }
    let app = ApiServer::new(Service).into_router();
    let mut answer = subscribe(&app, "/api/events").await;
    let started = Instant::now();
    for second in 0..2 {
        assert_eq!(answer.event().await.name(), "Going");
        assert_eq!(started.elapsed(), second * SECOND);
    }
    assert_eq!(answer.event().await.name(), "Finished");
    assert_eq!(answer.end().await, End::ForGood);
    assert_eq!(started.elapsed(), 2 * SECOND);
}
