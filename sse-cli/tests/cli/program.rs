//! A run of `sse`.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// A test has failed that waits for longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A run whose output can be read while it goes on. It is killed where a test ends before it.
#[derive(Debug)]
pub(crate) struct Run {
    child: Child,
    stdout: Option<Receiver<String>>,
    stderr: Option<Receiver<String>>,
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: Option<i32>,
    /// What was printed since it was last looked at.
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The program, without what the variables of whoever runs the tests say about proxies and colours.
pub(crate) fn sse(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sse"));
    command
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs it to its end.
pub(crate) fn run(arguments: &[&str]) -> Ended {
    Run::start(arguments).end()
}

impl Run {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::of(&mut sse(arguments))
    }

    pub(crate) fn of(command: &mut Command) -> Self {
        let mut child = command.spawn().expect("it starts");
        let stdout = child.stdout.take().map(lines);
        let stderr = child.stderr.take().map(lines);
        Self {
            child,
            stdout,
            stderr,
        }
    }

    /// The next line that it prints.
    pub(crate) fn line(&mut self) -> String {
        self.try_line().unwrap_or_else(|| {
            let stderr: Vec<_> = self.stderr.iter().flat_map(Receiver::try_iter).collect();
            panic!("it prints no line, but says {stderr:?}")
        })
    }

    /// The next line that it prints, unless it ends.
    pub(crate) fn try_line(&mut self) -> Option<String> {
        let stdout = self.stdout.as_ref().expect("it is piped");
        match stdout.recv_timeout(PATIENCE) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("it prints nothing and does not end"),
        }
    }

    /// The next line on stderr.
    pub(crate) fn said(&mut self) -> String {
        let stderr = self.stderr.as_ref().expect("it is piped");
        stderr.recv_timeout(PATIENCE).expect("it says something")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process"), signal).expect("it runs");
    }

    /// Waits until it ends.
    pub(crate) fn end(mut self) -> Ended {
        let rest = |lines: &Receiver<String>| {
            let mut rest = String::new();
            loop {
                match lines.recv_timeout(PATIENCE) {
                    Ok(line) => rest += &line,
                    Err(RecvTimeoutError::Disconnected) => return rest,
                    Err(RecvTimeoutError::Timeout) => panic!("it does not end, after {rest:?}"),
                }
            }
        };
        let stdout = self.stdout.as_ref().map(rest).unwrap_or_default();
        // With its ends closed it has ended, but for a moment.
        let stderr = self.stderr.as_ref().map(rest).unwrap_or_default();
        let status = self.child.wait().expect("it is a child");
        Ended {
            status: status.code(),
            stdout,
            stderr,
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Where it has ended there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Lines as they come, their ends included; nothing more at the end of the file.
fn lines(file: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut file = BufReader::new(file);
        let mut line = String::new();
        while file.read_line(&mut line).is_ok_and(|read| read > 0) {
            if sender.send(std::mem::take(&mut line)).is_err() {
                break;
            }
        }
    });
    receiver
}
