//! Answers that send a client elsewhere.

use crate::situations::{Answer, Call, Case, Client, Item, Origin, Outcome, Request, Situation};

const EVENT: &str = "id: 1\ndata: a\n\n";

/// What only the server that a client was given may see.
const SECRETS: &[(&str, &str)] = &[("authorization", "Bearer secret"), ("x-custom", "secret")];
/// What a page may not set.
const COOKIE: &[(&str, &str)] = &[("cookie", "session=secret")];

const STATUSES: [&str; 5] = [
    "301 Moved Permanently",
    "302 Found",
    "303 See Other",
    "307 Temporary Redirect",
    "308 Permanent Redirect",
];

pub(super) fn rows() -> Vec<Situation> {
    vec![
        Situation::new("redirect_to_the_same_origin", same_origin()),
        Situation::new("redirect_to_another_origin", another_origin()),
        Situation::one("redirect_there_and_back", there_and_back()),
        Situation::one("redirects_without_end", without_end()),
        Situation::new("redirect_to_nowhere", to_nowhere()),
        Situation::new("redirect_of_a_post", of_a_post()),
        Situation::one(
            "redirect_of_a_post_to_another_origin",
            of_a_post_elsewhere(),
        ),
    ]
}

fn event() -> Item {
    Item::event("a").at("1")
}

fn with(headers: &'static [(&'static str, &'static str)]) -> Call {
    Call {
        headers,
        ..Call::default()
    }
}

/// Where it was sent is not where it begins the next time.
fn same_origin() -> Vec<Case> {
    let case = |status, location: &str, path| {
        Case::new([Answer::redirect(status, location), Answer::stream(EVENT)])
            .call(with(SECRETS))
            .outcome(Outcome::new(
                [event()],
                [
                    Request::get().with(SECRETS),
                    Request::get().of(path).with(SECRETS),
                    Request::after("1").with(SECRETS),
                ],
            ))
    };
    let absolute = STATUSES.map(|status| case(status, "{home}/there", "/there").called(status));
    let relative = case("302 Found", "there?x=1", "/there?x=1").called("relative");
    absolute.into_iter().chain([relative]).collect()
}

fn another_origin() -> Vec<Case> {
    let outcome = |secrets, seen| {
        let there = Request::after("0").of("/there").to(Origin::Foreign);
        Outcome::new(
            [event()],
            [
                Request::after("0").with(secrets),
                there.with(seen),
                Request::after("1").with(secrets),
            ],
        )
    };
    let case = |status, headers| {
        let redirect = Answer::redirect(status, "{foreign}/there");
        Case::new([redirect, Answer::stream(EVENT)])
            .call(Call {
                last_event_id: Some("0"),
                ..with(headers)
            })
            .outcome(outcome(headers, &[]))
    };
    let mut cases: Vec<_> = STATUSES
        .map(|status| {
            let custom = outcome(SECRETS, &SECRETS[1..]);
            let case = case(status, SECRETS).called(status);
            case.except(
                Client::BROWSERS,
                "they take away no header but Authorization",
                custom,
            )
        })
        .into();
    let cookie = case("302 Found", COOKIE).called("a cookie");
    cases.push(cookie.not_for(Client::BROWSERS, "a page sets no Cookie header"));
    cases
}

/// What was sent elsewhere once is not trusted with secrets at home.
fn there_and_back() -> Case {
    let outcome = |seen| {
        Outcome::new(
            [event()],
            [
                Request::get().with(SECRETS),
                Request::get().of("/there").to(Origin::Foreign).with(seen),
                Request::get().of("/back").with(seen),
                Request::after("1").with(SECRETS),
            ],
        )
    };
    Case::new([
        Answer::redirect("302 Found", "{foreign}/there"),
        Answer::redirect("302 Found", "{home}/back"),
        Answer::stream(EVENT),
    ])
    .call(with(SECRETS))
    .outcome(outcome(&[]))
    .except(
        Client::BROWSERS,
        "they take away no header but Authorization",
        outcome(&SECRETS[1..]),
    )
}

fn without_end() -> Case {
    let again = || Answer::redirect("302 Found", "{home}/events");
    Case::new([again(), again(), again(), again(), again()])
        .call(Call {
            max_redirects: Some(3),
            ..Call::default()
        })
        .outcome(Outcome::of_requests(4, [Item::Redirect]))
        .not_for(Client::BROWSERS, "they follow redirects by themselves")
}

fn to_nowhere() -> Vec<Case> {
    let refused = |answer| {
        let case = Case::new([answer]);
        case.outcome(Outcome::of_requests(1, [Item::Redirect]))
    };
    let plain = refused(Answer::empty("302 Found")).called("no Location");
    let status = Item::status(302, None);
    let plain = plain.except(
        Client::TYPESCRIPT_OF_PAGES,
        "it takes it for no redirect",
        Outcome::of_requests(1, [status]),
    );
    let schemes = [
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "data:text/event-stream,data:%20a%0A%0A",
    ];
    let schemes = schemes.map(|location| {
        let case = refused(Answer::redirect("302 Found", location)).called(location);
        case.not_for(Client::BROWSERS, "they do not tell why they fail")
    });
    let unreadable = refused(Answer::redirect("302 Found", "http://[")).called("http://[");
    let unreadable = unreadable.not_for(Client::BROWSERS, "they do not tell why they fail");
    [plain, unreadable].into_iter().chain(schemes).collect()
}

/// A POST that the other server is to have, and what Fetch makes of one that is answered there.
fn of_a_post() -> Vec<Case> {
    STATUSES
        .map(|status| {
            let there = match status.get(..3) {
                Some("307" | "308") => Request::post("hello"),
                _ => Request::get(),
            };
            let redirect = Answer::redirect(status, "{home}/there");
            Case::new([redirect, Answer::stream(EVENT)])
                .called(status)
                .call(Call {
                    post: Some("hello"),
                    ..with(SECRETS)
                })
                .outcome(Outcome::new(
                    [event()],
                    [
                        Request::post("hello").with(SECRETS),
                        there.of("/there").with(SECRETS),
                    ],
                ))
        })
        .into()
}

/// The body is the user's own.
fn of_a_post_elsewhere() -> Case {
    Case::new([Answer::redirect(
        "307 Temporary Redirect",
        "{foreign}/there",
    )])
    .call(Call {
        post: Some("hello"),
        ..Call::default()
    })
    .outcome(Outcome::new([Item::Redirect], [Request::post("hello")]))
    .not_for(Client::BROWSERS, "they follow redirects by themselves")
}
