//! What ends the program from outside.

use std::io;

/// Waits for a signal that asks to stop.
#[cfg(unix)]
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Begins to listen; from now on no signal ends the program by itself.
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// The exit status that tells of the next signal, as shells have it: 128 and its number.
    pub(crate) async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => 130,
            _ = self.terminate.recv() => 143,
        }
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
#[derive(Debug)]
pub(crate) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    pub(crate) async fn next(&mut self) -> u8 {
        match tokio::signal::ctrl_c().await {
            Ok(()) => 130,
            // Then Ctrl-C ends the program by itself.
            Err(_) => std::future::pending().await,
        }
    }
}

/// Whether stdout is a pipe that nobody reads any more, as can be told without writing to it.
///
/// A stream may be silent for hours, while who has piped it into `head` waits for this program to end.
#[cfg(unix)]
pub(crate) fn is_unread() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let stdout = io::stdout();
    let mut stdout = [PollFd::new(&stdout, PollFlags::empty())];
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // What is wrong with it is told unasked.
    poll(&mut stdout, Some(&now)).is_ok_and(|wrong| wrong > 0)
}

/// Elsewhere it is found out by writing.
#[cfg(not(unix))]
pub(crate) fn is_unread() -> bool {
    false
}
