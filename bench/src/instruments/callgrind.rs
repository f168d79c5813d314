//! Instructions, counted by valgrind's callgrind. Those of the kernel are not among them, and it knows
//! no AVX-512, so ratios mean more than the numbers they are made of.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Miss;
use crate::machine::Machine;
use crate::process::this_program;
use crate::work::Work;

/// `program` under callgrind, which writes its count to `out` when that ends.
pub(crate) fn command(machine: &Machine, program: &Path, out: &Path) -> Result<Command, Miss> {
    let mut command = Command::new(machine.valgrind()?);
    command
        .args(["--quiet", "--tool=callgrind"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        // It warns of what it does not know of a program.
        .stderr(Stdio::null());
    Ok(command)
}

/// The instructions of `run`, which is given the file for their count.
pub(crate) fn count(
    machine: &Machine,
    run: impl FnOnce(&Path) -> Result<(), Miss>,
) -> Result<u64, Miss> {
    let out = machine.scratch().join("callgrind.out");
    run(&out)?;
    let report = fs::read_to_string(&out)?;
    report
        .lines()
        .find_map(|line| line.strip_prefix("totals: ")?.trim().parse().ok())
        .ok_or_else(|| Miss::failed("callgrind has written no total"))
}

/// The instructions of `work`, each time it is done.
pub(crate) fn per_time(machine: &Machine, work: Work, times: u64) -> Result<f64, Miss> {
    let run = |times: u64| {
        count(machine, |out| {
            let status = command(machine, &this_program()?, out)?
                .args(["work", work.name(), &times.to_string()])
                .stdout(Stdio::null())
                .status()?;
            if status.success() {
                Ok(())
            } else {
                Err(Miss::failed(format!("`work {}`: {status}", work.name())))
            }
        })
    };
    slope(run, times)
}

/// What `count` grows by for each of `times`: that of twice as many less that of as many, so that what
/// happens once is not in it.
pub(crate) fn slope(
    mut count: impl FnMut(u64) -> Result<u64, Miss>,
    times: u64,
) -> Result<f64, Miss> {
    let (once, twice) = (count(times)?, count(2 * times)?);
    Ok(twice.saturating_sub(once) as f64 / times as f64)
}
