//! The log in memory, as if it were at the other end of a connection: each call takes a step on its
//! way there, and each answer one on its way back.

use sse_runtime::log::MemoryLog;
use sse_runtime::testing::{FaultyLog, Leg, Operation};

use super::tasks::step;

pub(crate) type Steps = FaultyLog<MemoryLog>;

pub(crate) fn steps(log: MemoryLog) -> Steps {
    FaultyLog::new(log, |call| async move {
        use Operation::{Extent, Read, Rewind};
        // Or there would be too many orders.
        let takes_a_step = match (call.operation, call.leg) {
            (Read, _) => true,
            (Extent | Rewind, leg) => leg == Leg::Answer,
            (_, leg) => leg == Leg::Request,
        };
        if takes_a_step {
            step().await;
        }
        Ok(())
    })
}
