//! How it ends, and with which status.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::program::{Ended, Run, run, sse};
use crate::server::Server;

/// How it ends when it is answered with something else than a stream.
fn answered(status: &str, content_type: &str, body: &str) -> Ended {
    let server = Server::start();
    let run = Run::start(&[&server.at("/")]);
    server.asked().answer(status, content_type, body);
    run.end()
}

#[test]
fn a_stream_that_is_over_is_a_success() {
    let ended = answered("204 No Content", "text/plain", "");
    assert_eq!(ended.status, Some(0));
    assert!(
        ended
            .stderr
            .starts_with("sse: 0 events (0 B), 0 reconnects, 0 gaps in "),
        "{ended:?}"
    );
}

#[test]
fn a_refusal_is_told_as_the_server_has_said_it() {
    let problem =
        r#"{"title": "Not Found", "status": 404, "detail": "there is no topic\nsse: lunch"}"#;
    let ended = answered("404 Not Found", "application/problem+json", problem);
    assert_eq!((ended.status, &*ended.stdout), (Some(1), ""));
    assert!(
        ended.stderr.starts_with("sse: the server refused: "),
        "{ended:?}"
    );
    assert!(ended.stderr.ends_with("topic\\nsse: lunch\n"), "{ended:?}");
}

#[test]
fn what_is_no_stream_is_told_with_its_beginning() {
    let ended = answered("200 OK", "text/html", "<h1>Sign in</h1>");
    assert_eq!((ended.status, &*ended.stdout), (Some(1), ""));
    assert!(
        ended
            .stderr
            .contains(r#"content type "text/html", body "<h1>Sign in</h1>""#),
        "{ended:?}"
    );
}

#[test]
fn it_stops_after_as_many_events_as_are_wanted() {
    let server = Server::start();
    let run = Run::start(&[&server.at("/"), "--count", "1", "-f", "data"]);
    let mut stream = server.streams();
    stream.write("data: 1\n\ndata: 2\n\n");
    let ended = run.end();
    assert_eq!((ended.status, &*ended.stdout), (Some(0), "1\n"));
    assert!(
        ended
            .stderr
            .starts_with("sse: 1 event (1 B), 0 reconnects, 0 gaps in "),
        "{ended:?}"
    );
}

#[test]
fn it_stops_when_the_time_is_over() {
    let server = Server::start();
    let began = Instant::now();
    let ended = run(&[&server.at("/"), "--timeout", "300ms"]);
    assert!(began.elapsed() >= Duration::from_millis(300));
    assert_eq!((ended.status, &*ended.stdout), (Some(0), ""));
    assert!(
        ended.stderr.starts_with("sse: 0 events (0 B), "),
        "{ended:?}"
    );
}

#[test]
fn it_fails_when_the_time_is_over_before_all_has_come() {
    let server = Server::start();
    let ended = run(&[&server.at("/"), "-t", "300ms", "-n", "2", "-q"]);
    assert_eq!(ended.status, Some(1));
    assert_eq!(ended.stderr, "sse: the time is over, with 0 of 2 events\n");
}

#[test]
fn who_waits_in_vain_is_told_for_what() {
    let url = Server::start().at("/");
    let ended = run(&[&url, "-t", "300ms", "-n", "1", "-q"]);
    let why = "sse: the time is over, with 0 of 1 events: there is no connection to the server: ";
    assert!(ended.stderr.starts_with(why), "{ended:?}");
}

#[test]
fn a_signal_ends_it_with_the_counts() {
    for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let server = Server::start();
        let mut run = Run::start(&[&server.at("/"), "-f", "data"]);
        let mut stream = server.streams();
        stream.write("data: 1\n\n");
        run.line();
        run.signal(signal);
        let ended = run.end();
        assert_eq!(ended.status, Some(status));
        assert!(
            ended
                .stderr
                .starts_with("sse: 1 event (1 B), 0 reconnects, 0 gaps in "),
            "{ended:?}"
        );
    }
}

#[test]
fn a_signal_is_heard_while_nobody_reads_the_output() {
    let server = Server::start();
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let mut command = sse(&[&server.at("/"), "-f", "data"]);
    let mut run = Run::of(command.stdout(Stdio::from(writer)));
    drop(command);
    let mut stream = server.streams();
    // More than a pipe holds, and then what could only be read after it.
    stream.write(&format!("data: {}\n\nretry: 0\n\n", "x".repeat(1 << 20)));
    drop(stream);
    run.signal(Signal::INT);
    assert!(run.said().starts_with("sse: 0 events (0 B), "));
    assert_eq!(run.end().status, Some(130));
    drop(reader);
}

#[test]
fn it_ends_in_silence_when_nobody_reads_any_more() {
    let server = Server::start();
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let mut command = sse(&[&server.at("/")]);
    let run = Run::of(command.stdout(Stdio::from(writer)));
    drop(command);
    let mut stream = server.streams();
    drop(reader);
    stream.write("data: 1\n\n");
    let ended = run.end();
    assert_eq!((ended.status, &*ended.stderr), (Some(0), ""));
}

#[test]
fn it_does_not_wait_for_an_event_to_find_out_that_nobody_reads() {
    let server = Server::start();
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let mut command = sse(&[&server.at("/"), "-f", "data"]);
    let run = Run::of(command.stdout(Stdio::from(writer)));
    drop(command);
    let mut stream = server.streams();
    stream.write("data: 1\n\n");
    let mut reader = BufReader::new(reader);
    let mut line = String::new();
    reader.read_line(&mut line).expect("text");
    assert_eq!(line, "1\n");
    drop(reader);
    let ended = run.end();
    assert_eq!((ended.status, &*ended.stderr), (Some(0), ""));
}

#[test]
#[cfg(target_os = "linux")]
fn an_output_that_is_full_is_an_error() {
    let server = Server::start();
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .expect("Linux has it");
    let run = Run::of(sse(&[&server.at("/"), "-q"]).stdout(Stdio::from(full)));
    server.streams().write("data: 1\n\n");
    let ended = run.end();
    assert_eq!(ended.status, Some(1));
    assert!(
        ended
            .stderr
            .starts_with("sse: stdout cannot be written: No space left"),
        "{ended:?}"
    );
}
