//! `bench`: what `cargo xtask bench` runs.

use std::process::ExitCode;

fn main() -> ExitCode {
    bench::main(None)
}
