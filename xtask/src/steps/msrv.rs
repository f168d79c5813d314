//! Whether the oldest Rust that we promise is enough.

use super::of_published;
use crate::{
    shell::{Shell, Stop},
    workspace::Workspace,
};

/// Builds with that Rust, where it is installed.
pub(super) fn build(shell: &Shell, workspace: &Workspace) -> Result<(), Stop> {
    let msrv = workspace.msrv()?;
    let installed = shell.ask("rustup toolchain list").unwrap_or_default();
    let wanted = [format!("{msrv}-"), format!("{msrv}.0-")];
    let Some(toolchain) = installed
        .split_whitespace()
        .find(|name| wanted.iter().any(|wanted| name.starts_with(wanted)))
    else {
        return Err(Stop::Skipped(format!(
            "Rust {msrv} is not installed: rustup toolchain install {msrv} --profile minimal"
        )));
    };
    let check = format!("rustup run {toolchain} cargo check --all-features --locked");
    shell.run(&of_published(&check, workspace))
}

/// What the promise rests on where that Rust is not installed. Of the standard library,
/// `clippy::incompatible_msrv` takes care.
pub(super) fn dependencies(shell: &Shell, workspace: &Workspace) -> Result<(), Stop> {
    let msrv = workspace.msrv()?;
    let tree = shell.read(&of_published(
        "cargo tree --edges normal,build --all-features --prefix none --locked",
        workspace,
    ))?;
    let newer = workspace.newer_than(msrv, &packages(&tree));
    if newer.is_empty() {
        println!("none asks for more than Rust {msrv}");
        Ok(())
    } else {
        let newer = newer.join(", ");
        Err(Stop::Failed(format!("more than Rust {msrv}: {newer}")))
    }
}

/// Name and version from the lines of `cargo tree`: `name v1.2.3`, then perhaps ` (proc-macro)`,
/// ` (/path)` or ` (*)`.
fn packages(tree: &str) -> Vec<(&str, &str)> {
    tree.lines()
        .filter_map(|line| {
            let (name, rest) = line.split_once(" v")?;
            Some((name, rest.split(' ').next()?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_tree_is_a_name_and_a_version() {
        let tree = "sse-macros v0.1.0 (proc-macro) (/sse-macros)\nsyn v3.0.9\n\nsyn v3.0.9 (*)\n";
        assert_eq!(
            packages(tree),
            [("sse-macros", "0.1.0"), ("syn", "3.0.9"), ("syn", "3.0.9")],
        );
    }
}
