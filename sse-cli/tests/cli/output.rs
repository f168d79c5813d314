//! What is printed.

use crate::program::{Run, run};
use crate::server::Server;

/// What is printed of an event, and of one that is nothing but data.
fn printed(arguments: &[&str]) -> String {
    let server = Server::start();
    let url = server.at("/events");
    let run = Run::start(&[&[&*url, "-n", "2", "-q"], arguments].concat());
    let mut stream = server.streams();
    stream.write(
        "id: 7\nevent: alert\ndata: {\"a\":\ndata:  1}\n\n: a comment\n\ndata: is\x1bfull\n\n",
    );
    let ended = run.end();
    assert_eq!((ended.status, &*ended.stderr), (Some(0), ""));
    ended.stdout
}

#[test]
fn text_is_the_default() {
    assert_eq!(
        printed(&[]),
        "alert 7  {\"a\":\n   1}\nmessage  is\x1bfull\n"
    );
    assert_eq!(printed(&["--format", "text"]), printed(&[]));
}

#[test]
fn data_is_printed_alone() {
    assert_eq!(printed(&["--format", "data"]), "{\"a\":\n 1}\nis\x1bfull\n");
}

#[test]
fn json_has_a_line_for_each_event() {
    assert_eq!(
        printed(&["-f", "json"]),
        concat!(
            r#"{"event":"alert","id":"7","data":"{\"a\":\n 1}"}"#,
            "\n",
            r#"{"event":"message","id":null,"data":"is\u001bfull"}"#,
            "\n",
        )
    );
}

#[test]
fn data_that_is_json_is_parsed_where_one_asks_for_it() {
    assert_eq!(
        printed(&["-f", "json", "--parse-data"]),
        concat!(
            r#"{"event":"alert","id":"7","data":{"a":  1}}"#,
            "\n",
            r#"{"event":"message","id":null,"data":"is\u001bfull"}"#,
            "\n",
        )
    );
}

#[test]
fn an_event_stream_can_be_printed_again() {
    assert_eq!(
        printed(&["-f", "sse"]),
        "id: 7\nevent: alert\ndata: {\"a\":\ndata:  1}\n\ndata: is\x1bfull\n\n"
    );
}

#[test]
fn an_event_is_printed_when_it_comes() {
    let server = Server::start();
    let mut run = Run::start(&[&server.at("/"), "-f", "data"]);
    let mut stream = server.streams();
    for data in ["one", "two"] {
        stream.write(&format!("data: {data}\n\n"));
        assert_eq!(run.line(), format!("{data}\n"));
    }
}

#[test]
fn only_events_of_the_given_names_are_printed_and_counted() {
    let server = Server::start();
    let run = Run::start(&[
        &server.at("/"),
        "-e",
        "a",
        "--event",
        "message",
        "-n",
        "2",
        "-f",
        "data",
    ]);
    server
        .streams()
        .write("event: b\ndata: 1\n\nevent: a\ndata: 2\n\ndata: 3\n\nevent: a\ndata: 4\n\n");
    let ended = run.end();
    assert_eq!(ended.stdout, "2\n3\n");
    assert!(
        ended
            .stderr
            .starts_with("sse: 2 events (2 B), 0 reconnects, 0 gaps in "),
        "{ended:?}"
    );
}

#[test]
fn an_event_that_is_too_long_is_left_out_and_told() {
    let server = Server::start();
    let run = Run::start(&[
        &server.at("/"),
        "-n",
        "1",
        "--max-event-size",
        "1KiB",
        "-f",
        "data",
    ]);
    let long = "x".repeat(2048);
    server
        .streams()
        .write(&format!("data: {long}\n\ndata: short\n\n"));
    let ended = run.end();
    assert_eq!(ended.stdout, "short\n");
    assert!(ended.stderr.contains("--max-event-size"), "{ended:?}");
    assert!(ended.stderr.contains("0 gaps, 1 left out in"), "{ended:?}");
}

#[test]
fn a_gap_is_counted_and_told_where_it_is_not_printed() {
    let server = Server::start();
    let run = Run::start(&[&server.at("/"), "-e", "alert", "-n", "1"]);
    let gap = "event: gap\ndata: {\"reason\":\"truncated\",\"missed\":50}\n\n";
    server
        .streams()
        .write(&format!("{gap}event: alert\ndata: 1\n\n"));
    let ended = run.end();
    assert!(
        ended
            .stderr
            .starts_with("sse: 50 events that came after the given id are gone\n"),
        "{ended:?}"
    );
    assert!(ended.stderr.contains("1 gap in"), "{ended:?}");
}

#[test]
fn what_is_asked_and_answered_is_said_to_who_wants_to_know() {
    let server = Server::start();
    let run = Run::start(&[
        &server.at("/a"),
        "-n",
        "1",
        "--verbose",
        "--last-event-id",
        "7",
    ]);
    server.streams().write("data: 1\n\n");
    let ended = run.end();
    let asked = format!(
        "asking method=GET url=http://{} last_event_id=Some(\"7\")\n",
        server.at("/a")
    );
    assert!(ended.stderr.starts_with(&asked), "{ended:?}");
    assert!(ended.stderr.contains("answered status=200 "), "{ended:?}");
}

#[test]
fn help_names_every_option_of_the_readme() {
    let help = run(&["--help"]).stdout;
    let readme = include_str!("../../README.md");
    let options = readme
        .split(['`', ' ', '\n'])
        .filter(|word| word.starts_with("--"));
    for option in options {
        assert!(help.contains(option), "{option}");
    }
}
