//! Answers that are no event stream.

use crate::situations::{Answer, Call, Case, Client, Item, Outcome, Policy, Request, Situation};

const EVENT: &str = "id: 1\ndata: a\n\n";

pub(super) fn rows() -> Vec<Situation> {
    vec![
        Situation::new("temporary_status", temporary()),
        Situation::new("retry_after", retry_after()),
        Situation::new("retry_after_out_of_bounds", retry_after_out_of_bounds()),
        Situation::new("permanent_status", permanent()),
        Situation::new("success_without_a_stream", success()),
        Situation::new("wrong_content_type", wrong_content_type()),
        Situation::new("content_type_in_other_words", right_content_type()),
        Situation::one("gzip", gzip()),
    ]
}

/// What ends a stream at once.
fn ends(answer: Answer, item: Item) -> Case {
    Case::new([answer]).outcome(Outcome::of_requests(1, [item]))
}

/// What is tried again, after which an event comes.
fn again(answer: Answer) -> Case {
    Case::new([answer, Answer::stream(EVENT)]).outcome(Outcome::new(
        [Item::event("a").at("1")],
        [Request::get(), Request::get(), Request::after("1")],
    ))
}

fn temporary() -> Vec<Case> {
    let statuses = [
        "408 Request Timeout",
        "425 Too Early",
        "429 Too Many Requests",
        "500 Internal Server Error",
        "503 Service Unavailable",
        "504 Gateway Timeout",
        "599 Who Knows",
    ];
    let of_proxy = Answer::page("502 Bad Gateway", "text/html", "<h1>502 Bad Gateway</h1>");
    let statuses = statuses.map(|status| again(Answer::problem(status, "x")).called(status));
    let of_proxy = again(of_proxy).called("502 Bad Gateway, html");
    statuses.into_iter().chain([of_proxy]).collect()
}

/// A server that wants to be left alone for so long, and a client that never waits longer than that.
fn busy(retry_after: &str, ceiling_ms: u64) -> Case {
    let answer = Answer::problem("429 Too Many Requests", "x").header("retry-after", retry_after);
    again(answer.header("date", "Fri, 31 Dec 1999 23:59:58 GMT"))
        .called(retry_after)
        .call(Call {
            policy: Policy {
                ceiling_ms,
                ..Policy::default()
            },
            ..Call::default()
        })
}

/// A second, also by the clock of the server.
fn retry_after() -> Vec<Case> {
    ["1", "Fri, 31 Dec 1999 23:59:59 GMT"]
        .map(|value| {
            let case = busy(value, 2000);
            let outcome = case.outcome.clone().takes_ms(990);
            case.outcome(outcome)
        })
        .into()
}

fn retry_after_out_of_bounds() -> Vec<Case> {
    ["999999", "Fri, 31 Dec 1999 23:59:57 GMT", "soon", "-1"]
        .map(|value| busy(value, 5))
        .into()
}

fn permanent() -> Vec<Case> {
    let statuses = [
        (400, "400 Bad Request"),
        (401, "401 Unauthorized"),
        (403, "403 Forbidden"),
        (404, "404 Not Found"),
        (410, "410 Gone"),
        (499, "499 Of A Proxy"),
    ];
    let problems = statuses.map(|(status, line)| {
        let item = Item::status(status, Some("none of that"));
        ends(Answer::problem(line, "none of that"), item).called(line)
    });
    let html = Answer::page("404 Not Found", "text/html", "<h1>404 Not Found</h1>");
    let html = ends(html, Item::status(404, None));
    problems
        .into_iter()
        .chain([html.called("404 Not Found, html")])
        .collect()
}

/// Only 200 is a stream, and only 204 an end.
fn success() -> Vec<Case> {
    let statuses = [
        (201, "201 Created"),
        (202, "202 Accepted"),
        (205, "205 Reset Content"),
        (206, "206 Partial Content"),
        (299, "299 Who Knows"),
    ];
    let mut cases: Vec<_> = statuses
        .map(|(status, line)| {
            let stream = match status {
                205 => Answer::empty(line),
                _ => Answer::page(line, "text/event-stream", EVENT),
            };
            ends(stream, Item::status(status, None)).called(line)
        })
        .into();
    let switching = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n";
    let item = Item::status(101, None);
    let switching = ends(Answer::raw(switching), item).called("101 Switching Protocols");
    cases.push(switching.not_for(Client::OF_FETCH, "fetch tells of no 101"));
    cases
}

fn wrong_content_type() -> Vec<Case> {
    let mut cases: Vec<_> = [
        "text/html",
        "application/json",
        "text/event-streams",
        "text/plain; x=text/event-stream",
    ]
    .map(|content_type| {
        let page = Answer::page("200 OK", content_type, r#"{"data": "a"}"#);
        ends(page, Item::ContentType).called(content_type)
    })
    .into();
    cases.push(ends(Answer::stream_of("", [EVENT]), Item::ContentType).called("none"));
    cases
}

fn right_content_type() -> Vec<Case> {
    [
        "text/event-stream;charset=utf-8",
        "text/event-stream; charset=UTF-8",
        "Text/Event-Stream",
        "text/event-stream;",
        "text/event-stream ; x=\"y\"",
    ]
    .map(|content_type| {
        let stream = Answer::stream_of(&format!("content-type: {content_type}\r\n"), [EVENT]);
        Case::new([stream])
            .called(content_type)
            .outcome(Outcome::new(
                [Item::event("a").at("1")],
                [Request::get(), Request::after("1")],
            ))
    })
    .into()
}

/// `data: a` and a blank line, as `gzip -n` makes it.
const GZIPPED: &[u8] = &[
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x4b, 0x49, 0x2c, 0x49, 0xb4, 0x52,
    0x48, 0xe4, 0xe2, 0x02, 0x00, 0x7e, 0xe3, 0xc4, 0x38, 0x09, 0x00, 0x00, 0x00,
];

fn gzip() -> Case {
    let head = "content-type: text/event-stream\r\ncontent-encoding: gzip\r\n";
    ends(Answer::stream_of(head, [GZIPPED]), Item::ContentEncoding).except(
        Client::OF_FETCH,
        "fetch asks for it, and decompresses it",
        Outcome::of_requests(2, [Item::event("a")]),
    )
}
