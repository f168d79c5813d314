//! Going on in the next run.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::Signal;
use serde::{Deserialize, Serialize};
use sse_runtime::{Problem, server_sent_events};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::program::{Run, sse};
use crate::server::Server;

/// How many numbers there are.
const LAST: u64 = 100;

#[derive(Serialize)]
struct Number {
    n: u64,
    text: u64,
}

#[derive(Deserialize)]
struct NumbersPayload {
    seen: Option<u64>,
}

#[server_sent_events]
trait Counting {
    /// The numbers, slowly enough for a run to be stopped among them.
    #[sse(get = "/numbers", id = n, data = text, last_event_id = seen, done)]
    async fn numbers(
        &self,
        payload: NumbersPayload,
        stream: impl NumbersServerStream<Number>,
    ) -> Result<(), Problem>;
}

struct Numbers;

impl Counting for Numbers {
    async fn numbers(
        &self,
        payload: NumbersPayload,
        stream: impl NumbersServerStream<Number>,
    ) -> Result<(), Problem> {
        for n in payload.seen.unwrap_or(0) + 1..=LAST {
            stream.send(Number { n, text: n }).await?;
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }
}

/// A server of `sse-runtime`, for as long as its runtime is there.
fn numbers() -> (Runtime, String) {
    let runtime = Runtime::new().expect("threads");
    let listener = runtime
        .block_on(TcpListener::bind("127.0.0.1:0"))
        .expect("a free port");
    let url = format!("{}/numbers", listener.local_addr().expect("it is bound"));
    let app = CountingServer::new(Numbers).into_router();
    runtime.spawn(async { axum::serve(listener, app).await });
    (runtime, url)
}

/// A directory, and a file that is not in it yet.
fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a writable directory");
    let place = directory.path().join("place");
    (directory, place)
}

/// What prints the data of the events after the one that `place` says, and nothing else.
fn resuming<'a>(url: &'a str, place: &'a Path) -> [&'a str; 6] {
    let place = place.to_str().expect("text");
    [url, "-q", "-f", "data", "--resume", place]
}

/// The id that the next run begins after.
fn kept(place: &PathBuf) -> Option<String> {
    let content = fs::read_to_string(place).ok()?;
    let content: serde_json::Value = serde_json::from_str(&content).expect("it is whole");
    content["position"]["last_event_id"]
        .as_str()
        .map(str::to_owned)
}

fn all_of(lines: &str) -> Vec<u64> {
    lines
        .lines()
        .map(|line| line.parse().expect("a number"))
        .collect()
}

#[test]
fn runs_that_are_interrupted_print_every_event_once() {
    let (_runtime, url) = numbers();
    let (_directory, place) = place();
    let arguments = resuming(&url, &place);
    let mut printed = String::new();
    for lines in (1..=10).cycle() {
        let mut run = Run::start(&arguments);
        // The last run has fewer, or none.
        for _ in 0..lines {
            match run.try_line() {
                Some(line) => printed += &line,
                None => break,
            }
        }
        run.signal(Signal::INT);
        let ended = run.end();
        printed += &ended.stdout;
        match ended.status {
            Some(130) => {}
            Some(0) => break,
            _ => panic!("{ended:?}"),
        }
    }
    assert_eq!(all_of(&printed), Vec::from_iter(1..=LAST));
}

#[test]
fn a_run_that_is_killed_may_print_twice_but_loses_nothing() {
    let (_runtime, url) = numbers();
    let (_directory, place) = place();
    let arguments = resuming(&url, &place);
    let mut printed = BTreeSet::new();
    for lines in [1, 20, 3] {
        let mut run = Run::start(&arguments);
        let seen: Vec<_> = (0..lines).map(|_| run.line()).collect();
        run.signal(Signal::KILL);
        let seen = all_of(&(seen.concat() + &run.end().stdout));
        assert!(seen.is_sorted_by(|a, b| a + 1 == *b), "{seen:?}");
        printed.extend(seen);
        let kept = kept(&place).map_or(0, |id| id.parse().expect("a number"));
        assert!(
            (1..=kept).all(|n| printed.contains(&n)),
            "{kept} of {printed:?}"
        );
    }
    let ended = Run::start(&arguments).end();
    assert_eq!(ended.status, Some(0));
    printed.extend(all_of(&ended.stdout));
    assert_eq!(Vec::from_iter(printed), Vec::from_iter(1..=LAST));
}

