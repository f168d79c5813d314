//! A log that does not always answer.

use std::future::ready;
use std::sync::Mutex;
use std::time::Duration;

use fastrand::Rng;
use sse_runtime::hub::{Hub, SubscribeError, Subscription};
use sse_runtime::log::{MemoryLog, ReadError};
use sse_runtime::testing::{FaultyLog, Leg, Operation};
use tokio::time::{sleep, timeout};

use crate::support::{Block, MarketTicks, blocks_of, tick};

/// The log in memory; every second question about records is not answered.
fn unsteady(rng: Mutex<Rng>) -> FaultyLog<MemoryLog> {
    FaultyLog::new(MemoryLog::default(), move |call| {
        let is_question = call.leg == Leg::Request
            && matches!(
                call.operation,
                Operation::Read | Operation::Extent | Operation::Rewind
            );
        let answers = !is_question || rng.lock().expect("whole").bool();
        ready(match answers {
            true => Ok(()),
            false => Err("away".into()),
        })
    })
}

type Unsteadily = Hub<MarketTicks, FaultyLog<MemoryLog>>;
type Events = Subscription<MarketTicks, FaultyLog<MemoryLog>>;

/// Comes until it is let in: who comes first is told that the log does not answer.
async fn come(hub: &Unsteadily, channels: &[&str]) -> Events {
    loop {
        match hub.subscribe(channels).await {
            Ok(events) => return events,
            Err(SubscribeError::Read(ReadError::Unavailable(_))) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_that_answers_every_second_question_is_waited_for_and_nothing_is_lost() {
    const CHANNELS: [&str; 3] = ["a", "b", "c"];
    for seed in 0..20 {
        let rng = Mutex::new(Rng::with_seed(seed));
        let hub = Hub::new(unsteady(rng), MarketTicks);
        let mut events = come(&hub, &CHANNELS).await;
        // What is asked for the first time is not waited for.
        while let Err(error) = timeout(Duration::ZERO, events.next())
            .await
            .unwrap_or(Ok(None))
        {
            assert!(matches!(error, SubscribeError::Read(_)), "{error}");
        }
        let publisher = tokio::spawn(async move {
            let mut rng = Rng::with_seed(seed);
            for n in 0..300 {
                let channel = CHANNELS[rng.usize(0..3)];
                let published = hub.publish(channel, &tick("s", n)).await;
                published.expect("published");
                sleep(Duration::from_millis(rng.u64(0..50))).await;
            }
            for channel in CHANNELS {
                hub.close(channel).await.expect("closed");
            }
        });
        let mut numbers = Vec::new();
        loop {
            // Given up now and then, in the middle of waiting.
            let Ok(next) = timeout(Duration::from_millis(70), events.next()).await else {
                continue;
            };
            let Some(bytes) = next.expect("it is waited for") else {
                break;
            };
            let blocks = blocks_of(str::from_utf8(&bytes).expect("UTF-8"));
            numbers.extend(blocks.iter().filter_map(Block::number));
        }
        publisher.await.expect("all are published");
        numbers.sort_unstable();
        assert!(numbers.into_iter().eq(0..300), "seed {seed}");
    }
}
