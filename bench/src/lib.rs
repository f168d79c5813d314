//! The figures that this project is held to (`cargo xtask bench`), measured beside those of other ways
//! to serve event streams.
//!
//! | room | the one reason it exists |
//! |---|---|
//! | `event` | what everybody sends |
//! | `arms` | the ways to serve it |
//! | `server` | a process that serves in one of those ways, on one thread |
//! | `process` | such a process, seen from the one that measures |
//! | `load` | clients that read as fast as there is something to read |
//! | `machine` | who gets which CPU, and what is installed |
//! | `work` | pieces of work without a socket |
//! | `instruments` | instructions, CPU time, and counts that are exact |
//! | `figures` | one figure each: what is done with all these, and what its target is |
//! | `report` | the table, the page, the plot |
//!
//! One process measures and is the client of all others, on one CPU; each server is a process of its
//! own on another. So each way to serve has a heap, a CPU clock and a count of instructions to itself,
//! and nginx is measured like the rest.

mod arms;
mod event;
mod figures;
mod instruments;
mod load;
mod machine;
mod process;
mod report;
mod server;
mod work;

use std::process::ExitCode;
use std::{env, fmt, io};

use stats_alloc::StatsAlloc;

use arms::Arm;
use work::Work;

const USAGE: &str = "\
usage: bench page              measure everything, print the table and write the page
       bench gate              measure what needs no clock, and fail where it has become worse
       bench NAME…             measure the named figures
Its own processes are started as `serve ARM` and `work NAME TIMES`.";

/// Runs what the arguments say. `heap` is given where the process counts what it allocates.
#[must_use]
pub fn main(heap: Option<&'static StatsAlloc<std::alloc::System>>) -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments, heap) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[&str], heap: Option<instruments::tally::Heap>) -> Result<ExitCode, Miss> {
    match arguments {
        ["serve", arm] => {
            let arm = Arm::named(arm).ok_or_else(|| Miss::failed(USAGE))?;
            Ok(server::run(arm, heap)?)
        }
        ["work", name, times] => {
            let work = Work::named(name).ok_or_else(|| Miss::failed(USAGE))?;
            let times = times.parse().map_err(|_| Miss::failed(USAGE))?;
            work.run(times, heap)?;
            Ok(ExitCode::SUCCESS)
        }
        ["page"] => report::page(),
        ["gate"] => report::gate(),
        [] => Err(Miss::failed(USAGE)),
        names => report::some(names),
    }
}

/// Why something was not measured.
#[derive(Clone, Debug)]
enum Miss {
    /// It cannot be on this machine, or is not the same job.
    Skipped(String),
    /// It should have been.
    Failed(String),
}

impl Miss {
    fn skipped(why: impl Into<String>) -> Self {
        Self::Skipped(why.into())
    }

    fn failed(why: impl Into<String>) -> Self {
        Self::Failed(why.into())
    }
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Skipped(why) => write!(f, "skipped: {why}"),
            Self::Failed(why) => f.write_str(why),
        }
    }
}

impl From<io::Error> for Miss {
    fn from(error: io::Error) -> Self {
        Self::failed(error.to_string())
    }
}
