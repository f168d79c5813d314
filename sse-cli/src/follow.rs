//! From the stream to stdout, an event at a time.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::num::NonZero;
use std::time::Duration;

use sse_runtime::client::{ClientError, EventStream, Gap, Position};
use sse_runtime::wire::Message;
use tokio::task::JoinHandle;
use tokio::time::{self, MissedTickBehavior};

use crate::console::Console;
use crate::failure;
use crate::format::{Printer, Shown};
use crate::place::Place;
use crate::stop;
use crate::tally::Tally;
use crate::trouble::Trouble;

/// How often the counts are shown, stdout is looked at, and the place is kept at most and, if it has changed, at least. What was
/// printed in between is printed again where the program is killed.
const TICK: Duration = Duration::from_secs(1);
/// How long an event that is being written is waited for when the program is to stop. One that is written
/// in this moment must count; one whose reader has stopped would wait for ever.
const GRACE: Duration = Duration::from_millis(500);

/// What is wanted of a stream.
#[derive(Debug)]
pub(crate) struct Wishes<'a> {
    pub(crate) printer: Printer,
    /// The names that are printed; where there are none, all.
    pub(crate) names: &'a [String],
    pub(crate) count: Option<NonZero<u64>>,
    /// Whether there is one connection and no other.
    pub(crate) once: bool,
}

/// Prints the events of a stream, and knows what it has printed whenever it is stopped.
#[derive(Debug)]
pub(crate) struct Follower<'a> {
    events: EventStream,
    wishes: Wishes<'a>,
    place: Option<Place>,
    console: &'a Console,
    trouble: &'a Trouble,
    /// What was counted here.
    tally: Tally,
    /// After the last event that is not to come again.
    position: Position,
    printing: Option<Printing>,
}

/// An event that is being written, in a thread of its own: a reader that has stopped must not keep a signal
/// from being heard.
#[derive(Debug)]
struct Printing {
    write: JoinHandle<io::Result<()>>,
    /// Of its data.
    bytes: usize,
}

/// How a stream came to an end that is none of its faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The server has said that there is no more, or the connection has ended and was the only one.
    Over,
    /// All events that were wanted have come.
    Counted,
    /// Nobody reads what is printed.
    Unread,
}

/// What is made of an event while it is at hand.
struct Seen {
    /// The event in its format, where it is wanted.
    printed: Option<io::Result<Vec<u8>>>,
    bytes: usize,
    gap: Option<Gap>,
}

impl<'a> Follower<'a> {
    pub(crate) fn new(
        events: EventStream,
        wishes: Wishes<'a>,
        place: Option<Place>,
        console: &'a Console,
        trouble: &'a Trouble,
    ) -> Self {
        Self {
            position: events.position(),
            events,
            wishes,
            place,
            console,
            trouble,
            tally: Tally::default(),
            printing: None,
        }
    }

    /// Prints until there is an end. May be dropped at any time.
    ///
    /// # Errors
    ///
    /// Why there is no more, where that was not to be.
    pub(crate) async fn follow(&mut self) -> Result<End, String> {
        let mut tick = time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let wishes = &self.wishes;
            let next = self.events.next_with(|message| wishes.look_at(message));
            let next = tokio::select! {
                biased;
                _ = tick.tick() => {
                    // All that came was printed, and an id that came without an event counts as well.
                    self.position = self.events.position();
                    self.keep()?;
                    self.console.count(self.tally());
                    if stop::is_unread() {
                        return Ok(End::Unread);
                    }
                    continue;
                }
                next = next => next,
            };
            match next {
                Some(Ok(seen)) => {
                    if let Some(end) = self.show(seen).await? {
                        return Ok(end);
                    }
                    self.keep_at_times()?;
                }
                Some(Err(ClientError::TooLong(_))) => {
                    self.tally.skipped += 1;
                    self.console
                        .note("an event is left out as too long; --max-event-size says how long one may be");
                }
                Some(Err(ClientError::GaveUp { source, .. })) if self.wishes.once => {
                    return match *source {
                        ClientError::Closed => Ok(End::Over),
                        error => Err(failure::told(&error)),
                    };
                }
                Some(Err(error)) => return Err(failure::told(&error)),
                None => {
                    self.position = self.events.position();
                    return Ok(End::Over);
                }
            }
        }
    }

    /// Gives an event that is being written the time that a write takes. Afterwards it is known what was
    /// printed.
    pub(crate) async fn settle(&mut self) {
        // Who has said to stop need not hear that it could not have gone on.
        let _ = time::timeout(GRACE, self.printed()).await;
    }

    async fn show(&mut self, seen: Seen) -> Result<Option<End>, String> {
        if let Some(gap) = seen.gap {
            self.tally.gaps += 1;
            if seen.printed.is_none() {
                self.console.note(gap);
            }
        }
        let Some(lines) = seen.printed else {
            self.position = self.events.position();
            return Ok(None);
        };
        let lines = lines.map_err(unprintable)?;
        self.printing = Some(Printing {
            write: tokio::task::spawn_blocking(move || write(&lines)),
            bytes: seen.bytes,
        });
        self.printed().await
    }

    /// Waits for the event that is being written, if any, and counts it. Dropped before, it may be called
    /// again.
    async fn printed(&mut self) -> Result<Option<End>, String> {
        let Some(printing) = &mut self.printing else {
            return Ok(None);
        };
        let written = (&mut printing.write).await;
        let bytes = printing.bytes;
        self.printing = None;
        match written.unwrap_or_else(|panic| Err(io::Error::other(panic))) {
            Ok(()) => {
                self.tally.events += 1;
                self.tally.bytes += bytes as u64;
                self.position = self.events.position();
                let is_last = |count: NonZero<u64>| self.tally.events >= count.get();
                Ok(self
                    .wishes
                    .count
                    .is_some_and(is_last)
                    .then_some(End::Counted))
            }
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Some(End::Unread)),
            Err(error) => Err(unprintable(error)),
        }
    }

    /// What was counted.
    pub(crate) fn tally(&self) -> Tally {
        Tally {
            reconnects: self.trouble.times(),
            ..self.tally
        }
    }

    /// Keeps the place, where it is to be kept.
    ///
    /// # Errors
    ///
    /// Where it cannot be.
    pub(crate) fn keep(&mut self) -> Result<(), String> {
        match &mut self.place {
            Some(place) => place.keep(&self.position),
            None => Ok(()),
        }
    }

    fn keep_at_times(&mut self) -> Result<(), String> {
        match &mut self.place {
            Some(place) if place.is_older_than(TICK) => place.keep(&self.position),
            _ => Ok(()),
        }
    }
}

impl Wishes<'_> {
    fn look_at(&self, message: &Message<'_>) -> Seen {
        let event = Shown {
            name: message.name(),
            id: message.id(),
            data: message.data(),
        };
        let is_wanted =
            self.names.is_empty() || self.names.iter().any(|name| name == event.event());
        let is_gap = event.name == Some(Gap::EVENT);
        Seen {
            printed: is_wanted.then(|| self.printer.print(event)),
            bytes: event.data.len(),
            gap: is_gap.then(|| Gap::read(event.data)).flatten(),
        }
    }
}

fn write(lines: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(lines)?;
    stdout.flush()
}

fn unprintable(error: impl Display) -> String {
    format!("stdout cannot be written: {error}")
}
