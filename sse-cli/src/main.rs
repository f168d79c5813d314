//! `sse`: a stream of Server-Sent Events on the command line.
//!
//! ```text
//! args → subscribe → follow → format (terminal) → stdout
//!                      ├→ place      the file that says where to go on
//!                      └→ console    stderr
//! ```

mod args;
mod console;
mod failure;
mod follow;
mod format;
mod place;
mod stop;
mod subscribe;
mod tally;
mod terminal;
mod trouble;

use std::future;
use std::io::{self, Write};
use std::num::NonZero;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use args::{Command, Subscription};
use console::{Console, Volume};
use follow::{End, Follower, Wishes};
use format::Printer;
use stop::Signals;
use subscribe::subscribe;
use tally::Tally;
use terminal::Look;
use trouble::Trouble;

fn main() -> ExitCode {
    let subscription = match Command::read() {
        Command::Subscribe(subscription) => subscription,
        Command::Complete(shell) => {
            // Who reads but the beginning has what they want.
            let _ = io::stdout().write_all(&Command::completions(shell));
            return ExitCode::SUCCESS;
        }
    };
    let output = &subscription.output;
    let console = Arc::new(Console::new(match (output.quiet, output.verbose) {
        (true, _) => Volume::Quiet,
        (false, false) => Volume::Normal,
        (false, true) => Volume::Verbose,
    }));
    console.listen();
    let status = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("there is nothing to run on: {error}"))
        .and_then(|runtime| {
            let status = runtime.block_on(run(*subscription, &console));
            // A write that waits for a reader who has stopped is not waited for.
            runtime.shutdown_background();
            status
        });
    match status {
        Ok(status) => status.into(),
        Err(why) => {
            console.fail(why);
            ExitCode::FAILURE
        }
    }
}

/// What ended the stream: the stream itself, or something outside.
enum Outcome {
    Ended(Result<End, String>),
    TimedOut,
    Signalled(u8),
}

/// Follows a stream to its end, keeps the place and says what was counted; the exit status, or why it
/// failed.
async fn run(subscription: Subscription, console: &Arc<Console>) -> Result<u8, String> {
    let mut signals =
        Signals::listen().map_err(|error| format!("no signal can be heard: {error}"))?;
    let trouble = Arc::<Trouble>::default();
    let events = subscribe(&subscription, console, &trouble).map_err(|error| error.to_string())?;
    let Subscription {
        beginning,
        output,
        connection,
        ..
    } = subscription;
    let wishes = Wishes {
        printer: Printer {
            format: output.format,
            parse_data: output.parse_data,
            look: Look::of(&io::stdout()),
        },
        names: &output.events,
        count: connection.count,
        once: connection.no_reconnect,
    };
    let mut follower = Follower::new(events, wishes, beginning.resume, console, &trouble);

    let outcome = tokio::select! {
        biased;
        status = signals.next() => Outcome::Signalled(status),
        () = over(connection.timeout) => Outcome::TimedOut,
        ended = follower.follow() => Outcome::Ended(ended),
    };
    follower.settle().await;
    let kept = follower.keep();
    let tally = follower.tally();
    // A stream that was never had needs no counts, and who has stopped reading wants to read nothing.
    let is_silent = match outcome {
        Outcome::Ended(Ok(End::Unread)) => true,
        Outcome::Ended(Err(_)) => tally == Tally::default(),
        _ => false,
    };
    if !is_silent {
        console.sum_up(tally);
    }
    kept?;
    match outcome {
        Outcome::Ended(ended) => ended.map(|_| 0),
        Outcome::Signalled(status) => Ok(status),
        Outcome::TimedOut => match connection.count {
            Some(count) if tally.events < count.get() => Err(too_late(tally, count, &trouble)),
            _ => Ok(0),
        },
    }
}

/// That events are not there in time, and why there are none, where that is known.
fn too_late(tally: Tally, count: NonZero<u64>, trouble: &Trouble) -> String {
    let events = tally.events;
    let late = format!("the time is over, with {events} of {count} events");
    match trouble.last() {
        Some(why) if events == 0 => format!("{late}: {why}"),
        _ => late,
    }
}

/// Returns when a time is over; never where there is none.
async fn over(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => future::pending().await,
    }
}
