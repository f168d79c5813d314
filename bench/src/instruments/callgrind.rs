//! Instructions, counted by valgrind's callgrind. Those of the kernel are not among them, and it knows
//! no AVX-512, so ratios mean more than the numbers they are made of.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use crate::Miss;
use crate::machine::Machine;

/// What stands before a program to count its instructions into `out` when it ends.
pub(crate) fn words(machine: &Machine, out: &Path) -> Result<[OsString; 4], Miss> {
    let mut to = OsString::from("--callgrind-out-file=");
    to.push(out);
    Ok([
        machine.valgrind()?.into(),
        "--quiet".into(),
        "--tool=callgrind".into(),
        to,
    ])
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

/// What `count` grows by for each of `times`: that of twice as many less that of as many, so that what
/// happens once is not in it.
pub(crate) fn slope(
    mut count: impl FnMut(u64) -> Result<u64, Miss>,
    times: u64,
) -> Result<f64, Miss> {
    let (once, twice) = (count(times)?, count(2 * times)?);
    Ok(twice.saturating_sub(once) as f64 / times as f64)
}
