//! The OpenAPI documents of the examples: whether they are ones, are true, and can be used.

mod generators;
mod schemas;
mod served;
mod utoipa_axum;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tests::{Example, program};

/// All examples, with what starts them.
const EXAMPLES: [&str; 7] = [
    "quickstart",
    "follow",
    "chat",
    "job",
    "broker",
    "ticker",
    "typescript",
];

/// Node.js with a script of `js`, where it is there.
fn node(script: &str) -> Option<Command> {
    let mut node = Command::new(program("SSE_TEST_NODE")?);
    node.arg(Path::new("js").join(script));
    Some(node)
}

fn start(name: &str) -> Example {
    Example::start_with(name, |command| {
        match name {
            "follow" => command.arg("Cargo.toml"),
            "ticker" => command.args(["1000", "20"]),
            _ => command,
        };
    })
}

/// The directory of a test, empty.
fn directory(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // Where it is not there yet, there is nothing to remove.
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("a writable directory");
    directory
}

/// Fetches a document of a running example into a file.
async fn fetch(example: &Example, path: &str, file: &Path) {
    let answer = reqwest::get(example.at(path)).await.expect("it answers");
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    let text = answer.text().await.expect("it answers whole");
    fs::write(file, text).expect("a writable file");
}
