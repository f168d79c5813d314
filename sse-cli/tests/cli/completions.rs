//! Completions of shells.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::program::{run, sse};

fn completions(shell: &str) -> String {
    let ended = run(&["--completions", shell]);
    assert_eq!((ended.status, &*ended.stderr), (Some(0), ""));
    ended.stdout
}

#[test]
fn every_shell_completes_every_option() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let completions = completions(shell);
        for option in ["max-event-size", "last-event-id", "no-reconnect"] {
            assert!(completions.contains(option), "{option} in {shell}");
        }
    }
}

#[test]
fn a_shell_that_is_here_understands_its_completions() {
    for shell in ["bash", "zsh", "fish"] {
        let checked = Command::new(shell).arg("-n").stdin(Stdio::piped()).spawn();
        let Ok(mut checked) = checked else {
            println!("skipped: {shell} is not installed");
            continue;
        };
        let mut script = checked.stdin.take().expect("it is piped");
        script
            .write_all(completions(shell).as_bytes())
            .expect("it is read");
        drop(script);
        assert!(checked.wait().expect("it ends").success(), "{shell}");
    }
}

#[test]
fn completions_that_nobody_reads_are_no_failure() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let status = sse(&["--completions", "bash"])
        .stdout(Stdio::from(writer))
        .status();
    assert!(status.expect("it runs").success());
}
