//! The check of this repository. `cargo xtask test` runs all of it, on a machine that has nothing but
//! Rust and Debian; `.ci/run` calls it and does nothing else. `cargo xtask bench` measures.
//!
//! `steps` says what is checked, `setup` brings what a step needs, `shell` runs and prints commands,
//! `workspace` knows what cargo says about this tree, `report` ends it all in a summary.

mod report;
mod setup;
mod shell;
mod steps;
mod workspace;

use std::{env, process::ExitCode, thread, time::Instant};

use report::{Outcome, Report};
use setup::{Need, Setup};
use shell::{Shell, Stop};
use steps::{Build, STEPS, Step};
use workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask test [NAME…]    run the whole check, or the named steps of it
       cargo xtask test --list     list the steps
       cargo xtask bench           measure every figure, print the table, write bench/RESULTS.md
       cargo xtask bench engines   measure the logs on the network, write bench/engines/RESULTS.md";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let result = match args.as_slice() {
        ["test", "--list"] => {
            list();
            Ok(ExitCode::SUCCESS)
        }
        ["test", names @ ..] => test(names),
        ["bench"] => bench(steps::bench::WANTS, |shell| {
            steps::bench::run(shell, "page")
        }),
        ["bench", "engines"] => bench(steps::bench::ENGINES, steps::bench::engines),
        _ => Err(USAGE.to_owned()),
    };
    result.unwrap_or_else(|message| {
        eprintln!("{message}");
        ExitCode::from(2)
    })
}

fn list() {
    for step in STEPS {
        println!("{:<18} {}", step.name, step.about);
    }
}

/// Measures, beside everybody of `wants` who can be had.
fn bench(
    wants: &[Need],
    measure: impl FnOnce(&Shell) -> Result<(), Stop>,
) -> Result<ExitCode, String> {
    let workspace = Workspace::load(".")?;
    let mut setup = Setup::new(
        Shell::new(workspace.root(), &workspace.tools())?,
        &workspace,
    );
    setup.offer(wants);
    let result = setup.provide(&[]).and_then(|shell| measure(&shell));
    match Outcome::from(result) {
        Outcome::Passed => Ok(ExitCode::SUCCESS),
        stopped => Err(stopped.to_string()),
    }
}

/// Runs every selected step, whatever became of the ones before it, so that one run tells everything.
/// Beside those that mostly wait is built what later ones need.
fn test(names: &[&str]) -> Result<ExitCode, String> {
    let steps = steps::select(names)?;
    let workspace = Workspace::load(".")?;
    let mut setup = Setup::new(
        Shell::new(workspace.root(), &workspace.tools())?,
        &workspace,
    );
    let mut report = Report::default();
    thread::scope(|aside| {
        for step in &steps {
            if step.name == steps::WAITING_FROM {
                let builds = ahead(&steps, &mut setup);
                aside.spawn(|| {
                    for (build, shell) in builds {
                        // Where it fails its step says so.
                        let _ = build(&shell, &workspace);
                    }
                });
            }
            println!("\n=== {}: {}", step.name, step.about);
            let start = Instant::now();
            let outcome = Outcome::from(run(step, &mut setup, &workspace));
            report.add(step.name, outcome, start.elapsed());
        }
    });
    println!("\n{report}");
    Ok(report.exit_code())
}

/// What is built ahead for these steps, and the shells to do it in.
fn ahead(steps: &[&Step], setup: &mut Setup<'_>) -> Vec<(Build, Shell)> {
    let builds = steps::BUILT_AHEAD.iter().filter_map(|(name, build)| {
        let step = steps.iter().find(|step| step.name == *name)?;
        let shell = setup.provide(step.needs).ok()?;
        Some((*build, shell.aside()))
    });
    builds.collect()
}

fn run(step: &Step, setup: &mut Setup<'_>, workspace: &Workspace) -> Result<(), Stop> {
    let shell = setup.provide(step.needs)?;
    setup.offer(step.wants);
    (step.run)(&shell, workspace)
}
