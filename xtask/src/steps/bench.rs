//! The figures of the package `bench`.

use crate::{
    setup::Need,
    shell::{Shell, Stop},
};

/// What the page compares and how, as far as it can be had.
pub(crate) const WANTS: &[Need] = &[Need::Valgrind, Need::Nginx, Need::Nchan, Need::Jemalloc];

/// Measures `what`: the `page`, or what the `gate` needs.
pub(crate) fn run(shell: &Shell, what: &str) -> Result<(), Stop> {
    // As a whole: the program of the figures starts the one beside it that counts.
    shell.run("cargo build --package bench --profile bench --locked")?;
    shell.run(&format!(
        "cargo run --quiet --package bench --bin bench --profile bench --locked -- {what}"
    ))
}
