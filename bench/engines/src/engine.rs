//! A private server, what it tells of itself, and who uses it without the log.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use sse_runtime::log::EventLog;
use tokio::process::Command;
use tokio::time::timeout;

use crate::Failure;
use crate::count::Count;

/// How many publish at once.
pub(crate) const PUBLISHERS: u64 = 50;

/// An event of 122 bytes on the wire, but for its id.
pub(crate) const LINES: &str = "event: tick\ndata: {\"symbol\":\"ACME\",\"bid\":17423,\"ask\":17425,\"at\":1763800000123,\"venue\":\"XNYS\"}\n";

/// One engine, with a server of its own.
pub(crate) trait Engine: Sized + Sync {
    const NAME: &'static str;
    /// To how many channels is published.
    const CHANNELS: usize;
    /// Whether it is measured what an event costs with many channels, subscribers and nodes, too.
    const GROWS: bool = true;
    /// Who follows a channel without the log.
    const FOLLOWER: &'static str;
    type Log: EventLog + Clone;
    type Publisher: Publisher;

    /// A server with its data in a directory of its own. `None` where there is none on this machine.
    fn start() -> Option<Self>;

    /// A node.
    fn connect(&self) -> impl Future<Output = Result<Self::Log, Failure>> + Send;

    /// Those who publish to that many channels without the log: the usual one first.
    fn publishers(
        &self,
        channels: usize,
    ) -> impl Future<Output = Result<Vec<Self::Publisher>, Failure>> + Send;

    /// Counts itself once it follows the first channel, and what comes in it then, for as long as it is
    /// polled.
    fn follow(
        &self,
        ready: &Count,
        received: &Count,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// The process of the server.
    fn process(&self) -> Option<i32>;

    /// The connections that it has, without those of whoever asks.
    fn connections(&self) -> impl Future<Output = Result<usize, Failure>> + Send;
}

/// Who has the server do the very thing that the log does: [`PUBLISHERS`] events are under way at once,
/// and the next follows on an answer.
pub(crate) trait Publisher: Send + Sync {
    /// As the page says it.
    fn name(&self) -> &'static str;

    /// Appends so many events, and tells how many a second.
    fn publish(&self, events: u64) -> impl Future<Output = Result<f64, Failure>> + Send;
}

/// A channel of that number.
pub(crate) fn channel(number: usize) -> String {
    format!("{number:012}")
}

/// What a program writes, which may not take longer than that.
pub(crate) async fn output(mut program: Command, most: Duration) -> Result<String, Failure> {
    program.stdin(Stdio::null()).kill_on_drop(true);
    let output = timeout(most, program.output()).await;
    let output = output.map_err(|_| format!("{program:?} runs for longer than {most:?}"))??;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{program:?}: {}: {said}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Which version of its program a process runs, as that says itself.
pub(crate) async fn version(process: i32) -> Result<String, Failure> {
    let mut program = Command::new(fs::read_link(format!("/proc/{process}/exe"))?);
    program.arg("--version");
    let said = output(program, Duration::from_secs(5)).await?;
    let numbers = |word: &&str| word.contains('.') && word.contains(|it: char| it.is_ascii_digit());
    let version = said.split_whitespace().find(numbers);
    let version = version.ok_or_else(|| format!("no version is in {said:?}"))?;
    Ok(version.trim_start_matches(['v', '=']).to_owned())
}
