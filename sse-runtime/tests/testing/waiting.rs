//! Time: what comes when, on a paused clock and on a running one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sse_runtime::testing::{Client, End, Event, Item};
use sse_runtime::{Problem, SendError, server_sent_events};
use tokio::time::{Instant, sleep, timeout};

use crate::support::{SECOND, client};

#[tokio::test(start_paused = true)]
async fn heartbeats_come_at_their_times() {
    let started = Instant::now();
    let mut stream = client().get("/slow").await;
    assert_eq!(stream.event().await.json::<u8>(), 1);
    assert_eq!(started.elapsed(), Duration::ZERO);
    for seconds in [15, 30] {
        assert_eq!(stream.item().await, Item::Comment(String::new()));
        assert_eq!(started.elapsed(), seconds * SECOND);
    }
    assert_eq!(stream.event().await.json::<u8>(), 2);
    assert_eq!(started.elapsed(), 40 * SECOND);
    assert_eq!(stream.transcript(), "data: 1\n\n:\n:\ndata: 2\n\n");
}

#[tokio::test(start_paused = true)]
async fn that_nothing_comes_is_known_by_the_time_given() {
    let started = Instant::now();
    let mut stream = client().get("/slow").await;
    stream.event().await;
    assert_eq!(stream.events_within(39 * SECOND).await, []);
    assert_eq!(started.elapsed(), 39 * SECOND);
    let events = stream.events_within(SECOND).await;
    assert_eq!(events.len(), 1, "what comes at the last moment counts");
    assert_eq!(started.elapsed(), 40 * SECOND);
    assert_eq!(stream.events_within(SECOND).await, []);
    assert_eq!(started.elapsed(), 40 * SECOND, "it has ended");
    assert_eq!(stream.end().await, End::ForNow);
}

#[tokio::test]
async fn a_running_clock_is_waited_for_no_longer_than_it_takes() {
    let mut stream = client().get("/slow").await;
    let events = stream.events_within(Duration::from_millis(20)).await;
    assert_eq!(events.len(), 1);
    stream.cut_at(0);
    assert_eq!(stream.end().await, End::Cut);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_given_up_loses_nothing() {
    let mut stream = client().get("/slow").await;
    let mut items = Vec::new();
    while items.last() != Some(&Item::End(End::ForNow)) {
        // Often in the middle of waiting.
        if let Ok(item) = timeout(SECOND / 10, stream.item()).await {
            items.push(item);
        }
    }
    let heartbeat = Item::Comment(String::new());
    let [Item::Event(first), beat, again, Item::Event(second), _] = items.as_slice() else {
        panic!("{items:?}");
    };
    assert_eq!((first.data(), second.data()), ("1", "2"));
    assert_eq!([beat, again], [&heartbeat; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_many_that_is_given_up_loses_none_of_them() {
    for seconds in 0..60 {
        let mut stream = client().get("/slow").await;
        let given_up = timeout(seconds * SECOND, stream.rest()).await;
        assert_eq!(given_up.is_ok(), seconds >= 40);
        let mut events = given_up.unwrap_or_default();
        let within = stream.events_within(60 * SECOND);
        let given_up = timeout(SECOND / 2, within).await;
        events.extend(given_up.unwrap_or_default());
        events.extend(stream.rest().await);
        assert_eq!(
            events.iter().map(Event::data).collect::<Vec<_>>(),
            ["1", "2"]
        );
    }
}

fn number(event: &Event) -> usize {
    event.data().parse().expect("a number")
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_holds_its_service_up() {
    static SENT: AtomicUsize = AtomicUsize::new(0);
    #[server_sent_events]
    trait Api {
        #[sse(get = "/")]
        async fn much(&self, stream: impl MuchServerStream<String>) -> Result<(), Problem>;
    }
    struct Service;
    impl Api for Service {
        async fn much(&self, stream: impl MuchServerStream<String>) -> Result<(), Problem> {
            let sending = tokio::spawn(async move {
                for n in 0..100 {
                    stream.send(format!("{n:01000}")).await?;
                    SENT.fetch_add(1, Ordering::Relaxed);
                }
                Ok::<_, SendError>(())
            });
            Ok(sending.await.expect("no panic")?)
        }
    }
    let mut stream = Client::new(ApiServer::new(Service).into_router())
        .get("/")
        .await;
    sleep(60 * SECOND).await;
    let room = SENT.load(Ordering::Relaxed);
    assert_eq!(room, 17, "16 KiB, and the event that passes them");
    assert_eq!(number(&stream.event().await), 0);
    sleep(60 * SECOND).await;
    assert_eq!(SENT.load(Ordering::Relaxed), 2 * room);
    let rest = stream.rest().await;
    assert!(rest.iter().map(number).eq(1..100));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_can_be_read_by_a_task_of_its_own() {
    let reading = tokio::spawn(async {
        let mut stream = client().get("/numbers?to=2000").await;
        stream.rest().await.len()
    });
    assert_eq!(reading.await.expect("no panic"), 2000);
}