#[test]
fn a_stream_that_is_over_stays_over() {
    let (_runtime, url) = numbers();
    let (_directory, place) = place();
    let arguments = resuming(&url, &place);
    assert_eq!(
        all_of(&Run::start(&arguments).end().stdout).len() as u64,
        LAST
    );
    let again = Run::start(&arguments).end();
    assert_eq!((again.status, &*again.stdout), (Some(0), ""));
}

#[test]
fn what_came_beyond_the_last_event_that_was_wanted_comes_again() {
    let server = Server::start();
    let (_directory, place) = place();
    let url = server.at("/");
    let arguments = [
        &*url,
        "-q",
        "-e",
        "a",
        "-n",
        "1",
        "--resume",
        place.to_str().expect("text"),
    ];
    let run = Run::start(&arguments);
    server
        .streams()
        .write("id: 1\nevent: b\ndata:\n\nid: 2\nevent: a\ndata:\n\nid: 3\ndata:\n\n");
    assert_eq!(run.end().status, Some(0));
    assert_eq!(kept(&place).as_deref(), Some("2"));

    let _run = Run::start(&arguments);
    assert_eq!(server.asked().header("last-event-id"), "2");
}

#[test]
fn an_id_that_came_without_an_event_is_kept() {
    let server = Server::start();
    let (_directory, place) = place();
    let run = Run::start(&[
        &server.at("/"),
        "-q",
        "--resume",
        place.to_str().expect("text"),
    ]);
    server.streams().write("retry: 0\nid: 9\n\n");
    let again = server.asked();
    assert_eq!(again.header("last-event-id"), "9");
    again.answer("204 No Content", "text/plain", "");
    assert_eq!(run.end().status, Some(0));
    assert_eq!(kept(&place).as_deref(), Some("9"));
}

#[test]
fn an_event_that_could_not_be_printed_comes_again() {
    let server = Server::start();
    let (_directory, place) = place();
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let mut command = sse(&[&server.at("/"), "--resume", place.to_str().expect("text")]);
    let mut run = Run::of(command.stdout(Stdio::from(writer)));
    drop(command);
    let mut stream = server.streams();
    stream.write(&format!(
        "id: 1\ndata: one\n\nid: 2\ndata: {}\n\n",
        "x".repeat(1 << 20)
    ));
    // The first is printed; of the second the pipe takes but the beginning.
    let mut reader = std::io::BufReader::new(reader);
    let mut line = String::new();
    std::io::BufRead::read_line(&mut reader, &mut line).expect("text");
    assert_eq!(line, "message 1  one\n");
    run.signal(Signal::INT);
    assert!(run.said().starts_with("sse: 1 event (3 B)"));
    assert_eq!(run.end().status, Some(130));
    assert_eq!(kept(&place).as_deref(), Some("1"));
}

#[test]
fn a_place_is_kept_while_the_run_goes_on() {
    let server = Server::start();
    let (_directory, place) = place();
    let mut run = Run::start(&[
        &server.at("/"),
        "-f",
        "data",
        "--resume",
        place.to_str().expect("text"),
    ]);
    let mut stream = server.streams();
    for n in ["1", "2"] {
        stream.write(&format!("id: {n}\ndata: {n}\n\n"));
        run.line();
        while kept(&place).as_deref() != Some(n) {
            std::thread::yield_now();
        }
    }
}
