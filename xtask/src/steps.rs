//! The steps of the check, in the order in which they run: what is quick and often wrong comes first.
//!
//! Each test of the package `tests` is a step of its own, because each needs something else. All are built
//! with the features of the whole workspace, as is what they run: of another set of features cargo would
//! build most dependencies once more. What builds of fewer is for `features`, `examples` and `shared` to say.

pub(crate) mod bench;
mod client;
mod fuzz;
mod msrv;
mod package;
mod unit;

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
    /// Without these it checks less, and says so.
    pub(crate) wants: &'static [Need],
    pub(crate) run: fn(&Shell, &Workspace) -> Result<(), Stop>,
}

/// What a step builds, in a directory of its own and so beside others.
pub(crate) type Build = fn(&Shell, &Workspace) -> Result<(), Stop>;

/// The first of the steps that mostly wait. Beside them is built what later ones need; what is wrong with
/// that these say themselves.
pub(crate) const WAITING_FROM: &str = "sockets";

/// By the name of the step.
pub(crate) const BUILT_AHEAD: &[(&str, Build)] = &[
    ("bench", |shell, _| bench::build(shell)),
    ("fuzz", fuzz::build),
];

/// A test that is a step of its own, with what it needs; and how many at once, where they mostly wait.
macro_rules! end_to_end {
    ($name:literal, $about:literal, [$($need:expr),*] $(, at_once = $threads:literal)?) => {
        Step {
            name: $name,
            about: $about,
            needs: &[$($need),*],
            wants: &[],
            run: |shell, _| {
                shell.run(concat!(
                    "cargo test --workspace --all-features --locked --test ",
                    $name
                    $(, " -- --test-threads=", $threads)?
                ))
            },
        }
    };
}

