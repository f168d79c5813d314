//! Connections that end, break, or never come about.

use crate::situations::{
    Answer, Call, Case, Client, End, Item, Origin, Outcome, Policy, Request, Situation,
};

const EVENT: &str = "id: 1\ndata: a\n\n";

pub(super) fn rows() -> Vec<Situation> {
    vec![
        Situation::one("clean_close", comes_back(Answer::stream(EVENT))),
        Situation::new(
            "broken_body",
            [
                ("FIN", Answer::stream(EVENT).broken(End::Close)),
                ("RST", Answer::stream(EVENT).broken(End::Reset)),
                ("Content-Length not reached", short_of_its_length()),
            ]
            .map(|(name, answer)| comes_back(answer).called(name)),
        ),
        Situation::new(
            "broken_head",
            [
                ("", End::Close),
                ("", End::Reset),
                ("HTTP/1.1 200 OK\r\ncontent-ty", End::Close),
                ("HTTP/1.1 200 OK\r\ncontent-ty", End::Reset),
            ]
            .map(|(head, end)| broken_head(head, end)),
        ),
        Situation::one(
            "connection_refused",
            Case::new([Answer::stream(EVENT)])
                .call(Call {
                    refused: true,
                    ..Call::default()
                })
                .outcome(
                    Outcome::new([event()], [Request::get(), Request::after("1")])
                        .from(Origin::Late),
                ),
        ),
        Situation::one(
            "half_open_silence",
            comes_back(Answer::stream(EVENT).broken(End::Silence)).call(Call {
                watchdog_ms: Some(1000),
                ..Call::default()
            }),
        ),
        Situation::one("heartbeats", heartbeats()),
        Situation::one("busy_user", busy_user()),
        Situation::one(
            "status_204",
            Case::new([Answer::stop()]).outcome(Outcome::of_requests(1, [])),
        ),
        Situation::new(
            "reserved_end_id",
            // Where the endpoint has a text of `done`, it is in the same block.
            [("alone", ""), ("with data", "data: [DONE]\n")].map(|(name, data)| {
                let end = format!("{EVENT}id: sse-runtime:end-of-stream\n{data}\n");
                let case = Case::new([Answer::stream(end)]).called(name);
                case.outcome(Outcome::of_requests(1, [event()]))
            }),
        ),
        Situation::one("attempts_run_out", runs_out()),
        Situation::one("fresh_headers", fresh_headers()),
    ]
}

fn event() -> Item {
    Item::event("a").at("1")
}

/// A client that was told one event comes back for more.
fn comes_back(answer: Answer) -> Case {
    let requests = [Request::get(), Request::after("1")];
    Case::new([answer]).outcome(Outcome::new([event()], requests))
}

/// Together they take longer than the watchdog waits.
fn heartbeats() -> Case {
    let chunks = [":\n", ":\n", ":\n", ":\n", EVENT];
    comes_back(Answer::chunks(chunks).paced_ms(500)).call(Call {
        watchdog_ms: Some(1500),
        ..Call::default()
    })
}

/// Events that wait to be asked for are no silence.
fn busy_user() -> Case {
    Case::new([Answer::chunks([EVENT, "id: 2\ndata: b\n\n"])])
        .call(Call {
            watchdog_ms: Some(1000),
            busy_ms: 1200,
            ..Call::default()
        })
        .outcome(Outcome::new(
            [event(), Item::event("b").at("2")],
            [Request::get(), Request::after("2")],
        ))
}

fn broken_head(head: &str, end: End) -> Case {
    let answers = [Answer::raw(head).ends(end), Answer::stream(EVENT)];
    let case = Case::new(answers)
        .called(format!("{} bytes, {end:?}", head.len()))
        .outcome(Outcome::new(
            [event()],
            [Request::get(), Request::get(), Request::after("1")],
        ));
    match (head, end) {
        ("", _) | (_, End::Reset | End::Silence) => case,
        (_, End::Close) => case.except(
            Client::BROWSERS,
            "Chromium takes it for a whole one",
            Outcome::of_requests(1, [Item::ContentType]),
        ),
    }
}

fn short_of_its_length() -> Answer {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 1000\r\n\r\n";
    Answer::raw(&format!("{head}{EVENT}")).body(EVENT.len())
}

fn runs_out() -> Case {
    let unavailable = || Answer::problem("503 Service Unavailable", "Service Unavailable");
    let script = [
        unavailable(),
        // An event makes up for all attempts before it.
        Answer::stream(EVENT),
        unavailable(),
        unavailable(),
        unavailable(),
    ];
    Case::new(script)
        .call(Call {
            policy: Policy {
                max_attempts: Some(3),
                ..Policy::default()
            },
            ..Call::default()
        })
        .outcome(Outcome::new(
            [event(), Item::status(503, Some("Service Unavailable"))],
            [
                Request::get(),
                Request::get(),
                Request::after("1"),
                Request::after("1"),
                Request::after("1"),
            ],
        ))
}

/// The user gives each attempt a token of its own.
fn fresh_headers() -> Case {
    let bearer = |request: Request, token| request.with(&[("authorization", token)]);
    Case::new([Answer::stream(EVENT)])
        .call(Call {
            fresh_tokens: true,
            ..Call::default()
        })
        .outcome(Outcome::new(
            [event()],
            [
                bearer(Request::get(), "Bearer 1"),
                bearer(Request::after("1"), "Bearer 2"),
            ],
        ))
}
