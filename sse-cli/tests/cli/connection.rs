//! Connections that are lost, and those that are not had.

use crate::program::{Run, run};
use crate::server::Server;

#[test]
fn a_stream_that_ends_is_asked_for_again_from_where_it_was() {
    let server = Server::start();
    let run = Run::start(&[&server.at("/"), "-n", "2", "-f", "data"]);
    server.streams().write("retry: 0\nid: 7\ndata: one\n\n");
    let mut again = server.streams();
    assert_eq!(again.header("last-event-id"), "7");
    again.write("data: two\n\n");
    let ended = run.end();
    assert_eq!(ended.stdout, "one\ntwo\n");
    assert!(
        ended
            .stderr
            .starts_with("sse: the server ended the stream; again in 0."),
        "{ended:?}"
    );
    assert!(
        ended
            .stderr
            .contains("sse: 2 events (6 B), 1 reconnect, 0 gaps in "),
        "{ended:?}"
    );
}

#[test]
fn a_server_that_is_busy_is_asked_again() {
    let server = Server::start();
    let run = Run::start(&[&server.at("/"), "-n", "1", "-q"]);
    server.asked().write(
        "HTTP/1.1 503 Busy\r\nretry-after: 0\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    );
    server.streams().write("data: 1\n\n");
    let ended = run.end();
    assert_eq!(
        (ended.status, &*ended.stdout, &*ended.stderr),
        (Some(0), "message  1\n", "")
    );
}

#[test]
fn one_connection_is_enough_for_who_says_so() {
    let server = Server::start();
    let run = Run::start(&[&server.at("/"), "--no-reconnect", "-q"]);
    server.streams().write("data: 1\n\n");
    let ended = run.end();
    assert_eq!(
        (ended.status, &*ended.stdout, &*ended.stderr),
        (Some(0), "message  1\n", "")
    );

    // One that has brought no event is as good.
    let run = Run::start(&[&server.at("/"), "--no-reconnect", "-q"]);
    drop(server.streams());
    assert_eq!(run.end().status, Some(0));
}

#[test]
fn the_only_connection_has_to_end_well() {
    let server = Server::start();
    let run = Run::start(&[&server.at("/"), "--no-reconnect", "-q"]);
    let mut asked = server.asked();
    asked.write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 90\r\n\r\ndata: 1\n\n");
    drop(asked);
    let ended = run.end();
    assert_eq!((ended.status, &*ended.stdout), (Some(1), "message  1\n"));
    assert!(
        ended.stderr.starts_with("sse: the stream broke off"),
        "{ended:?}"
    );
}

#[test]
fn attempts_in_a_row_have_an_end() {
    let server = Server::start();
    let run = Run::start(&[&server.at("/"), "--max-attempts", "2"]);
    for _ in 0..2 {
        server.asked().write(
            "HTTP/1.1 503 Busy\r\nretry-after: 0\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        );
    }
    let ended = run.end();
    assert_eq!(ended.status, Some(1));
    let last = ended.stderr.lines().last().expect("it says why");
    assert!(
        last.starts_with("sse: gave up after 2 attempts in "),
        "{ended:?}"
    );
    assert!(
        last.ends_with("the server refused: status 503"),
        "{ended:?}"
    );
}

#[test]
fn a_server_that_is_not_there_is_an_error_that_says_so() {
    let url = Server::start().at("/");
    let ended = run(&[&url, "--no-reconnect"]);
    assert_eq!(ended.status, Some(1));
    assert!(
        ended
            .stderr
            .starts_with("sse: there is no connection to the server: "),
        "{ended:?}"
    );
    assert!(
        ended.stderr.to_lowercase().contains("connection refused"),
        "{ended:?}"
    );
}

#[test]
fn a_silent_connection_is_given_up_where_one_says_for_how_long() {
    let server = Server::start();
    let run = Run::start(&[
        &server.at("/"),
        "--idle-timeout",
        "100ms",
        "-n",
        "2",
        "-f",
        "data",
    ]);
    let mut silent = server.asked();
    silent.stream("retry: 0\nid: 7\ndata: one\n\n");
    let mut again = server.asked();
    silent.left();
    assert_eq!(again.header("last-event-id"), "7");
    again.stream("data: two\n\n");
    assert_eq!(run.end().stdout, "one\ntwo\n");
}

#[test]
fn a_post_is_sent_once() {
    let server = Server::start();
    let run = Run::start(&[&server.at("/"), "-d", "{}", "-q", "-f", "data"]);
    server.streams().write("data: 1\n\n");
    let ended = run.end();
    assert_eq!(
        (ended.status, &*ended.stdout, &*ended.stderr),
        (Some(0), "1\n", "")
    );
}

#[test]
fn a_post_that_resumes_is_sent_again() {
    let directory = tempfile::tempdir().expect("a writable directory");
    let place = directory.path().join("place");
    let server = Server::start();
    let place = place.to_str().expect("text");
    let run = Run::start(&[&server.at("/"), "-d", "{}", "-n", "2", "--resume", place]);
    server.streams().write("retry: 0\nid: 7\ndata: 1\n\n");
    let mut again = server.streams();
    assert_eq!((again.header("last-event-id"), &*again.body), ("7", "{}"));
    again.write("data: 2\n\n");
    assert_eq!(run.end().status, Some(0));
}
