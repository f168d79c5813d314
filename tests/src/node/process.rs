//! A node in a process of its own.

use std::fs;
use std::path::Path;
use std::process::Command;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::servers::Process;

/// The program `node`, of this commit or another. It is killed where this is dropped, and where the
/// test's process is killed.
#[derive(Debug)]
pub struct Node {
    process: Option<Process>,
    url: String,
    // Last, so that it is removed after the end of the process.
    _log: TempDir,
}

impl Node {
    /// Starts it on the log of that URL, which is to keep so many events of a channel, and waits until
    /// it serves.
    ///
    /// # Errors
    /// What it says where it ends instead, as when the log cannot be reached.
    ///
    /// # Panics
    /// Where the program cannot be started.
    pub fn start(program: &Path, log: &str, kept: u64) -> Result<Self, String> {
        let directory = tempfile::tempdir().expect("a writable directory");
        let file = directory.path().join("log");
        let mut command = Command::new(program);
        command.args([log, "--events", &kept.to_string()]);
        let mut process = Process::spawn(command, &file);
        let said = || fs::read_to_string(&file).unwrap_or_default();
        let serves = || url_in(&said()).is_some();
        if let Err(why) = process.wait_until(serves) {
            return Err(format!("{why}\n{}", said()));
        }
        Ok(Self {
            process: Some(process),
            url: url_in(&said()).expect("it was there"),
            _log: directory,
        })
    }

    /// Where it serves, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends it as a crash does, with SIGKILL.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Lets it end in good order.
    ///
    /// # Panics
    /// Where it does not.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.end(Signal::TERM);
        }
    }

    /// How much of its memory is in use, in bytes.
    ///
    /// # Panics
    /// Where it does not run, or the system does not tell.
    #[must_use]
    pub fn resident(&self) -> u64 {
        let process = self.process.as_ref().expect("it runs");
        let id = process.id().as_raw_nonzero();
        let status = fs::read_to_string(format!("/proc/{id}/status")).expect("it runs");
        let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        1024 * kilobytes.expect("Linux").parse::<u64>().expect("a number")
    }
}

/// The URL in its first line, once that is whole.
fn url_in(said: &str) -> Option<String> {
    let (first, _) = said.split_once('\n')?;
    let mut words = first.split_whitespace();
    words
        .find(|word| word.starts_with("http://"))
        .map(str::to_owned)
}
