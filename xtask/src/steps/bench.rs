//! The figures of the package `bench`.

use crate::{
    setup::Need,
    shell::{Shell, Stop},
};

/// What the page compares and how, as far as it can be had.
pub(crate) const WANTS: &[Need] = &[Need::Valgrind, Need::Nginx, Need::Nchan, Need::Jemalloc];

/// The engines whose logs are measured, as far as they can be had.
pub(crate) const ENGINES: &[Need] = &[Need::RedisServer, Need::NatsServer, Need::Postgres];

/// Measures the logs on the network.
pub(crate) fn engines(shell: &Shell) -> Result<(), Stop> {
    shell.run("cargo run --package bench-engines --release --locked")
}

/// As a whole: the program of the figures starts the one beside it that counts.
pub(super) fn build(shell: &Shell) -> Result<(), Stop> {
    shell.run("cargo build --package bench --profile bench --locked")
}

/// Measures `what`: the `page`, or what the `gate` needs.
pub(crate) fn run(shell: &Shell, what: &str) -> Result<(), Stop> {
    build(shell)?;
    shell.run(&format!(
        "cargo run --quiet --package bench --bin bench --profile bench --locked -- {what}"
    ))
}
