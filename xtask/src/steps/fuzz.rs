//! A bounded run of the fuzz targets, on the stable compiler.

use std::{fs, path::PathBuf, thread};

use crate::{
    shell::{Shell, Stop},
    workspace::Workspace,
};

/// What cargo-fuzz asks of the compiler, as far as the stable one has it: coverage by which libFuzzer
/// steers, and the checks of a debug build.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 \
    -Cdebug-assertions -Coverflow-checks";

/// Seconds for all and for one input, MiB of memory; and no line for each discovery.
const BOUNDS: &str =
    "-max_total_time=30 -timeout=5 -rss_limit_mb=1024 -verbosity=0 -print_final_stats=1";

/// Builds the targets, in a directory of their own.
pub(super) fn build(shell: &Shell, workspace: &Workspace) -> Result<(), Stop> {
    let (shell, options) = with_coverage(shell, workspace)?;
    shell.run(&format!("cargo build {options}"))
}

pub(super) fn fuzz(shell: &Shell, workspace: &Workspace) -> Result<(), Stop> {
    let fuzz = Workspace::load("fuzz").map_err(Stop::Failed)?;
    let findings = directory(workspace).join("findings");
    fs::create_dir_all(&findings)
        .map_err(|error| Stop::Failed(format!("`{}`: {error}", findings.display())))?;

    build(shell, workspace)?;
    let (shell, options) = with_coverage(shell, workspace)?;
    shell.run(&format!("cargo clippy {options} -- --deny warnings"))?;
    let findings = format!("-artifact_prefix={}/", findings.display());
    let run = |name| {
        let run = format!("cargo run --quiet {options} --bin {name} -- {BOUNDS}");
        shell.run_with(&run, &[&findings])
    };
    // Side by side, as a target uses one core.
    thread::scope(|all| {
        let targets = fuzz.targets("bin").filter(|(member, _)| *member == "fuzz");
        let runs: Vec<_> = targets
            .map(|(_, name)| all.spawn(move || run(name)))
            .collect();
        runs.into_iter().try_for_each(|run| {
            let crashed = |_| Err(Stop::Failed("a target could not be run".to_owned()));
            run.join().unwrap_or_else(crashed)
        })
    })
}

fn directory(workspace: &Workspace) -> PathBuf {
    workspace.target().join("fuzz")
}

/// The shell and the options for cargo. With a host named, the flags reach neither build scripts nor
/// macros, which could not be linked with them.
fn with_coverage(shell: &Shell, workspace: &Workspace) -> Result<(Shell, String), Stop> {
    let host = shell.read("rustc --print host-tuple")?;
    let shell = shell
        .with("RUSTFLAGS", COVERAGE)
        .with("CARGO_TARGET_DIR", directory(workspace).to_string_lossy());
    let host = host.trim();
    let options = format!("--manifest-path fuzz/Cargo.toml --release --locked --target {host}");
    Ok((shell, options))
}
