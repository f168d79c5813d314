//! What is tested without anything else on the machine.

use super::STEPS;
use crate::{
    shell::{Shell, Stop},
    workspace::Workspace,
};

const EVERYTHING: &str = "--workspace --all-features --locked";

/// Runs unit tests, the integration tests that are no steps of their own, and doctests.
pub(super) fn run(shell: &Shell, workspace: &Workspace) -> Result<(), Stop> {
    let is_a_step = |name: &str| STEPS.iter().any(|step| step.name == name);
    let integration: String = workspace
        .targets("test")
        .filter(|(_, name)| !is_a_step(name))
        .map(|(_, name)| format!(" --test {name}"))
        .collect();
    let test = format!("cargo test {EVERYTHING} --no-fail-fast");
    let tested = shell.run(&format!("{test} --lib --bins --examples{integration}"));
    let documented = shell.run(&format!("{test} --doc"));
    tested.and(documented)
}
