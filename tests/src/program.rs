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

/// Runs a command to its end; what it writes goes where this test's output goes.
///
/// # Panics
/// When it cannot be run or fails.
pub fn passes(command: &mut Command) {
    let status = command.status().expect("the program of the variable runs");
    assert!(status.success(), "{command:?}: {status}");
}
