//! Sending from one task and from many.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use sse_runtime::{EndReason, Problem, SendError};
use tokio::time::{sleep, timeout};

use crate::support::{SECOND, body, serve, subscribe};

/// An event of about 1 KiB with its number.
fn kilobyte(n: u64) -> String {
    format!("{n:05}{}", "x".repeat(1000))
}

fn numbers(text: &str) -> Vec<u64> {
    let events = text.split("\n\n").filter(|block| !block.is_empty());
    events
        .map(|block| block["data: ".len()..][..5].parse().unwrap())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn sends_without_a_wait_between_them_leave_as_one_write() {
    let app = serve!([] u8, |_ctx, stream| {
        stream.send(1).await?;
        stream.send(2).await?;
        sleep(SECOND).await;
        stream.send(3).await?;
        Ok(())
    })
    .into_router();
    let mut answer = subscribe(&app, "/api/events").await;
    answer.event().await;
    assert_eq!(answer.transcript(), "data: 1\n\ndata: 2\n\n");
    assert_eq!(answer.text().await, "data: 1\n\ndata: 2\n\ndata: 3\n\n");
}

#[tokio::test(start_paused = true)]
async fn a_send_waits_while_16_kib_wait_to_be_read() {
    static SENT: AtomicU64 = AtomicU64::new(0);
    let app = serve!([] String, |_ctx, stream| {
        for n in 0..100 {
            stream.send(kilobyte(n)).await?;
            SENT.fetch_add(1, Ordering::SeqCst);
        }
        Ok(())
    })
    .into_router();
    let mut answer = subscribe(&app, "/api/events").await;
    // Nobody reads: 17 events are 17.2 KB, the first 16 are less than 16 KiB.
    sleep(60 * SECOND).await;
    assert_eq!(SENT.load(Ordering::SeqCst), 17);
    assert_eq!(numbers(&answer.text().await), (0..100).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_send_that_timed_out_has_sent_nothing() {
    let app = serve!([] String, |_ctx, stream| {
        let mut n = 0;
        while timeout(SECOND, stream.send(kilobyte(n))).await.is_ok() {
            n += 1;
        }
        // `n` did not go out; it goes out now, once.
        stream.send(kilobyte(n)).await?;
        Ok(())
    })
    .into_router();
    let mut answer = subscribe(&app, "/api/events").await;
    // Nobody reads, so the send that waits for room is given up when the service is run again.
    sleep(5 * SECOND).await;
    let text = answer.text().await;
    let numbers = numbers(&text);
    assert_eq!(numbers, (0..numbers.len() as u64).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn many_futures_of_one_task_neither_deadlock_nor_interleave() {
    let app = serve!([] String, |_ctx, stream| {
        let mut sends: FuturesUnordered<_> = (0..200).map(|n| stream.send(kilobyte(n))).collect();
        while let Some(sent) = sends.next().await {
            sent?;
        }
        Ok(())
    })
    .into_router();
    let text = timeout(SECOND, subscribe(&app, "/api/events").await.text())
        .await
        .expect("no deadlock");
    let mut numbers = numbers(&text);
    numbers.sort_unstable();
    assert_eq!(numbers, (0..200).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn spawned_senders_neither_deadlock_nor_interleave() {
    let app = serve!([] String, |_ctx, stream| {
        let senders: Vec<_> = (0..8)
            .map(|sender| {
                let stream = stream.clone();
                tokio::spawn(async move {
                    for n in 0..250 {
                        stream.send(kilobyte(sender * 250 + n)).await?;
                    }
                    Ok::<_, SendError>(())
                })
            })
            .collect();
        for sender in senders {
            sender.await.expect("a sender does not panic")?;
        }
        Ok(())
    })
    .into_router();
    let answer = tokio::spawn(async move { subscribe(&app, "/api/events").await.text().await });
    let text = timeout(30 * SECOND, answer)
        .await
        .expect("no deadlock")
        .unwrap();
    let numbers = numbers(&text);
    for sender in 0..8 {
        let range = sender * 250..(sender + 1) * 250;
        let own: Vec<_> = numbers
            .iter()
            .copied()
            .filter(|n| range.contains(n))
            .collect();
        assert_eq!(
            own,
            range.collect::<Vec<_>>(),
            "the events of one sender stay in order"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn select_between_a_send_and_a_timer_loses_nothing() {
    let app = serve!([] String, |_ctx, stream| {
        let mut timer = tokio::time::interval(Duration::from_millis(1));
        let mut n = 0;
        while n < 200 {
            tokio::select! {
                sent = stream.send(kilobyte(n)) => {
                    sent?;
                    n += 1;
                }
                _ = timer.tick() => {}
            }
        }
        Ok(())
    })
    .into_router();
    assert_eq!(
        numbers(&subscribe(&app, "/api/events").await.text().await),
        (0..200).collect::<Vec<_>>()
    );
}

#[tokio::test(start_paused = true)]
async fn send_with_context_gives_up_at_its_deadline_and_on_cancellation() {
    let app = serve!([] String, |ctx, stream| {
        let mut n = 0;
        let late = ctx.with_timeout(SECOND);
        let error = loop {
            // The body is polled once and then not for a minute.
            match stream.send_with_context(&late, kilobyte(n)).await {
                Ok(()) => n += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, SendError::DeadlineElapsed), "{error:?}");
        let token = tokio_util::sync::CancellationToken::new();
        token.cancel();
        let error = stream.send_with_context(&ctx.with_cancellation(&token), kilobyte(n)).await;
        assert!(matches!(error, Err(SendError::Cancelled)), "{error:?}");
        stream.send("the end".to_owned()).await?;
        Ok(())
    })
    .into_router();
    let mut answer = subscribe(&app, "/api/events").await;
    answer.event().await;
    // Fill the buffer, then let the second pass.
    sleep(60 * SECOND).await;
    assert!(answer.text().await.ends_with("data: the end\n\n"));
}

#[tokio::test(start_paused = true)]
async fn an_event_that_cannot_be_encoded_leaves_the_stream_usable() {
    #[derive(serde::Serialize)]
    struct Named {
        name: String,
        id: String,
    }
    let app = serve!([event = name, id = id] Named, |_ctx, stream| {
        let event = |name: &str, id: &str| Named { name: name.to_owned(), id: id.to_owned() };
        stream.send(event("a", "1")).await?;
        for (name, id) in [
            ("b\ndata: injected", "2"),
            ("b\rid: injected", "2"),
            ("b", "2\n\ndata: injected"),
            ("b", "2\rx"),
            ("b", "2\0"),
            ("open", "2"),
            ("error", "2"),
            ("b", "sse-runtime:end-of-stream"),
        ] {
            let sent = stream.send(event(name, id)).await;
            assert!(matches!(sent, Err(SendError::Encode(_))), "{name:?} {id:?}: {sent:?}");
        }
        stream.send(event("c", "3")).await?;
        Ok(())
    })
    .into_router();
    assert_eq!(
        subscribe(&app, "/api/events").await.text().await,
        "id: 1\nevent: a\ndata: {\"name\":\"a\",\"id\":\"1\"}\n\n\
         id: 3\nevent: c\ndata: {\"name\":\"c\",\"id\":\"3\"}\n\n"
    );
}

#[tokio::test(start_paused = true)]
async fn a_serialize_that_panics_leaves_nothing_behind() {
    struct Explosive(bool);
    impl serde::Serialize for Explosive {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use serde::ser::SerializeSeq;
            let mut seq = serializer.serialize_seq(None)?;
            seq.serialize_element(&1)?;
            assert!(!self.0, "on purpose");
            seq.end()
        }
    }
    let app = serve!([] Explosive, |_ctx, stream| {
        stream.send(Explosive(false)).await?;
        let unwound = std::panic::AssertUnwindSafe(stream.send(Explosive(true)));
        assert!(futures::FutureExt::catch_unwind(unwound).await.is_err());
        stream.send(Explosive(false)).await?;
        Ok(())
    })
    .into_router();
    assert_eq!(
        subscribe(&app, "/api/events").await.text().await,
        "data: [1]\n\ndata: [1]\n\n"
    );
}

#[tokio::test(start_paused = true)]
async fn a_clone_that_outlives_its_stream_is_told_why_it_ended() {
    let (give, take) = tokio::sync::oneshot::channel();
    #[sse_runtime::server_sent_events]
    trait Api {
        async fn events(&self, stream: impl EventsServerStream<u8>) -> Result<(), Problem>;
    }
    struct Service(std::sync::Mutex<Option<tokio::sync::oneshot::Sender<SendError>>>);
    impl Api for Service {
        async fn events(&self, stream: impl EventsServerStream<u8>) -> Result<(), Problem> {
            let give = self.0.lock().unwrap().take().unwrap();
            let clone = stream.clone();
            tokio::spawn(async move {
                let error = loop {
                    match clone.send(1).await {
                        Ok(()) => sleep(SECOND).await,
                        Err(error) => break error,
                    }
                };
                give.send(error).unwrap();
            });
            std::future::pending().await
        }
    }
    let app = ApiServer::new(Service(std::sync::Mutex::new(Some(give)))).into_router();
    let mut answer = subscribe(&app, "/api/events").await;
    answer.event().await;
    drop(answer);
    let error = take.await.unwrap();
    assert!(
        matches!(
            error,
            SendError::Closed {
                reason: EndReason::Disconnected
            }
        ),
        "{error:?}"
    );
    assert_eq!(
        error.to_string(),
        "the stream has ended: the client has gone"
    );
}

#[tokio::test(start_paused = true)]
async fn data_of_a_mebibyte_arrives_whole() {
    let data = Arc::new("0123456789abcde\n".repeat(65536));
    #[sse_runtime::server_sent_events(done)]
    trait Api {
        async fn events(&self, stream: impl EventsServerStream<String>) -> Result<(), Problem>;
    }
    struct Service(Arc<String>);
    impl Api for Service {
        async fn events(&self, stream: impl EventsServerStream<String>) -> Result<(), Problem> {
            stream.send(self.0.to_string()).await?;
            Ok(stream.send("after".to_owned()).await?)
        }
    }
    let app = ApiServer::new(Service(Arc::clone(&data))).into_router();
    let text = subscribe(&app, "/api/events").await.text().await;
    let (event, rest) = text.split_once("\n\n").unwrap();
    let lines: Vec<_> = event
        .lines()
        .map(|line| {
            line.strip_prefix("data: ")
                .or(line.strip_prefix("data:"))
                .unwrap()
        })
        .collect();
    assert_eq!(lines.join("\n"), **data);
    assert!(rest.starts_with("data: after\n\n"));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_sends_in_a_loop_does_not_starve_its_clones() {
    static OF_CLONE: AtomicU64 = AtomicU64::new(0);
    static OF_SERVICE: AtomicU64 = AtomicU64::new(0);
    let app = serve!([] String, |_ctx, stream| {
        let clone = stream.clone();
        tokio::spawn(async move {
            while clone.send(kilobyte(1)).await.is_ok() {
                OF_CLONE.fetch_add(1, Ordering::SeqCst);
            }
        });
        loop {
            stream.send(kilobyte(0)).await?;
            OF_SERVICE.fetch_add(1, Ordering::SeqCst);
        }
    })
    .into_router();
    let mut frames = body(&app, "/api/events").await.into_data_stream();
    // In a task, as a connection is, and slower than the service.
    let read = tokio::spawn(async move {
        for _ in 0..50 {
            drop(frames.next().await);
            sleep(SECOND).await;
        }
    });
    read.await.unwrap();
    let (of_clone, of_service) = (
        OF_CLONE.load(Ordering::SeqCst),
        OF_SERVICE.load(Ordering::SeqCst),
    );
    assert!(
        of_clone > 40 && of_clone * 2 > of_service,
        "{of_clone} beside {of_service}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_send_that_is_set_aside_does_not_hold_up_the_others() {
    let app = serve!([done] String, |_ctx, stream| {
        let mut n = 0;
        while timeout(Duration::ZERO, stream.send(kilobyte(n))).await.is_ok() {
            n += 1;
        }
        let mut aside = std::pin::pin!(stream.send("aside".to_owned()));
        assert!(futures::poll!(aside.as_mut()).is_pending());
        // First in the queue is now a send that nobody polls.
        for _ in 0..100 {
            stream.send(kilobyte(n)).await?;
        }
        Ok(aside.await?)
    })
    .into_router();
    let mut answer = subscribe(&app, "/api/events").await;
    let read = tokio::spawn(async move { answer.text().await });
    let text = timeout(60 * SECOND, read)
        .await
        .expect("nothing hangs")
        .unwrap();
    assert!(text.contains("data: aside\n\n"));
}

#[tokio::test(start_paused = true)]
async fn an_end_from_another_task_is_seen_by_a_stream_that_is_silent() {
    let app = serve!([keep_alive = none] u8, |ctx, stream| {
        stream.send(1).await?;
        let (clone, ctx) = (stream.clone(), ctx.clone());
        tokio::spawn(async move {
            sleep(SECOND).await;
            ctx.end_at(tokio::time::Instant::now() + SECOND);
            sleep(60 * SECOND).await;
            clone.close().await
        });
        std::future::pending().await
    })
    .into_router();
    let started = tokio::time::Instant::now();
    subscribe(&app, "/api/events").await.text().await;
    assert_eq!(started.elapsed(), 2 * SECOND);
}
