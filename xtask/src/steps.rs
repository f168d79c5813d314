//! The steps of the check, in the order in which they run: what is quick and often wrong comes first.

use std::fs;

use crate::{
    setup::Need,
    shell::{Shell, Stop},
    workspace::Workspace,
};

/// One thing that is checked.
pub(crate) struct Step {
    /// As it is said on the command line and in the summary.
    pub(crate) name: &'static str,
    /// What holds when it passes.
    pub(crate) about: &'static str,
    /// Without these the step is skipped.
    pub(crate) needs: &'static [Need],
    pub(crate) run: fn(&Shell, &Workspace) -> Result<(), Stop>,
}

pub(crate) const STEPS: &[Step] = &[
    Step {
        name: "fmt",
        about: "the code is laid out as rustfmt does",
        needs: &[],
        run: |shell, _| shell.run("cargo fmt --all --check"),
    },
    Step {
        name: "clippy",
        about: "no lint of the workspace speaks up",
        needs: &[],
        run: |shell, _| {
            shell.run(
                "cargo clippy --workspace --all-targets --all-features --locked -- --deny warnings",
            )
        },
    },
    Step {
        name: "test",
        about: "unit tests, integration tests and doctests of every crate pass",
        needs: &[],
        run: |shell, _| {
            shell.run(
                "cargo test --workspace --exclude tests --all-features --locked --no-fail-fast",
            )
        },
    },
    Step {
        name: "ui",
        about: "mistakes in an attribute get the expected messages, correct uses compile",
        needs: &[],
        run: |shell, _| shell.run("cargo test --package tests --test ui --locked"),
    },
    Step {
        name: "sockets",
        about: "requests over real sockets get the promised answers",
        needs: &[],
        run: |shell, _| shell.run("cargo test --package tests --test sockets --locked"),
    },
    Step {
        name: "curl",
        about: "curl sees the promised bytes",
        needs: &[Need::Curl],
        run: |shell, _| shell.run("cargo test --package tests --test curl --locked"),
    },
    Step {
        name: "nginx",
        about: "events pass a proxy one by one",
        needs: &[Need::Nginx],
        run: |shell, _| shell.run("cargo test --package tests --test nginx --locked"),
    },
    Step {
        name: "browser",
        about: "a browser's EventSource receives, resumes and stops",
        needs: &[Need::Chromium, Need::Node],
        run: |shell, _| shell.run("cargo test --package tests --test browser --locked"),
    },
    Step {
        name: "openai",
        about: "the official OpenAI clients read the chat example",
        needs: &[Need::Node, Need::Python],
        run: |shell, _| shell.run("cargo test --package tests --test openai --locked"),
    },
    Step {
        name: "docs",
        about: "the documentation builds without a warning",
        needs: &[],
        run: |shell, _| {
            let shell = shell.with("RUSTDOCFLAGS", "-D warnings");
            shell.run("cargo doc --workspace --all-features --no-deps --locked")
        },
    },
    Step {
        name: "features",
        about: "each feature of a published crate builds alone",
        needs: &[Need::CargoHack],
        run: |shell, _| {
            shell.run("cargo hack check --workspace --ignore-private --each-feature --no-dev-deps --locked")
        },
    },
    Step {
        name: "msrv-dependencies",
        about: "no dependency of a published crate asks for a newer Rust than we promise",
        needs: &[],
        run: msrv_dependencies,
    },
    Step {
        name: "msrv",
        about: "the published crates build with the oldest Rust that we promise",
        needs: &[],
        run: msrv,
    },
    Step {
        name: "deny",
        about: "licences, sources and duplicates of the dependencies are as deny.toml allows",
        needs: &[Need::CargoDeny],
        run: |shell, _| shell.run("cargo deny --locked check licenses bans sources"),
    },
    Step {
        name: "advisories",
        about: "no dependency has a known vulnerability",
        needs: &[Need::CargoDeny],
        run: |shell, _| {
            shell.run("cargo deny fetch db").map_err(|_| {
                Stop::Skipped("the database of advisories cannot be fetched".to_owned())
            })?;
            shell.run("cargo deny --locked check --disable-fetch advisories")
        },
    },
    Step {
        name: "fuzz",
        about: "a bounded run of every fuzz target finds nothing",
        needs: &[Need::Cxx],
        run: fuzz,
    },
    Step {
        name: "package",
        about: "every published crate builds from what would be uploaded",
        needs: &[],
        run: package,
    },
];

/// The named steps in the order of the check; all of them where none is named.
pub(crate) fn select(names: &[&str]) -> Result<Vec<&'static Step>, String> {
    if let Some(unknown) = names
        .iter()
        .find(|name| STEPS.iter().all(|step| step.name != **name))
    {
        return Err(format!(
            "there is no step `{unknown}`; `cargo xtask test --list` names them all"
        ));
    }
    Ok(STEPS
        .iter()
        .filter(|step| names.is_empty() || names.contains(&step.name))
        .collect())
}

/// The command with a `--package` for each published crate.
fn of_published(command: &str, workspace: &Workspace) -> String {
    workspace
        .published()
        .fold(command.to_owned(), |command, (name, _)| {
            format!("{command} --package {name}")
        })
}

