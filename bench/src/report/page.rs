//! The page `bench/RESULTS.md`, and the plot beside it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::{plot, table};
use crate::Miss;
use crate::figures::{FIGURES, Row};
use crate::machine::Machine;

const DIRECTORY: &str = env!("CARGO_MANIFEST_DIR");

/// The versions that the page names, of what the figures depend on most.
const CRATES: [&str; 7] = [
    "axum",
    "hyper",
    "tokio",
    "serde_json",
    "memchr",
    "sse-gateway",
    "eventsource-stream",
];

pub(super) fn write(machine: &Machine, rows: &[Row], took: Duration) -> Result<(), Miss> {
    let directory = Path::new(DIRECTORY);
    fs::write(directory.join("results.svg"), plot::of(rows))?;
    fs::write(directory.join("RESULTS.md"), text(machine, rows, took)?)?;
    Ok(())
}

fn text(machine: &Machine, rows: &[Row], took: Duration) -> Result<String, Miss> {
    let judged = rows.iter().filter(|row| row.target().is_some());
    let (of, hold) = judged.fold((0, 0), |(of, hold), row| {
        (of + 1, hold + u32::from(holds(row)))
    });
    let seconds = took.as_secs();
    let mut page = format!(
        "# Results\n\n\
         Written by `cargo xtask bench` in {seconds} s; not by hand. {hold} of {of} targets hold.\n\n\
         {}\n\
         A figure is smaller where less is needed, but for the throughput of P1. \"–\": this is not a job of \
         theirs. The columns: axum's `Sse` over a `tokio::sync::broadcast` with `KeepAlive`, as is common; \
         the crate `sse-gateway`; nginx with the module nchan; the least that a program of its own can do; \
         this project under `axum::serve`, and under its own `serve`.\n\n\
         ![What others need, where ours is 1](results.svg)\n",
        table::of(rows)
    );
    page += &missed(rows);
    page += "\n## How each is measured\n\n";
    for figure in FIGURES {
        page += &format!("- **{}**: {}.\n", figure.id, figure.method);
    }
    page += &format!("\n## Under which conditions\n\n{}", conditions(machine)?);
    Ok(page)
}

fn holds(row: &Row) -> bool {
    match (row.value(), row.target()) {
        (Some(value), Some(target)) => target.holds(value),
        _ => false,
    }
}

/// What does not hold, what was not measured, and why.
fn missed(rows: &[Row]) -> String {
    let mut page = String::new();
    let is_missed = |id| {
        let mut rows = rows.iter().filter(|row| row.id == id);
        rows.any(|row| row.target().is_some() && !holds(row))
    };
    let remains = FIGURES
        .iter()
        .filter(|figure| !figure.remains.is_empty() && is_missed(figure.id));
    for figure in remains {
        page += &format!("- **{}**: {}.\n", figure.id, figure.remains);
    }
    if !page.is_empty() {
        page = format!("\n## What remains\n\n{page}");
    }
    let misses: Vec<String> = rows
        .iter()
        .flat_map(|row| {
            row.misses()
                .map(move |(arm, miss)| format!("- **{}**, {arm}: {miss}.\n", row.id))
        })
        .collect();
    if !misses.is_empty() {
        page += &format!("\n## What was not measured\n\n{}", misses.concat());
    }
    page
}

fn conditions(machine: &Machine) -> Result<String, Miss> {
    let lock = fs::read_to_string(Path::new(DIRECTORY).join("../Cargo.lock"))?;
    let versions: Vec<String> = CRATES
        .iter()
        .filter_map(|name| Some(format!("{name} {}", locked(&lock, name)?)))
        .collect();
    let (cpus, kernel) = (machine.cpus.number(), linux()?);
    let shared = match cpus {
        1 => "servers and clients shared it",
        _ => "servers on one, clients on another",
    };
    Ok(format!(
        "- {cpus} vCPU {}, Linux {kernel}; {shared}. Everything on the loopback interface, where a write \
         also does the work of the receiver's network stack, so that the kernel's part is larger than on a \
         network card.\n\
         - {}, release build with thin LTO and one codegen unit; {}{}. axum has \
         its default features.\n\
         - The event is 122 bytes long: `id`, `event` and 89 bytes of JSON. Fan-outs have {} connections.\n\
         - Each server is a process of its own with one thread. Instructions are those of user space as \
         callgrind counts them, of twice as much work less those of once as much. CPU times include the \
         kernel's; they vary by a tenth and more from run to run, their ratios by a few hundredths.\n",
        std::env::consts::ARCH.replace('_', "-"),
        said(Command::new("rustc").arg("--version")).unwrap_or_default(),
        versions.join(", "),
        nginx(machine).map_or_else(String::new, |version| format!(", {version} with nchan")),
        machine.connections,
    ))
}

/// The version of a package in `Cargo.lock`.
fn locked<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let (_, package) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    Some(package.split_once('"')?.0)
}

/// The release of the kernel, without what a distribution adds to it.
fn linux() -> Result<String, Miss> {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let numbers: Vec<&str> = release.split('.').take(2).collect();
    Ok(numbers.join("."))
}

/// `nginx version: nginx/1.22.1`, which it writes to its standard error.
fn nginx(machine: &Machine) -> Option<String> {
    let output = Command::new(machine.nginx().ok()?)
        .arg("-v")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stderr).ok()?;
    Some(text.trim().rsplit(' ').next()?.replace('/', " "))
}

fn said(command: &mut Command) -> Option<String> {
    let text = String::from_utf8(command.output().ok()?.stdout).ok()?;
    let mut words = text.split(' ');
    Some(format!("{} {}", words.next()?, words.next()?))
}
