//! What a terminal is shown.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::thread;

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::program::{Run, sse};
use crate::server::Server;

const EVENTS: &str = "id: 7\nevent: alert\ndata: \x1b]0;mine\x07\n\ndata: \u{202e}two\n\n";

/// A terminal: where it is looked at, and what a program writes to.
fn terminal() -> (File, OwnedFd) {
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&screen).expect("a terminal");
    unlockpt(&screen).expect("a terminal");
    let name = ptsname(&screen, Vec::new()).expect("it has a name");
    let line = open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).expect("its other end");
    (File::from(screen), line)
}

/// All that a terminal is shown until nobody has it open.
fn shown(mut screen: File) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut shown = Vec::new();
        // Linux says that with an error.
        let _ = screen.read_to_end(&mut shown);
        String::from_utf8(shown).expect("text")
    })
}

/// What a terminal is shown on stdout, where variables say this.
fn stdout(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let server = Server::start();
    let (screen, line) = terminal();
    let mut command = sse(&[&[&*server.at("/"), "-n", "2", "-q"], arguments].concat());
    command
        .env("TERM", "xterm")
        .envs(variables.iter().copied())
        .stdout(Stdio::from(line));
    let run = Run::of(&mut command);
    drop(command);
    let shown = shown(screen);
    server.streams().write(EVENTS);
    assert_eq!(run.end().status, Some(0));
    shown.join().expect("it is read")
}

/// The same for a pipe.
fn piped(variables: &[(&str, &str)]) -> String {
    let server = Server::start();
    let run = Run::of(sse(&[&server.at("/"), "-n", "2", "-q"]).envs(variables.iter().copied()));
    server.streams().write(EVENTS);
    run.end().stdout
}

#[test]
fn a_terminal_has_colours_and_nothing_of_the_servers_steers_it() {
    assert_eq!(
        stdout(&[], &[]),
        "\x1b[1m\x1b[36malert\x1b[0m \x1b[2m7\x1b[0m  \\u{1b}]0;mine\\u{7}\r\n\
         \x1b[1m\x1b[36mmessage\x1b[0m  \\u{202e}two\r\n"
    );
}

#[test]
fn no_format_lets_a_terminal_be_steered() {
    assert_eq!(
        stdout(&["-f", "data"], &[]),
        "\\u{1b}]0;mine\\u{7}\r\n\\u{202e}two\r\n"
    );
    assert_eq!(
        stdout(&["-f", "sse"], &[]),
        "id: 7\r\nevent: alert\r\ndata: \\u{1b}]0;mine\\u{7}\r\n\r\ndata: \\u{202e}two\r\n\r\n"
    );
    let json = stdout(&["-f", "json"], &[]);
    assert!(
        json.contains(r"\u001b]0;mine\u0007") && json.contains(r"\u202etwo"),
        "{json}"
    );
}

#[test]
fn who_wants_no_colours_gets_none() {
    let shown = stdout(&[], &[("NO_COLOR", "1")]);
    assert_eq!(
        shown,
        "alert 7  \\u{1b}]0;mine\\u{7}\r\nmessage  \\u{202e}two\r\n"
    );
}

#[test]
fn a_pipe_gets_what_was_sent_and_colours_only_where_they_are_forced() {
    assert_eq!(
        piped(&[]),
        "alert 7  \x1b]0;mine\x07\nmessage  \u{202e}two\n"
    );
    assert!(piped(&[("CLICOLOR_FORCE", "1")]).starts_with("\x1b[1m\x1b[36malert\x1b[0m"));
}

#[test]
fn counts_run_along_where_the_events_go_elsewhere() {
    let server = Server::start();
    let (screen, line) = terminal();
    let mut command = sse(&[&server.at("/"), "-n", "1"]);
    command.env("NO_COLOR", "1").stderr(Stdio::from(line));
    let run = Run::of(&mut command);
    drop(command);
    let shown = shown(screen);
    server.streams().write("data: 1\n\n");
    assert_eq!(run.end().stdout, "message  1\n");
    let shown = shown.join().expect("it is read");
    let counted = |n, plural| format!("{n} event{plural} ({n} B), 0 reconnects, 0 gaps in ");
    assert!(
        shown.starts_with(&format!("\r{}", counted(0, "s"))),
        "{shown:?}"
    );
    assert!(
        shown.contains(&format!("\r\x1b[Ksse: {}", counted(1, ""))),
        "{shown:?}"
    );
}

#[test]
fn what_a_server_says_of_a_failure_does_not_steer_a_terminal() {
    let server = Server::start();
    let (screen, line) = terminal();
    let mut command = sse(&[&server.at("/")]);
    command.stderr(Stdio::from(line));
    let run = Run::of(&mut command);
    drop(command);
    let shown = shown(screen);
    let problem = r#"{"title": "No", "detail": "\u001b[2J\u009b2J"}"#;
    server
        .asked()
        .answer("404 Not Found", "application/problem+json", problem);
    assert_eq!(run.end().status, Some(1));
    let shown = shown.join().expect("it is read");
    assert!(
        !shown.contains("\x1b[2J") && !shown.contains('\u{9b}'),
        "{shown:?}"
    );
}
