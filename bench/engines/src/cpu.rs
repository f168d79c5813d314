//! CPU time of processes.

use std::fs;
use std::time::Duration;

use nix::time::{clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;

use crate::Failure;

/// Of this process.
pub(crate) fn own() -> Result<Duration, Failure> {
    of(Pid::this())
}

/// Of a server: its process, and those that this one has started and that run.
pub(crate) fn of_server(process: i32) -> Result<Duration, Failure> {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children"))?;
    let mut time = of(Pid::from_raw(process))?;
    for child in children.split_whitespace() {
        // One that has ended meanwhile is not counted.
        time += of(Pid::from_raw(child.parse()?)).unwrap_or_default();
    }
    Ok(time)
}

fn of(process: Pid) -> Result<Duration, Failure> {
    Ok(clock_gettime(clock_getcpuclockid(process)?)?.into())
}
