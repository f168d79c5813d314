//! A log that fails.

use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use sse_runtime::log::{ChannelName, MemoryLog};
use sse_runtime::testing::{FaultyLog, Operation};

/// The way of a node to the log, which can be cut: then nothing is answered any more, and others see
/// of it what they see of a node that dies.
#[derive(Default)]
pub(crate) struct Line {
    is_cut: AtomicBool,
    unreadable: Mutex<Option<ChannelName>>,
}

impl Line {
    /// The log, at the other end of a line.
    pub(crate) fn to(log: MemoryLog) -> (Arc<Self>, FaultyLog<MemoryLog>) {
        let line = Arc::new(Self::default());
        let of_log = Arc::clone(&line);
        let log = FaultyLog::new(log, move |call| {
            let is_lost = call.operation == Operation::Signal && of_log.is_cut();
            let is_unreadable = call.operation == Operation::Read && of_log.keeps(&call.channel);
            async move {
                match is_unreadable {
                    true => Err("redis://user:secret@10.0.0.7".into()),
                    false if is_lost => pending().await,
                    false => Ok(()),
                }
            }
        });
        (line, log)
    }

    pub(crate) fn cut(&self) {
        self.is_cut.store(true, Ordering::Relaxed);
    }

    /// From now on that channel cannot be read, or all can again.
    pub(crate) fn keep_from(&self, channel: Option<&str>) {
        let channel = channel.map(|name| ChannelName::new(name).expect("a name"));
        *self.unreadable.lock().expect("not poisoned") = channel;
    }

    fn is_cut(&self) -> bool {
        self.is_cut.load(Ordering::Relaxed)
    }

    fn keeps(&self, channel: &ChannelName) -> bool {
        self.unreadable.lock().expect("not poisoned").as_ref() == Some(channel)
    }
}
