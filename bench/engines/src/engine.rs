//! A private server, and what it tells of itself.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use sse_runtime::log::EventLog;
use tokio::sync::Notify;

use crate::Failure;

/// How many publish at once.
pub(crate) const PUBLISHERS: usize = 50;

/// An event of 122 bytes on the wire, but for its id.
pub(crate) const LINES: &str = "event: tick\ndata: {\"symbol\":\"ACME\",\"bid\":17423,\"ask\":17425,\"at\":1763800000123,\"venue\":\"XNYS\"}\n";

/// One engine, with a server of its own.
pub(crate) trait Engine: Sized + Sync {
    const NAME: &'static str;
    /// Who does the same job as the log, for comparison.
    const TOOL: &'static str;
    type Log: EventLog + Clone;

    /// A server with its data in a directory of its own. `None` where there is none on this machine.
    fn start() -> Option<Self>;

    /// A node.
    fn connect(&self) -> impl Future<Output = Result<Self::Log, Failure>> + Send;

    /// Who follows a channel without the log.
    const FOLLOWER: &'static str;
    /// To how many channels the tool can publish.
    const CHANNELS: usize;

    /// What [`TOOL`](Self::TOOL) appends to those channels in a time, in events a second: the very
    /// thing that the log sends.
    fn tool(
        &self,
        channels: usize,
        time: Duration,
    ) -> impl Future<Output = Result<f64, Failure>> + Send;

    /// Counts what is appended to the first channel from now on, once for each of those who are ready,
    /// for as long as it is polled.
    fn follow(
        &self,
        ready: Arc<Notify>,
        received: Arc<AtomicU64>,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// The process of the server.
    fn process(&self) -> Option<i32>;

    /// The connections that it has, without those of whoever asks.
    fn connections(&self) -> impl Future<Output = Result<usize, Failure>> + Send;
}

/// A channel of that number.
pub(crate) fn channel(number: usize) -> String {
    format!("{number:012}")
}

/// The CPU time of a process and of those that it started.
pub(crate) fn cpu_of(process: i32) -> Result<Duration, Failure> {
    let mut ticks = 0;
    for entry in fs::read_dir("/proc")? {
        // One that has ended meanwhile is not counted.
        let Ok(text) = fs::read_to_string(entry?.path().join("stat")) else {
            continue;
        };
        let Some((head, fields)) = text.rsplit_once(") ") else {
            continue;
        };
        let number = head.split_once(' ').map(|(number, _)| number);
        let fields: Vec<&str> = fields.split(' ').collect();
        let own = number == Some(&*process.to_string());
        let child = fields.get(1) == Some(&&*process.to_string());
        if own || child {
            for field in fields.iter().skip(11).take(2) {
                ticks += field.parse::<u64>()?;
            }
        }
    }
    // "USER_HZ is 100 on most architectures" (proc(5)), and on all that this runs on.
    Ok(Duration::from_millis(10 * ticks))
}
