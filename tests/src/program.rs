use std::env;
use std::path::PathBuf;
use std::process::Command;

/// The program that a variable of the environment names. Where it is not set, what needs the program
/// is skipped, and this says so.
#[must_use]
pub fn program(variable: &str) -> Option<PathBuf> {
    let program = env::var_os(variable).map(PathBuf::from);
    if program.is_none() {
        println!("skipped: {variable} names no program");
    }
    program
}

/// The program of a server: that which the variable names, else one on the path or in one of the
/// further places. Where there is none, what needs it is skipped, and this says so.
pub(crate) fn server(variable: &str, name: &str, places: &[&str]) -> Option<PathBuf> {
    if let Some(program) = env::var_os(variable) {
        return Some(program.into());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path)
        .chain(places.iter().map(PathBuf::from))
        .map(|directory| directory.join(name))
        .find(|file| file.is_file());
    if found.is_none() {
        println!("skipped: {variable} names no program, and there is no `{name}` on the path");
    }
    found
}

/// Runs a command to its end; what it writes goes where this test's output goes.
///
/// # Panics
/// When it cannot be run or fails.
pub fn passes(command: &mut Command) {
    let status = command.status().expect("the program of the variable runs");
    assert!(status.success(), "{command:?}: {status}");
}
