//! Whether the client can be had where there is no server: in a browser, and without axum.

use crate::{
    shell::{Shell, Stop},
    workspace::Workspace,
};

const TARGET: &str = "wasm32-unknown-unknown";
/// The client of any server, and that of an API which a server shares.
const CLIENT: &str =
    "--package sse-runtime --package api --no-default-features --features client --locked";

/// Builds the client for browsers, where Rust can.
pub(super) fn build_for_browsers(shell: &Shell, _: &Workspace) -> Result<(), Stop> {
    bring_target(shell)?;
    shell.run(&format!(
        "cargo clippy {CLIENT} --target {TARGET} -- --deny warnings"
    ))?;
    shell.run(&format!(
        "cargo clippy --package page --target {TARGET} --locked -- --deny warnings"
    ))
}

/// Builds what a page runs, and has one run it.
pub(super) fn run_in_a_browser(shell: &Shell, workspace: &Workspace) -> Result<(), Stop> {
    bring_target(shell)?;
    shell.run(&format!(
        "cargo build --package page --target {TARGET} --locked"
    ))?;
    let module = workspace.target().join(TARGET).join("debug/page.wasm");
    shell
        .with("SSE_TEST_PAGE", module.to_string_lossy())
        .run("cargo test --workspace --all-features --locked --test wasm_browser")
}

fn bring_target(shell: &Shell) -> Result<(), Stop> {
    let installed = || {
        shell
            .ask("rustup target list --installed")
            .unwrap_or_default()
    };
    let is_installed = |targets: &str| targets.split_whitespace().any(|target| target == TARGET);
    if !is_installed(&installed()) {
        // Where that cannot be had, the next line says so.
        let _ = shell.run(&format!("rustup target add {TARGET}"));
        if !is_installed(&installed()) {
            return Err(Stop::Skipped(format!(
                "there is no Rust for browsers: rustup target add {TARGET}"
            )));
        }
    }
    Ok(())
}

/// Looks for a server among what the client depends on.
pub(super) fn needs_no_server(shell: &Shell, _: &Workspace) -> Result<(), Stop> {
    let tree = shell.read(&format!("cargo tree {CLIENT} --edges normal --prefix none"))?;
    let axum: Vec<&str> = tree
        .lines()
        .filter(|line| line.starts_with("axum"))
        .collect();
    if axum.is_empty() {
        println!("the client depends on no axum");
        Ok(())
    } else {
        let axum = axum.join(", ");
        Err(Stop::Failed(format!("the client depends on {axum}")))
    }
}
