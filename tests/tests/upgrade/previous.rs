//! The node of the version before this one, built of the repository's history.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::{env, fs};

/// What a version is made of. Commits that leave this alone are the same version.
const PARTS: [&str; 3] = ["sse-runtime", "sse-macros", "tests/src/node"];

const NODE: &str = "tests/src/bin/node.rs";

/// The program. Where there is no version before this one that has it, what needs it is skipped, and
/// this says so.
pub(crate) fn node() -> Option<&'static Path> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match BUILT.get_or_init(|| Ok(build(&revision()?))) {
        Ok(program) => Some(program),
        Err(why) => {
            println!("skipped: {why}");
            None
        }
    }
}

/// The commit of it: what is committed where the working tree is newer, else what was there before the
/// commit that made this version.
fn revision() -> Result<String, String> {
    let of_parts = |words: &[&str]| git([words, &["HEAD", "--"], &PARTS].concat());
    let revision = match of_parts(&["diff", "--quiet"])?.status.code() {
        Some(1) => "HEAD".to_owned(),
        _ => format!("{}^", text(&of_parts(&["rev-list", "-1"])?)?),
    };
    let commit = git(["rev-parse", "--verify", "--short", &revision]).and_then(|it| text(&it));
    let commit = commit.map_err(|_| "there is no version before this one in the history")?;
    let node = git(["cat-file", "-e", &format!("{commit}:{NODE}")])?;
    match node.status.success() {
        true => Ok(commit),
        false => Err(format!(
            "the version before this one, {commit}, has no node"
        )),
    }
}

fn git<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Output, String> {
    let mut git = Command::new("git");
    git.arg("-C").arg(root()).args(words);
    let output = git.output();
    output.map_err(|error| format!("git cannot be run: {error}"))
}

fn text(output: &Output) -> Result<String, String> {
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        false => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    }
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Builds it of the dependencies that are built here. Of two trees cargo tells no crate from that of the same
/// name and version, and would take this version's for the other; but what a wrapper compiles it keeps
/// apart, and `env` is one that does nothing else.
fn build(commit: &str) -> PathBuf {
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let built = temporary.parent().expect("it is in what cargo builds");
    let directory = temporary.join("upgrade");
    let sources = directory.join("sources").join(commit);
    if !sources.exists() {
        unpack(commit, &sources);
    }
    // The example brings the features of tests, which of a program alone cargo would leave out.
    let command = "build --workspace --all-features --bin node --example quickstart --locked";
    let output = Command::new(env!("CARGO"))
        .args(command.split(' '))
        .arg("--message-format=json")
        .arg("--target-dir")
        .arg(directory.join("target"))
        .current_dir(&sources)
        .env("CARGO_BUILD_BUILD_DIR", built)
        .env("CARGO_INCREMENTAL", "0")
        .env("RUSTC_WORKSPACE_WRAPPER", "env")
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "the node of {commit} does not build"
    );
    let messages = String::from_utf8_lossy(&output.stdout);
    let executable = messages.lines().find_map(|message| {
        let message: serde_json::Value = serde_json::from_str(message).ok()?;
        let executable = message["executable"].as_str().map(PathBuf::from);
        executable.filter(|_| message["target"]["name"] == "node")
    });
    executable.expect("cargo names the program that it built")
}

/// Unpacks a commit, and drops those of before. The times in an archive are those of its commit, and cargo
/// goes by times: so they become those of now.
fn unpack(commit: &str, sources: &Path) {
    let all = sources.parent().expect("it is in a directory");
    // Where there are none yet there is nothing to drop.
    let _ = fs::remove_dir_all(all);
    let unfinished = all.join("unfinished");
    fs::create_dir_all(&unfinished).expect("the target directory is writable");
    let mut archive = Command::new("git")
        .arg("-C")
        .arg(root())
        .args(["archive", commit])
        .stdout(Stdio::piped())
        .spawn()
        .expect("git runs");
    let tar = Command::new("tar")
        .args(["--extract", "--touch", "--directory"])
        .arg(&unfinished)
        .stdin(archive.stdout.take().expect("it is piped"))
        .status()
        .expect("tar runs");
    let archived = archive.wait().expect("it is a child of this process");
    assert!(
        archived.success() && tar.success(),
        "{commit} cannot be unpacked"
    );
    fs::rename(&unfinished, sources).expect("it stays in the same directory");
}
