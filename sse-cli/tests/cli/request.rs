//! What is asked for.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use crate::program::{Run, sse};
use crate::server::{Asked, Server};

/// What a server is asked for.
fn asked(arguments: &[&str]) -> Asked {
    let server = Server::start();
    let _run = Run::start(&[&[&*server.at("/events?a=b")], arguments].concat());
    server.asked()
}

#[test]
fn a_stream_is_asked_for_with_get_and_a_name() {
    let asked = asked(&[]);
    assert_eq!(asked.line, "GET /events?a=b HTTP/1.1");
    assert_eq!(asked.header("accept"), "text/event-stream");
    assert_eq!(
        asked.header("user-agent"),
        concat!("sse/", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(asked.header("last-event-id"), "");
}

#[test]
fn headers_are_sent_those_of_a_file_too() {
    let file = tempfile::NamedTempFile::new().expect("a writable directory");
    fs::write(file.path(), "authorization: Bearer 7\nx-b: c\n").expect("a writable file");
    let file = format!("@{}", file.path().display());
    let asked = asked(&["-H", "X-A: b", "--header", &file, "-H", "User-Agent: me"]);
    assert_eq!(asked.header("x-a"), "b");
    assert_eq!(asked.header("x-b"), "c");
    assert_eq!(asked.header("authorization"), "Bearer 7");
    assert_eq!(asked.header("user-agent"), "me");
}

#[test]
fn an_id_to_begin_after_is_sent() {
    assert_eq!(
        asked(&["--last-event-id", "a-7"]).header("last-event-id"),
        "a-7"
    );
}

#[test]
fn data_is_posted_as_what_it_is() {
    let json = asked(&["-d", r#"{"prompt": "a joke"}"#]);
    assert_eq!(json.line, "POST /events?a=b HTTP/1.1");
    assert_eq!(json.header("content-type"), "application/json");
    assert_eq!(json.body, r#"{"prompt": "a joke"}"#);

    let text = asked(&["--data", "- a joke"]);
    assert_eq!(text.header("content-type"), "text/plain");

    let form = asked(&[
        "-d",
        "a=b",
        "-H",
        "Content-Type: application/x-www-form-urlencoded",
    ]);
    assert_eq!(
        form.header("content-type"),
        "application/x-www-form-urlencoded"
    );
    assert_eq!(form.body, "a=b");
}

#[test]
fn data_is_read_from_a_file_or_from_stdin() {
    let file = tempfile::NamedTempFile::new().expect("a writable directory");
    fs::write(file.path(), "[1]").expect("a writable file");
    assert_eq!(
        asked(&["-d", &format!("@{}", file.path().display())]).body,
        "[1]"
    );

    let server = Server::start();
    let mut command = sse(&[&server.at("/"), "-d", "@-"]);
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    writer.write_all(b"[2]").expect("it has room");
    drop(writer);
    let _run = Run::of(command.stdin(Stdio::from(reader)));
    assert_eq!(server.asked().body, "[2]");
}

#[test]
fn a_post_needs_no_data() {
    let asked = asked(&["-X", "post"]);
    assert_eq!(asked.line, "POST /events?a=b HTTP/1.1");
    assert_eq!(asked.header("content-type"), "");
}
