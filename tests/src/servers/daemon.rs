use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal};
use tempfile::TempDir;

use super::port::Port;
use super::process::Process;

/// How many lines of its log are shown where a test fails.
const SHOWN: usize = 40;

/// A server of a test, which can be made to fail.
pub trait Server: Send + Sync {
    /// What runs it.
    fn daemon(&self) -> &Daemon;

    /// Where it listens, from its first start to its end.
    fn address(&self) -> SocketAddr {
        self.daemon().port.address()
    }

    /// Lets it end as it does in good order.
    fn stop(&self) {
        let daemon = self.daemon();
        if let Some(mut process) = daemon.process().take() {
            process.end(daemon.program.stop);
        }
    }

    /// Ends it as a crash does, with SIGKILL.
    fn kill(&self) {
        self.daemon().process().take();
    }

    /// Starts it again on the same port and data, after stopping it where it runs.
    fn restart(&self) {
        self.stop();
        self.daemon().start();
    }

    /// Holds it, as a machine is that does not come to it: connections stay, and nothing answers.
    fn pause(&self) {
        self.daemon().signal(Signal::STOP);
    }

    /// Lets it go on after [`pause`](Self::pause).
    fn resume(&self) {
        self.daemon().signal(Signal::CONT);
    }

    /// The end of what it wrote to its log.
    fn log(&self) -> String {
        self.daemon().log()
    }
}

type IsReady = dyn Fn(&Path, Pid) -> bool + Send + Sync;

/// How a server is run.
pub(super) struct Program {
    /// As messages name it.
    pub(super) name: &'static str,
    /// What starts it, given its directory.
    pub(super) command: Box<dyn Fn(&Path) -> Command + Send + Sync>,
    /// Whether it answers, given its directory and the number of its process.
    pub(super) is_ready: Box<IsReady>,
    /// What ends it in good order.
    pub(super) stop: Signal,
}

/// A server program with its directory and its port.
pub struct Daemon {
    program: Program,
    port: Port,
    process: Mutex<Option<Process>>,
    // Last, so that it is removed after the end of the process.
    directory: TempDir,
}

impl Daemon {
    /// Starts a program in a directory that was prepared for it.
    pub(super) fn run(directory: TempDir, port: Port, program: Program) -> Self {
        let daemon = Self {
            program,
            port,
            process: Mutex::new(None),
            directory,
        };
        daemon.start();
        daemon
    }

    /// Where its files are.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The number of its process, while it runs.
    #[must_use]
    pub fn id(&self) -> Option<i32> {
        let process = self.process();
        process.as_ref().map(|process| process.id().as_raw_pid())
    }

    fn start(&self) {
        let command = (self.program.command)(self.directory());
        let mut process = Process::spawn(command, &self.log_file());
        let id = process.id();
        let ready = process.wait_until(|| (self.program.is_ready)(self.directory(), id));
        if let Err(why) = ready {
            drop(process);
            panic!("{}: {why}\n{}", self.program.name, self.log());
        }
        *self.process() = Some(process);
    }

    fn signal(&self, signal: Signal) {
        if let Some(process) = &*self.process() {
            process.signal(signal);
        }
    }

    fn process(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log_file(&self) -> PathBuf {
        self.directory().join("log")
    }

    fn log(&self) -> String {
        let log = fs::read(self.log_file()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(SHOWN)..].join("\n")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.process().take();
        if thread::panicking() {
            println!("--- the log of {}:\n{}", self.program.name, self.log());
        }
    }
}

impl fmt::Debug for Daemon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Daemon")
            .field("program", &self.program.name)
            .field("port", &self.port.number())
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}