pub(crate) const STEPS: &[Step] = &[
    Step {
        name: "fmt",
        about: "the code is laid out as rustfmt does",
        needs: &[],
        wants: &[],
        run: |shell, _| {
            shell.run("cargo fmt --all --check")?;
            shell.run("cargo fmt --manifest-path fuzz/Cargo.toml --check")
        },
    },
    Step {
        name: "clippy",
        about: "no lint of the workspace speaks up",
        needs: &[],
        wants: &[],
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
        wants: &[],
        run: unit::run,
    },
    end_to_end!(
        "ui",
        "mistakes in an attribute get the expected messages, correct uses compile",
        []
    ),
    end_to_end!(
        "sockets",
        "clients that vanish, stall or stay harm nobody, under axum's server and ours",
        []
    ),
    end_to_end!(
        "descriptors",
        "a server waits until there are file descriptors again",
        []
    ),
    end_to_end!(
        "client_situations",
        "each client does what the guide's table of situations says",
        []
    ),
    end_to_end!(
        "client_heap",
        "a client keeps nothing of 10 million events",
        []
    ),
    end_to_end!(
        "hub_crowds",
        "a hub keeps nobody waiting and nothing behind, among 1 000 readers and in a storm of 5 000",
        []
    ),
    end_to_end!(
        "servers",
        "the servers that tests stand on keep their data and leave nothing behind",
        [Need::RedisServer, Need::NatsServer, Need::Postgres]
    ),
    end_to_end!(
        "redis",
        "the log in Redis holds what every log does, whatever happens to its server",
        [Need::RedisServer],
        at_once = 6
    ),
    end_to_end!(
        "nats",
        "the log in NATS holds what every log does, whatever happens to its server",
        [Need::NatsServer]
    ),
    end_to_end!(
        "upgrade",
        "nodes of the version before this one and of this are one service, and what was stored is read",
        [Need::RedisServer, Need::NatsServer, Need::Postgres]
    ),
    end_to_end!(
        "postgres",
        "the log in Postgres holds what it says, whoever appends and whatever fails",
        [Need::Postgres, Need::PgBouncer],
        at_once = 6
    ),
    end_to_end!(
        "cluster",
        "two nodes over an engine lose and repeat nothing, whatever becomes of both and of the network between",
        [Need::RedisServer, Need::NatsServer, Need::Postgres],
        at_once = 4
    ),
    end_to_end!(
        "examples_quickstart",
        "the quickstart does what its page and its lines say",
        []
    ),
    end_to_end!(
        "examples_follow",
        "a growing file is followed through rotation and restarts",
        []
    ),
    end_to_end!(
        "examples_chat",
        "the chat example answers, stops and counts",
        []
    ),
    end_to_end!("examples_job", "a job goes on unwatched and ends once", []),
    end_to_end!(
        "examples_broker",
        "the broker routes, counts, drains and refuses as it says",
        []
    ),
    end_to_end!(
        "examples_ticker",
        "the ticker's clients get the present prices, however slow or often away",
        []
    ),
    end_to_end!(
        "examples_watch",
        "a client of the quickstart goes on where it was stopped, and misses nothing",
        []
    ),
    end_to_end!(
        "examples_cluster",
        "readers of two nodes over one Redis miss nothing when they move, or a node is killed",
        [Need::RedisServer]
    ),
    end_to_end!(
        "examples_orders",
        "an order commits with its event, and is shipped once however often the consumer is killed",
        [Need::Postgres]
    ),
    end_to_end!(
        "examples_typescript",
        "the auction is followed by what its package is said to be used for",
        [Need::Node]
    ),
    end_to_end!("curl", "curl sees the promised bytes", [Need::Curl]),
    end_to_end!("nginx", "events pass a proxy one by one", [Need::Nginx]),
    end_to_end!(
        "browser",
        "in a browser an EventSource receives, resumes and stops, and pages of examples show what happens",
        [
            Need::Chromium,
            Need::Node,
            Need::RedisServer,
            Need::Postgres
        ]
    ),
    end_to_end!(
        "typescript_packages",
        "packages for TypeScript compile, break where an enum grows, and run in Node.js and a browser",
        [Need::Chromium, Need::Node]
    ),
    end_to_end!(
        "typescript_runtime",
        "generated TypeScript is typed, and does in Node.js and in a browser what the situations say",
        [Need::Chromium, Need::Node]
    ),
    end_to_end!(
        "openapi_documents",
        "the documents of all examples are valid and true, and generators make types of them",
        [Need::Node]
    ),
    end_to_end!(
        "openai",
        "the official OpenAI clients read the chat example",
        [Need::Node, Need::Python]
    ),
    end_to_end!(
        "anthropic",
        "the official Anthropic clients read the chat example",
        [Need::Node, Need::Python]
    ),
    Step {
        name: "bench",
        about: "no figure that needs no clock is beyond its bound",
        needs: &[],
        wants: &[Need::Valgrind],
        run: |shell, _| bench::run(shell, "gate"),
    },
    Step {
        name: "docs",
        about: "the documentation builds without a warning",
        needs: &[],
        wants: &[],
        run: |shell, _| {
            let shell = shell.with("RUSTDOCFLAGS", "-D warnings");
            shell.run("cargo doc --workspace --all-features --no-deps --locked")
        },
    },
    Step {
        name: "features",
        about: "each feature of a published crate builds alone",
        needs: &[Need::CargoHack],
        wants: &[],
        // Under resolver 3 dev-dependencies lend no features to a plain build, so they need not be
        // taken out of the manifests for this.
        run: |shell, _| {
            shell.run("cargo hack check --workspace --ignore-private --each-feature --locked")
        },
    },
    Step {
        name: "examples",
        about: "examples build with no features but those that they name",
        needs: &[],
        wants: &[],
        run: |shell, _| {
            shell.run("cargo check --package examples --examples --locked")?;
            shell.run("cargo check --package examples --examples --all-features --locked")?;
            shell.run("cargo check --package orders --locked")
        },
    },
    Step {
        name: "shared",
        about: "an API that both ends share builds for either alone, and changes nothing for others",
        needs: &[],
        wants: &[],
        run: |shell, _| {
            for end in ["client", "server"] {
                shell.run(&format!(
                    "cargo check --package api --no-default-features --features {end} --locked"
                ))?;
            }
            shell.run("cargo check --package apart --locked")?;
            shell.run("cargo check --package apart --features beside-a-client --locked")
        },
    },
    Step {
        name: "msrv-dependencies",
        about: "no dependency of a published crate asks for a newer Rust than we promise",
        needs: &[],
        wants: &[],
        run: msrv::dependencies,
    },
    Step {
        name: "msrv",
        about: "the published crates build with the oldest Rust that we promise",
        needs: &[],
        wants: &[],
        run: msrv::build,
    },
    Step {
        name: "client",
        about: "a client needs no axum, nor does that of an API which is shared with a server",
        needs: &[],
        wants: &[],
        run: client::needs_no_server,
    },
    Step {
        name: "wasm",
        about: "clients build for browsers",
        needs: &[],
        wants: &[],
        run: client::build_for_browsers,
    },
    Step {
        name: "wasm_browser",
        about: "in a page the clients in Rust do what the situations say",
        needs: &[Need::Chromium, Need::Node],
        wants: &[],
        run: client::run_in_a_browser,
    },
    Step {
        name: "deny",
        about: "licences, sources and duplicates of the dependencies are as deny.toml allows",
        needs: &[Need::CargoDeny],
        wants: &[],
        run: |shell, _| shell.run("cargo deny --locked check licenses bans sources"),
    },
    Step {
        name: "advisories",
        about: "no dependency has a known vulnerability",
        needs: &[Need::CargoDeny],
        wants: &[],
        run: |shell, _| {
            shell.run("cargo deny fetch db").map_err(|_| {
                Stop::Skipped("the database of advisories cannot be fetched".to_owned())
            })?;
            shell.run("cargo deny --locked --offline check advisories")
        },
    },
    Step {
        name: "fuzz",
        about: "a bounded run of every fuzz target finds nothing",
        needs: &[Need::Cxx],
        wants: &[],
        run: fuzz::fuzz,
    },
    Step {
        name: "package",
        about: "every published crate builds from what would be uploaded",
        needs: &[],
        wants: &[],
        run: package::package,
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

    /// Tests are chosen by their names.
    #[test]
    fn no_two_integration_tests_share_a_name() {
        let workspace = Workspace::load(".").expect("cargo describes this tree");
        let names: Vec<_> = workspace.targets("test").map(|(_, name)| name).collect();
        let different: HashSet<_> = names.iter().collect();
        assert_eq!(different.len(), names.len(), "{names:?}");
    }

    #[test]
    fn every_end_to_end_test_has_a_step() {
        let workspace = Workspace::load(".").expect("cargo describes this tree");
        for (member, name) in workspace.targets("test") {
            assert!(
                member != "tests" || STEPS.iter().any(|step| step.name == name),
                "no step runs the test `{name}`"
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
