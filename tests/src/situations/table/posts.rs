//! Requests that do something.

use crate::situations::{
    Answer, Call, Case, Client, End, Item, Origin, Outcome, Request, Situation,
};

const BODY: &str = "hello";
const EVENT: &str = "id: 1\ndata: a\n\n";

pub(super) fn rows() -> Vec<Situation> {
    let unavailable = Answer::problem("503 Service Unavailable", "x");
    let busy = Answer::problem("429 Too Many Requests", "x");
    vec![
        Situation::one("post_that_ends", once([Answer::stream(EVENT)], [event()])),
        Situation::new(
            "post_that_breaks",
            [
                once([broken()], [event(), Item::Broken])
                    .called("after an event")
                    .except(
                        Client::NODE_20,
                        "it does not see that the body breaks off",
                        Outcome::new([event()], [Request::post(BODY)]),
                    ),
                once([Answer::raw("").ends(End::Reset)], [Item::Broken]).called("before its head"),
            ],
        ),
        Situation::new(
            "post_that_fails",
            [(500, "500 Internal Server Error"), (502, "502 Bad Gateway")].map(|(status, line)| {
                let item = Item::status(status, Some("x"));
                once([Answer::problem(line, "x")], [item]).called(line)
            }),
        ),
        Situation::new(
            "post_that_is_refused",
            [("503", unavailable), ("429", busy)].map(|(name, refusal)| {
                let twice = vec![Request::post(BODY); 2];
                post([refusal, Answer::stream(EVENT)], false)
                    .called(name)
                    .outcome(Outcome::new([event()], twice))
            }),
        ),
        Situation::one("post_to_nobody", to_nobody()),
        Situation::one(
            "post_that_resumes",
            post([broken(), Answer::stream("id: 2\ndata: b\n\n")], true).outcome(Outcome::new(
                [event(), Item::event("b").at("2")],
                [
                    Request::post(BODY),
                    Request::post(BODY).resuming("1"),
                    Request::post(BODY).resuming("2"),
                ],
            )),
        ),
    ]
}

/// Nobody can have acted on it.
fn to_nobody() -> Case {
    let taken = Outcome::new([event()], [Request::post(BODY)]).from(Origin::Late);
    let call = Call {
        post: Some(BODY),
        refused: true,
        ..Call::default()
    };
    let case = Case::new([Answer::stream(EVENT)]);
    case.call(call).outcome(taken).except(
        Client::BROWSERS,
        "they do not tell that nobody had it",
        Outcome::new([Item::Broken], []),
    )
}

fn event() -> Item {
    Item::event("a").at("1")
}

fn broken() -> Answer {
    Answer::stream(EVENT).broken(End::Close)
}

fn post(script: impl IntoIterator<Item = Answer>, repeatable: bool) -> Case {
    Case::new(script).call(Call {
        post: Some(BODY),
        repeatable,
        ..Call::default()
    })
}

/// A POST that is not made a second time.
fn once(script: impl IntoIterator<Item = Answer>, items: impl IntoIterator<Item = Item>) -> Case {
    post(script, false).outcome(Outcome::new(items, [Request::post(BODY)]))
}
