use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// How long a server may take to start or to end.
const DEADLINE: Duration = Duration::from_secs(30);

/// A program that runs until it is told to end, in a process group of its own. It is killed on drop.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// Kills the group when its input ends, which it does with the process of this test.
    guard: Child,
}

impl Process {
    /// Starts it; what it writes is appended to the log.
    pub(crate) fn spawn(mut command: Command, log: &Path) -> Self {
        let log = File::options().create(true).append(true).open(log);
        let log = log.expect("a writable directory");
        let child = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file descriptor"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let guard = Command::new("sh")
            .args(["-c", "read -r _; kill -KILL \"-$0\""])
            .arg(child.id().to_string())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell starts");
        Self { child, guard }
    }

    /// Waits until it is ready; an error where it has ended before, or takes too long.
    pub(crate) fn wait_until(&mut self, is_ready: impl Fn() -> bool) -> Result<(), String> {
        let start = Instant::now();
        while !is_ready() {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("it has ended: {status}"));
            }
            if start.elapsed() > DEADLINE {
                return Err(format!("it is not ready after {DEADLINE:?}"));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// To the whole group.
    pub(crate) fn signal(&self, signal: Signal) {
        // Where it has ended there is nobody to tell.
        let _ = kill_process_group(self.id(), signal);
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn end(&mut self, signal: Signal) {
        // To it alone: what it started is its own to end.
        let _ = kill_process(self.id(), signal);
        let start = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) {
            assert!(
                start.elapsed() < DEADLINE,
                "it still runs {DEADLINE:?} after {signal:?}"
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn id(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Process {
    /// Kills it with what it started, and waits until all of them are gone: the processes of Postgres
    /// have groups of their own, and let nobody in again while one of them is left.
    fn drop(&mut self) {
        let children = children(self.id());
        self.signal(Signal::KILL);
        for &child in &children {
            let _ = kill_process(child, Signal::KILL);
        }
        // Before the process is waited for, as its number may be another's from then on.
        let _ = self.guard.kill();
        let _ = self.guard.wait();
        let _ = self.child.wait();
        let start = Instant::now();
        while children.iter().any(|&child| runs(child)) && start.elapsed() < DEADLINE {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

fn children(of: Pid) -> Vec<Pid> {
    let of = of.as_raw_nonzero();
    fs::read_to_string(format!("/proc/{of}/task/{of}/children"))
        .unwrap_or_default()
        .split_whitespace()
        .filter_map(|child| child.parse().ok().and_then(Pid::from_raw))
        .collect()
}

/// Whether there is such a process, and more of it than what its parent has not yet asked for.
fn runs(process: Pid) -> bool {
    fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero())).is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .is_some_and(|rest| rest.starts_with(" Z"))
    })
}
