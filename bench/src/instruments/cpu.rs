//! CPU time, and which CPU it is spent on: servers on the first, clients on the last.

use std::io;
use std::time::Duration;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::time::{ClockId, clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;

/// The CPUs of this machine that this process may use, before it is kept to one of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cpus {
    first: usize,
    number: usize,
}

impl Cpus {
    /// Keeps this process, which is the client, to the last of them.
    pub(crate) fn divide() -> io::Result<Self> {
        let allowed = sched_getaffinity(Pid::this())?;
        let cpus = (0..CpuSet::count()).filter(|&cpu| allowed.is_set(cpu) == Ok(true));
        let cpus: Vec<usize> = cpus.collect();
        let first = cpus.first().copied().unwrap_or(0);
        pin(Pid::this(), cpus.last().copied().unwrap_or(first))?;
        Ok(Self {
            first,
            number: cpus.len(),
        })
    }

    /// Keeps a server to the first of them.
    pub(crate) fn pin_server(self, pid: u32) -> io::Result<()> {
        pin(process(pid)?, self.first)
    }

    /// How many there are. Where it is one, servers and clients share it.
    pub(crate) fn number(self) -> usize {
        self.number
    }
}

fn pin(process: Pid, cpu: usize) -> io::Result<()> {
    let mut set = CpuSet::new();
    set.set(cpu)?;
    Ok(sched_setaffinity(process, &set)?)
}

fn process(pid: u32) -> io::Result<Pid> {
    let pid = i32::try_from(pid).map_err(io::Error::other)?;
    Ok(Pid::from_raw(pid))
}

/// The CPU time of all threads of another process.
pub(crate) fn of_process(pid: u32) -> io::Result<Duration> {
    read(clock_getcpuclockid(process(pid)?)?)
}

/// The CPU time of this thread.
pub(crate) fn of_thread() -> io::Result<Duration> {
    read(ClockId::CLOCK_THREAD_CPUTIME_ID)
}

fn read(clock: ClockId) -> io::Result<Duration> {
    Ok(Duration::from(clock_gettime(clock)?))
}
