//! Whether what would be uploaded builds.

use std::{fs, io, path::Path};

use super::of_published;
use crate::{
    shell::{Shell, Stop},
    workspace::Workspace,
};

/// `cargo package` can verify by itself. But where one of our crates depends on another, it unpacks
/// that one into a cache which it never renews while the version stays, and from the next change on
/// it verifies against old sources. So the archives are unpacked and built here.
pub(super) fn package(shell: &Shell, workspace: &Workspace) -> Result<(), Stop> {
    let package = "cargo package --no-verify --allow-dirty --locked";
    shell.run(&of_published(package, workspace))?;

    let unpacked = workspace.target().join("unpacked");
    prepare(&unpacked, workspace)
        .map_err(|error| Stop::Failed(format!("`{}`: {error}", unpacked.display())))?;
    for (name, version) in workspace.published() {
        let archive = workspace
            .target()
            .join(format!("package/{name}-{version}.crate"));
        // `--touch`: the times in an archive are all alike, and cargo goes by them.
        shell.run_with(
            "tar --extract --gzip --touch",
            &[
                "--file",
                &archive.to_string_lossy(),
                "--directory",
                &unpacked.to_string_lossy(),
            ],
        )?;
    }
    let target = workspace.target().to_string_lossy();
    let manifest = unpacked.join("Cargo.toml");
    shell.run_with(
        "cargo check --workspace --all-features",
        &[
            "--manifest-path",
            &manifest.to_string_lossy(),
            "--target-dir",
            &target,
        ],
    )
}

/// An empty workspace, in which our crates find each other and the same dependencies as here.
fn prepare(directory: &Path, workspace: &Workspace) -> io::Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory)?;
    }
    fs::create_dir_all(directory)?;
    let mut manifest =
        "[workspace]\nresolver = \"3\"\nmembers = [\"*\"]\n\n[patch.crates-io]\n".to_owned();
    for (name, version) in workspace.published() {
        manifest += &format!("{name} = {{ path = \"{name}-{version}\" }}\n");
    }
    fs::write(directory.join("Cargo.toml"), manifest)?;
    fs::copy(
        workspace.root().join("Cargo.lock"),
        directory.join("Cargo.lock"),
    )?;
    Ok(())
}
