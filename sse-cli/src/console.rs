//! What is said on stderr, beside the events.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anstyle::{AnsiColor, Style};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::tally::Tally;
use crate::terminal::Look;

const FAILED: Style = AnsiColor::Red.on_default().bold();
const SAID: Style = Style::new().dimmed();

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Volume {
    /// Why it failed.
    Quiet,
    /// Also what happens to the connection, and the counts at the end.
    Normal,
    /// Also what each connection asks for and how it is answered.
    Verbose,
}

/// Who speaks on stderr.
#[derive(Debug)]
pub(crate) struct Console {
    volume: Volume,
    look: Look,
    started: Instant,
    /// Whether the cursor is on a line of counts, which the next thing that is said replaces. `None`
    /// where there is no such line: without a terminal, or on one that shows the events, too.
    counting: Option<Mutex<bool>>,
}

impl Console {
    pub(crate) fn new(volume: Volume) -> Self {
        let counts =
            volume == Volume::Normal && io::stderr().is_terminal() && !io::stdout().is_terminal();
        Self {
            volume,
            look: Look::of(&io::stderr()),
            started: Instant::now(),
            counting: counts.then(Mutex::default),
        }
    }

    /// Has the client say what it does, where that is wanted.
    pub(crate) fn listen(&self) {
        if self.volume < Volume::Verbose {
            return;
        }
        // What it repairs is said by a note.
        let asked = Targets::new().with_target("sse_runtime::client", LevelFilter::DEBUG);
        let lines = tracing_subscriber::fmt::layer()
            .with_writer(io::stderr)
            .with_ansi(self.look.colours)
            .with_level(false)
            .with_target(false)
            .without_time()
            .with_filter(asked);
        tracing_subscriber::registry().with(lines).init();
    }

    /// Why nothing more will come.
    pub(crate) fn fail(&self, why: impl fmt::Display) {
        self.line(FAILED, why);
    }

    /// What one should know.
    pub(crate) fn note(&self, what: impl fmt::Display) {
        if self.volume >= Volume::Normal {
            self.line(SAID, what);
        }
    }

    /// The counts so far, on a line that is written over.
    pub(crate) fn count(&self, tally: Tally) {
        if let Some(counting) = &self.counting {
            let line = tally.line(self.started.elapsed());
            write(format_args!("\r{}\x1b[K", self.look.paint(SAID, line)));
            *counting.lock().unwrap_or_else(PoisonError::into_inner) = true;
        }
    }

    /// The counts at the end.
    pub(crate) fn sum_up(&self, tally: Tally) {
        self.note(tally.line(self.started.elapsed()));
    }

    fn line(&self, style: Style, what: impl fmt::Display) {
        if let Some(counting) = &self.counting {
            let mut counting = counting.lock().unwrap_or_else(PoisonError::into_inner);
            if std::mem::take(&mut *counting) {
                write(format_args!("\r\x1b[K"));
            }
        }
        // A line feed of the server's begins no line that could be taken for one of ours.
        let what = what.to_string().replace('\n', "\n  ");
        let what = self.look.show(&what);
        write(format_args!("{} {what}\n", self.look.paint(style, "sse:")));
    }
}

fn write(what: fmt::Arguments<'_>) {
    // Where nobody reads what is said, it is not said.
    let _ = io::stderr().write_fmt(what);
}
