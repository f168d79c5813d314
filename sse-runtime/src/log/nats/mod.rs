//! A log in NATS JetStream.

mod address;
mod ending;
mod ends;
mod engine;
mod hearing;
mod kept;
mod link;
mod live;
mod marks;
mod message;
mod options;
mod place;
mod read;
mod standing;
mod stream;
mod subjects;
mod tls;
mod write;

use std::fmt;
use std::sync::Arc;

pub use options::{NatsOptions, NatsStorage};

use super::ConnectError;
use super::remote::{Mirrors, Remote, remote_log};
use address::Address;
use engine::{NatsEngine, Slot};
use live::Live;
use subjects::Subjects;

/// A log in NATS JetStream: a server or cluster of version 2.9 or newer. A clone is the same log, and
/// all clones share one connection.
///
/// What it keeps, for how long, and each of its other bounds is said by [`NatsOptions`].
///
/// ```no_run
/// use sse_runtime::log::{ChannelName, EventLog, NatsLog, Record};
///
/// # async fn connect() -> Result<(), Box<dyn std::error::Error>> {
/// let log = NatsLog::connect("nats://ann:secret@nats.example.com").await?;
/// let room = ChannelName::new("room-1")?;
/// let id = log.append(&room, &Record::new(b"data: hello\n")?).await?;
/// # Ok(())
/// # }
/// ```
///
/// # What is stored where
///
/// All channels of a namespace lie in one stream, which has its name: `sse`, if nothing else is said.
/// The log makes it, and brings it up to the options of who connects last.
///
/// | subject | what |
/// |---|---|
/// | `sse.<channel>.log` | what was appended to the channel: a message an append, whole or not at all |
/// | `sse.<channel>.end` | its end, with the last event where there is one |
/// | `sse-live.<channel>.log`, `….end` | the same, from the server to the nodes that watch, once it is stored |
/// | `sse-live.<channel>.signal` | signals, from node to node |
///
/// In a subject, what is neither an ASCII letter, a digit nor one of `-_/:@=~` stands as `%` and two
/// hexadecimal digits. A message has headers `Sse-Format` and `Sse-Records`; its payload is each record
/// with its length before it.
///
/// An id holds when the stream was made, its number of the message, and which record of a batch it is.
/// So numbers have holes: a channel [lacks](crate::log::Property) dense ids, and the number of missed
/// events is not known.
///
/// # What is lost when
///
/// - The stream is deleted, purged as a whole, or lost with its server: who comes back is told, by
///   [`UnknownEpoch`](crate::log::Standing::UnknownEpoch) or
///   [`Truncated`](crate::log::Standing::Truncated). Do not purge the subject of a single channel, nor
///   delete messages: that is not seen.
/// - The server's machine loses power: the server writes to its files at once, and has them written to
///   the disk every two minutes, unless its `sync_interval` says otherwise. A stream of three
///   [replicas](NatsOptions::replicas) loses nothing then. Killing the server loses nothing.
/// - A client comes back to a channel to which nothing was appended for longer than the
///   [age](NatsOptions::age) of an event: it is told that it may have missed events, as nobody knows
///   that it has not.
/// - A client comes back, and the event it had last is dropped, but none that came after it: it is told
///   the same. The server counts neither what it drops nor what was before it.
/// - The stream is made to keep more [events](NatsOptions::events): the log notes in its description how
///   few it kept, as a channel that is not full now may have been, and been cut. Of a stream of your own
///   it does not know what you raise `max_msgs_per_subject` from.
/// - The server cannot read what it has stored, and says that there is none: a log sees that it holds
///   more than it gives, and reading is [`Unavailable`](crate::log::ReadError::Unavailable) for as long.
/// - A subscription takes a moment to be known to all servers of a cluster. What is appended in it is
///   delivered with the next hint or safety poll.
///
/// On several replicas [`Condition::At`](crate::log::Condition::At) wants servers of version 2.10: before, several
/// of those who append at one place at the same moment may all be told that they did.
///
/// # A stream of your own
///
/// [`NatsOptions::stream`] uses one that exists. It keeps `sse.*.log` and `sse.*.end`, republishes
/// `sse.>` to `sse-live.>`, allows direct gets, discards what is old, and retains by limits; it
/// mirrors no other, and no mirror of it answers direct gets (`mirror_direct`), as that one may be behind.
/// Where it republishes headers alone, nodes read what has come, as they do from a
/// stream that an earlier version made on a server before 2.10. A message on those subjects that is none of this log is a
/// [`ReadError::Unreadable`](crate::log::ReadError::Unreadable) to who reads it.
///
/// # What it may do
///
/// A user of the server publishes `sse.>`, `sse-live.*.signal`, and
/// `$JS.API.{DIRECT.GET,STREAM.INFO,STREAM.MSG.GET,STREAM.MSG.DELETE}.sse`, with
/// `$JS.API.STREAM.{CREATE,UPDATE}.sse` where the log makes the stream; and subscribes to `sse-live.>`,
/// `_INBOX.>` and `$JS.EVENT.ADVISORY.STREAM.*.sse`.
///
/// # Connections
///
/// One a log. When it is lost each server of the URL is tried once, at once, and then again and again
/// with pauses of up to 4 s, while [`health`](crate::log::EventLog::health) says so.
///
/// What is appended to a channel comes to the nodes that watch it; where a node watches more than 4 096,
/// what is appended to any. Of each subscription 4 096 messages wait to be heard; of more the newest are
/// dropped, and what was missed is read.
#[derive(Clone)]
pub struct NatsLog {
    remote: Arc<Remote<NatsEngine>>,
}

remote_log!(NatsLog, NatsEngine);

impl NatsLog {
    /// Connects to the server at `url`, with the default [`NatsOptions`].
    ///
    /// # Errors
    ///
    /// [`ConnectError`].
    pub async fn connect(url: &str) -> Result<Self, ConnectError> {
        NatsOptions::default().connect(url).await
    }

    async fn connect_with(options: NatsOptions, url: &str) -> Result<Self, ConnectError> {
        let address = Address::new(url, &options)?;
        let subjects = Subjects::new(&options.namespace).ok_or_else(|| {
            let namespace = &options.namespace;
            let why = format!(
                "a namespace `{namespace}`; give 1 to 64 letters, digits, hyphens and underscores"
            );
            ConnectError::InvalidUrl(why.into())
        })?;
        let mirrors = Arc::new(Mirrors::default());
        let slot = Arc::new(Slot::default());
        let live = Live {
            address,
            options: options.clone(),
            subjects: subjects.clone(),
            mirrors: Arc::clone(&mirrors),
            slot: Arc::clone(&slot),
        };
        let connected = live.connect().await?;
        let task = tokio::spawn(live.run(connected)).abort_handle();
        let engine = NatsEngine::new(options, subjects, slot, task);
        Ok(Self {
            remote: Arc::new(Remote::new(Arc::new(engine), mirrors)),
        })
    }
}

impl fmt::Debug for NatsLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsLog").finish_non_exhaustive()
    }
}
