//! Publishing, subscribing, waking, ending and leaving in every order in which they can happen, and in
//! thousands of random ones where there are too many: nobody waits in vain, and nothing is missing or
//! comes twice.

mod every;
mod random;
mod steps;
mod tasks;
mod threads;
mod through;

use std::cell::RefCell;

use bytes::Bytes;
use sse_runtime::hub::{Hub, Subscription};
use sse_runtime::log::{Bounds, EventLog, MemoryLog};

use crate::support::{Block, MarketTicks, blocks_of, tick};
use steps::{Steps, steps};

type Remote = Hub<MarketTicks, Steps>;

fn hub() -> Remote {
    hub_of(1000)
}

fn hub_of(events: usize) -> Remote {
    let log = MemoryLog::new(Bounds::default().events(events));
    Hub::new(steps(log), MarketTicks)
}

/// Publishes ticks of those numbers.
async fn publish<L: EventLog>(
    hub: &Hub<MarketTicks, L>,
    channel: &str,
    numbers: std::ops::Range<u64>,
) {
    for n in numbers {
        let published = hub.publish(channel, &tick("a", n)).await;
        published.expect("published");
    }
}

/// Takes all that comes, up to the end of its channels.
async fn follow<L: EventLog>(mut events: Subscription<MarketTicks, L>, to: &RefCell<Vec<Block>>) {
    while let Some(bytes) = events.next().await.expect("the log can be read") {
        to.borrow_mut().extend(blocks(&bytes));
    }
}

fn blocks(bytes: &Bytes) -> Vec<Block> {
    blocks_of(str::from_utf8(bytes).expect("a stream is UTF-8"))
}

fn numbers(blocks: &RefCell<Vec<Block>>) -> Vec<u64> {
    blocks.borrow().iter().filter_map(Block::number).collect()
}
