//! Through a service, its stream and the body of its response, in every order.

use std::cell::RefCell;
use std::pin::Pin;
use std::sync::Mutex;

use axum::Router;
use sse_runtime::hub::Deliver;
use sse_runtime::{Problem, server_sent_events};
use tokio::sync::oneshot;

use super::tasks::{Choices, Tasks, in_every_order};
use super::{Remote, hub, publish};
use crate::support::{Client, Tick, blocks_of, tick};

/// What a service leaves to another task.
type Left = Pin<Box<dyn Future<Output = ()> + Send>>;

#[server_sent_events(event_name = "tick")]
trait Api {
    #[sse(get = "/ticks")]
    async fn forwards(&self, stream: impl ForwardsServerStream<Tick>) -> Result<(), Problem>;

    #[sse(get = "/two")]
    async fn joins(&self, stream: impl JoinsServerStream<Tick>) -> Result<(), Problem>;

    #[sse(get = "/apart")]
    async fn leaves(&self, stream: impl LeavesServerStream<Tick>) -> Result<(), Problem>;
}

struct Service(Remote, Mutex<Option<oneshot::Sender<Left>>>);

impl Api for Service {
    async fn forwards(&self, stream: impl ForwardsServerStream<Tick>) -> Result<(), Problem> {
        let events = self.0.subscribe("a").otherwise(Deliver::All).await?;
        Ok(stream.forward(events).await?)
    }

    async fn joins(&self, stream: impl JoinsServerStream<Tick>) -> Result<(), Problem> {
        let a = self.0.subscribe("a").otherwise(Deliver::All).await?;
        let b = self.0.subscribe("b").otherwise(Deliver::All).await?;
        futures::try_join!(stream.forward(a), stream.forward(b))?;
        Ok(())
    }

    async fn leaves(&self, stream: impl LeavesServerStream<Tick>) -> Result<(), Problem> {
        let events = self.0.subscribe("a").otherwise(Deliver::All).await?;
        let (done, is_done) = oneshot::channel();
        let clone = stream.clone();
        let forward = async move {
            clone.forward(events).await.expect("to the end");
            let _ = done.send(());
        };
        let other = self.1.lock().expect("whole").take();
        let left = other.map(|other| other.send(Box::pin(forward)));
        assert!(left.is_some_and(|left| left.is_ok()));
        stream.send(tick("own", 100)).await?;
        is_done.await.expect("it goes to the end");
        Ok(())
    }
}

/// What a client of `path` gets, to the end of its stream.
async fn read(app: Router, path: &str, got: &RefCell<String>) {
    let request = http::Request::get(path).header("accept", "text/event-stream");
    let request = request.body(axum::body::Body::empty()).expect("a request");
    let mut client = Client::from(app, request).await;
    while let Some(chunk) = client.chunk().await {
        got.borrow_mut().push_str(&chunk);
    }
}

/// Runs a client beside a publisher to each of those channels; the numbers that it gets.
fn run(path: &str, channels: &[&'static str], choices: &Choices) -> Vec<u64> {
    let (hub, got) = (hub(), RefCell::default());
    let (to_other, from_service) = oneshot::channel();
    let service = Service(hub.clone(), Mutex::new(Some(to_other)));
    let app = ApiServer::new(service).into_router();
    let mut tasks = Tasks::default();
    // Or there would be too many orders.
    let channels_are_few = channels.len() == 1;
    for (index, channel) in channels.iter().enumerate() {
        let hub = &hub;
        tasks.add("the publisher", async move {
            let first = 10 * index as u64;
            if channels_are_few {
                publish(hub, channel, first..first + 1).await;
            }
            let last = hub.publish_last(channel, &tick("a", first + 1)).await;
            last.expect("published");
        });
    }
    tasks.add("the client", read(app, path, &got));
    tasks.add("another task", async {
        if let Ok(left) = from_service.await {
            left.await;
        }
    });
    tasks.run(choices);
    let got = got.borrow();
    assert!(got.ends_with("id: sse-runtime:end-of-stream\n\n"), "{got}");
    blocks_of(&got)
        .iter()
        .filter_map(|it| it.number())
        .collect()
}

/// Timers are there, and never ring.
fn in_a_runtime(run: impl FnOnce()) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let _entered = runtime.enter();
    run();
}

#[test]
fn who_is_forwarded_a_channel_gets_it_to_its_last_event() {
    in_a_runtime(|| {
        let orders = in_every_order(|choices| {
            assert_eq!(run("/ticks", &["a"], choices), [0, 1]);
        });
        assert!(orders > 30, "{orders} orders were tried");
    });
}

#[test]
fn who_is_forwarded_two_channels_side_by_side_gets_both_to_their_last_events() {
    in_a_runtime(|| {
        let orders = in_every_order(|choices| {
            let got = run("/two", &["a", "b"], choices);
            let (a, b): (Vec<_>, Vec<_>) = got.into_iter().partition(|n| *n < 10);
            assert_eq!((a, b), (vec![1], vec![11]));
        });
        assert!(orders > 1000, "{orders} orders were tried");
    });
}

#[test]
fn who_is_forwarded_a_channel_by_a_task_of_the_service_gets_it_to_its_last_event() {
    in_a_runtime(|| {
        let orders = in_every_order(|choices| {
            let mut got = run("/apart", &["a"], choices);
            got.sort_unstable();
            assert_eq!(got, [0, 1, 100]);
        });
        assert!(orders > 1000, "{orders} orders were tried");
    });
}
