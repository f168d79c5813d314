//! Who waits for a channel, and how it learns that there is more.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;

use super::watchers::{SIGNALLED, Watcher};

/// A watch over some channels: what [`EventLog::watch`](super::EventLog::watch) gives. Dropping it
/// ends it.
///
/// A hint says where to read, never what. One may come without cause, and one may stand for many
/// appends. Signals come with it, as they are in no log to be read from.
///
/// ```
/// use sse_runtime::log::{ChannelName, Channels, EventLog, MemoryLog, Record, Watch};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let log = MemoryLog::default();
/// let (first, second) = (ChannelName::new("room-1")?, ChannelName::new("room-2")?);
/// let mut watch = log.watch(&Channels::new([first.clone(), second.clone()])?);
///
/// log.append(&second, &Record::new(b"data: hello\n")?).await?;
/// log.signal(&first, &Record::new(b"event: typing\ndata: ann\n")?).await?;
///
/// let changed = watch.changed().await;
/// assert!(changed.channels().eq([1]));
/// assert!(changed.has_signals());
/// let signal = watch.take_signal().unwrap();
/// assert_eq!(signal.channel(), 0);
/// assert_eq!(signal.wire(), "event: typing\ndata: ann\n\n");
/// # Ok(())
/// # }
/// ```
pub trait Watch: Send + 'static {
    /// Ready with what has changed since this was last ready. One task at a time can wait.
    fn poll_changed(&mut self, cx: &mut Context<'_>) -> Poll<Changed>;

    /// The oldest signal that has come and was not taken yet. An engine states how many it keeps for
    /// a watch; at the bound the oldest is lost.
    fn take_signal(&mut self) -> Option<Signal>;

    /// Waits for a change. Nothing is lost where the future is dropped.
    fn changed(&mut self) -> impl Future<Output = Changed> + Send
    where
        Self: Sized,
    {
        poll_fn(|cx| self.poll_changed(cx))
    }
}

/// Which channels of a watch have changed.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Changed {
    /// One bit a channel, by its index, and [`SIGNALLED`].
    bits: u64,
}

// One bit a channel, and one for signals.
const _: () = assert!(super::Channels::MAX < 63);

impl Changed {
    /// Nothing has.
    pub const NOTHING: Self = Self { bits: 0 };

    /// The same, and the channel of that index has more records, or has ended.
    #[must_use]
    pub const fn and_channel(self, index: usize) -> Self {
        Self {
            bits: self.bits | (1 << (index as u64 % 63)),
        }
    }

    /// The same, and there are signals.
    #[must_use]
    pub const fn and_signals(self) -> Self {
        Self {
            bits: self.bits | SIGNALLED,
        }
    }

    /// The indexes of the channels to read.
    pub fn channels(self) -> impl Iterator<Item = usize> {
        let mut bits = self.bits & !SIGNALLED;
        std::iter::from_fn(move || {
            let lowest = bits.trailing_zeros();
            // The lowest bit is taken away; where there is none, there is nothing to subtract from.
            bits &= bits.checked_sub(1)?;
            Some(lowest as usize)
        })
    }

    /// Whether there are signals to take.
    #[must_use]
    pub const fn has_signals(self) -> bool {
        self.bits & SIGNALLED != 0
    }
}

impl fmt::Debug for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changed")
            .field("channels", &self.channels().collect::<Vec<_>>())
            .field("signals", &self.has_signals())
            .finish()
    }
}

/// A signal before each watch adds its index to it: its key, and its lines with the blank one.
pub(super) type Shout = (Option<Arc<str>>, Bytes);

/// As watches of our own logs are told.
impl Watcher<Shout> {
    pub(super) fn poll_changed(&self, cx: &mut Context<'_>) -> Poll<Changed> {
        self.poll(cx).map(|bits| Changed { bits })
    }

    pub(super) fn next_signal(&self) -> Option<Signal> {
        let (channel, (key, wire)) = self.take_signal()?;
        Some(Signal { channel, key, wire })
    }
}

/// A record that was signalled: it is in no log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    channel: usize,
    key: Option<Arc<str>>,
    wire: Bytes,
}

impl Signal {
    /// A signal on the channel of that index in a watch: for engines. `wire` is the record's lines
    /// and a blank line.
    #[must_use]
    pub fn new(channel: usize, key: Option<Arc<str>>, wire: Bytes) -> Self {
        Self { channel, key, wire }
    }

    /// The index of the channel in the watch.
    #[must_use]
    pub fn channel(&self) -> usize {
        self.channel
    }

    /// What the event is about, where its sender said so.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Its lines and the blank line: a frame without an id. Shared.
    #[must_use]
    pub fn wire(&self) -> &Bytes {
        &self.wire
    }
}