fn msrv_dependencies(shell: &Shell, workspace: &Workspace) -> Result<(), Stop> {
    let Some(msrv) = workspace.msrv() else {
        return Err(Stop::Failed(
            "no published crate states a `rust-version`".to_owned(),
        ));
    };
    let mut newer = Vec::new();
    for (name, _) in workspace.published() {
        let tree = format!(
            "cargo tree --package {name} --edges normal,build --all-features --prefix none --locked"
        );
        println!("$ {tree}");
        let Some(tree) = shell.ask(&tree) else {
            return Err(Stop::Failed(format!("`{tree}` failed")));
        };
        // A line is `name v1.2.3`, then perhaps ` (proc-macro)`, ` (/path)` or ` (*)`.
        let packages: Vec<(&str, &str)> = tree
            .lines()
            .filter_map(|line| {
                let (name, rest) = line.split_once(" v")?;
                Some((name, rest.split(' ').next()?))
            })
            .collect();
        newer.extend(workspace.newer_than(msrv, &packages));
    }
    if newer.is_empty() {
        println!("none of them asks for more than Rust {msrv}");
        return Ok(());
    }
    newer.sort();
    newer.dedup();
    Err(Stop::Failed(format!(
        "more than Rust {msrv}: {}",
        newer.join(", ")
    )))
}

fn msrv(shell: &Shell, workspace: &Workspace) -> Result<(), Stop> {
    let Some(msrv) = workspace.msrv() else {
        return Err(Stop::Failed(
            "no published crate states a `rust-version`".to_owned(),
        ));
    };
    let installed = shell.ask("rustup toolchain list").unwrap_or_default();
    let Some(toolchain) = installed.split_whitespace().find(|name| {
        [format!("{msrv}-"), format!("{msrv}.0-")]
            .iter()
            .any(|start| name.starts_with(start))
    }) else {
        return Err(Stop::Skipped(format!(
            "toolchain {msrv} is not installed: rustup toolchain install {msrv}"
        )));
    };
    let check = format!("rustup run {toolchain} cargo check --all-features --locked");
    shell.run(&of_published(&check, workspace))
}

/// What cargo-fuzz would ask of the compiler, as far as the stable one has it: coverage for libFuzzer
/// to steer by, and the checks of a debug build.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 \
    -Cdebug-assertions -Coverflow-checks";

fn fuzz(shell: &Shell, workspace: &Workspace) -> Result<(), Stop> {
    // Flags reach only what is built for a named target; build scripts and macros must not get them.
    let Some(host) = shell.ask("rustc --print host-tuple") else {
        return Err(Stop::Failed("`rustc --print host-tuple` failed".to_owned()));
    };
    let shell = shell.with("RUSTFLAGS", COVERAGE);
    let build = format!(
        "cargo build --package fuzz --release --locked --target {}",
        host.trim()
    );
    shell.run(&build)?;
    for target in workspace.targets("fuzz", "bin") {
        let run = build.replacen("build", "run --quiet", 1);
        shell.run(&format!(
            "{run} --bin {target} -- -max_total_time=20 -timeout=5 -rss_limit_mb=1024"
        ))?;
    }
    Ok(())
}

/// `cargo package` could verify on its own, but when one of our crates depends on another, it unpacks
/// that one into a cache that never looks at it again while the version stays: after the next change
/// it would build against the old sources. So the unpacking is done here.
fn package(shell: &Shell, workspace: &Workspace) -> Result<(), Stop> {
    let packages = workspace.target().join("package");
    let unpacked = workspace.target().join("unpacked");
    let failed = |error| Stop::Failed(format!("`{}`: {error}", unpacked.display()));
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked).map_err(failed)?;
    }
    fs::create_dir_all(&unpacked).map_err(failed)?;

    let package = "cargo package --no-verify --allow-dirty --locked";
    shell.run(&of_published(package, workspace))?;
    let mut manifest =
        "[workspace]\nresolver = \"3\"\nmembers = [\"*\"]\n\n[patch.crates-io]\n".to_owned();
    for (name, version) in workspace.published() {
        let archive = packages.join(format!("{name}-{version}.crate"));
        // `--touch`: the times inside an archive are all the same, and cargo goes by them.
        let unpack = [
            "--file",
            &archive.to_string_lossy(),
            "--directory",
            &unpacked.to_string_lossy(),
        ];
        shell.run_with("tar --extract --gzip --touch", &unpack)?;
        manifest += &format!("{name} = {{ path = \"{name}-{version}\" }}\n");
    }
    let manifest_path = unpacked.join("Cargo.toml");
    fs::write(&manifest_path, manifest).map_err(failed)?;
    fs::copy(
        workspace.root.join("Cargo.lock"),
        unpacked.join("Cargo.lock"),
    )
    .map_err(failed)?;
    shell.run_with(
        "cargo check --workspace --all-features",
        &[
            "--manifest-path",
            &manifest_path.to_string_lossy(),
            "--target-dir",
            &workspace.target().to_string_lossy(),
        ],
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn names(steps: &[&Step]) -> Vec<&'static str> {
        steps.iter().map(|step| step.name).collect()
    }

    #[test]
    fn no_two_steps_share_a_name() {
        let names: HashSet<_> = STEPS.iter().map(|step| step.name).collect();
        assert_eq!(names.len(), STEPS.len());
    }

    #[test]
    fn every_end_to_end_test_has_a_step() {
        let workspace = Workspace::load().expect("cargo describes this tree");
        for target in workspace.targets("tests", "test") {
            assert!(
                STEPS.iter().any(|step| step.name == target),
                "no step runs the test `{target}`"
            );
        }
    }

    #[test]
    fn no_name_selects_every_step() {
        assert_eq!(select(&[]).map(|steps| steps.len()), Ok(STEPS.len()));
    }

    #[test]
    fn named_steps_keep_the_order_of_the_check() {
        assert_eq!(
            select(&["clippy", "fmt"]).map(|steps| names(&steps)),
            Ok(vec!["fmt", "clippy"])
        );
    }

    #[test]
    fn an_unknown_step_is_an_error_that_names_it() {
        let message = select(&["fmt", "cliply"]).map(|steps| names(&steps));
        assert_eq!(
            message,
            Err("there is no step `cliply`; `cargo xtask test --list` names them all".to_owned())
        );
    }
}
