//! What cargo says about this tree.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::shell::Stop;

/// The workspace as `cargo metadata` describes it.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
    metadata: Value,
}

impl Workspace {
    /// The workspace in `directory`, a path from the root of the repository.
    pub(crate) fn load(directory: &str) -> Result<Self, String> {
        let repository = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        let output = Command::new("cargo")
            .args(["metadata", "--format-version=1", "--locked"])
            .current_dir(repository.join(directory))
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| format!("`cargo metadata` cannot be run: {error}"))?;
        if !output.status.success() {
            return Err(format!("`cargo metadata --locked`: {}", output.status));
        }
        let metadata: Value = serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("`cargo metadata` wrote no JSON: {error}"))?;
        let path = |key: &str| {
            let path = metadata[key].as_str().map(PathBuf::from);
            path.ok_or_else(|| format!("`cargo metadata` names no `{key}`"))
        };
        Ok(Self {
            root: path("workspace_root")?,
            target: path("target_directory")?,
            metadata,
        })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where cargo builds.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Where the set-up puts what belongs to this tree alone.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// Name and version of the crates that are published.
    pub(crate) fn published(&self) -> impl Iterator<Item = (&str, &str)> {
        self.published_packages().filter_map(identity)
    }

    /// The oldest Rust that the published crates say they build with.
    pub(crate) fn msrv(&self) -> Result<&str, Stop> {
        self.published_packages()
            .find_map(|package| package["rust_version"].as_str())
            .ok_or_else(|| Stop::Failed("no published crate states a `rust-version`".to_owned()))
    }

    /// What each package among `selected` (name and version) says that asks for a newer Rust than
    /// `msrv`.
    pub(crate) fn newer_than(&self, msrv: &str, selected: &[(&str, &str)]) -> Vec<String> {
        self.packages()
            .filter_map(|package| {
                let id = identity(package)?;
                let asks = package["rust_version"].as_str()?;
                (selected.contains(&id) && release(asks) > release(msrv))
                    .then(|| format!("{} {} asks for Rust {asks}", id.0, id.1))
            })
            .collect()
    }

    fn packages(&self) -> impl Iterator<Item = &Value> {
        self.metadata["packages"].as_array().into_iter().flatten()
    }

    fn published_packages(&self) -> impl Iterator<Item = &Value> {
        // `publish` is null where nothing forbids it, else the list of the registries that may.
        self.members()
            .filter(|package| package["publish"].is_null())
    }

    fn members(&self) -> impl Iterator<Item = &Value> {
        // What comes from a path has no source.
        self.packages()
            .filter(|package| package["source"].is_null())
    }

    /// What the members build of one kind (`bin`, `test`, …): the member, and the name.
    pub(crate) fn targets(&self, kind: &str) -> impl Iterator<Item = (&str, &str)> {
        self.members()
            .flat_map(|package| {
                let targets = package["targets"].as_array().into_iter().flatten();
                targets.map(|target| (&package["name"], target))
            })
            .filter(move |(_, target)| target["kind"][0] == kind)
            .filter_map(|(member, target)| Some((member.as_str()?, target["name"].as_str()?)))
    }
}

fn identity(package: &Value) -> Option<(&str, &str)> {
    Some((package["name"].as_str()?, package["version"].as_str()?))
}

/// A Rust release as numbers that compare; what is left out is zero.
fn release(version: &str) -> [u64; 3] {
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
    [(); 3].map(|()| numbers.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_compare_as_numbers() {
        assert!(release("1.100") > release("1.88.1"));
        assert!(release("1.88.1") > release("1.88"));
        assert_eq!(release("1.88"), release("1.88.0"));
    }

    #[test]
    fn this_tool_is_a_member_and_not_published() {
        let workspace = Workspace::load(".").expect("cargo describes this tree");
        assert!(
            workspace
                .members()
                .any(|package| package["name"] == "xtask")
        );
        assert!(workspace.published().all(|(name, _)| name != "xtask"));
    }
}
