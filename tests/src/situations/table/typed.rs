//! What a client does that knows its endpoint.

use crate::situations::{
    Answer, Call, Case, Client, End, Endpoint, Item, Outcome, Request, Situation,
};

pub(super) fn rows() -> Vec<Situation> {
    vec![
        Situation::new("gap", gaps()),
        Situation::new("problem_for_good", for_good()),
        Situation::new("problem_for_now", for_now()),
        Situation::one("gap_and_problem_of_any_server", of_any_server()),
        Situation::one("unknown_name", unknown_name()),
        Situation::new("event_that_does_not_decode", does_not_decode()),
        Situation::one("ping", ping()),
        Situation::one("done_by_a_variant", done_by_a_variant()),
        Situation::one("done_by_a_text", done_by_a_text()),
        Situation::one("done_by_the_end_of_a_post", done_by_the_end()),
        Situation::one("done_post_that_breaks", done_post_that_breaks()),
        Situation::one("typed_post_that_resumes", resumes()),
    ]
}

fn get() -> Request {
    Request::get().of("/changes")
}

fn after(place: &str) -> Request {
    get().resuming(place)
}

fn added(n: u64) -> Item {
    Item::named("added", format!(r#"{{"n":{n}}}"#))
}

fn on_wire(id: u64, n: u64) -> String {
    format!("id: {id}\nevent: added\ndata: {{\"n\":{n}}}\n\n")
}

fn changes(text: impl AsRef<[u8]>) -> Case {
    Case::new([Answer::stream(text)]).call(Call {
        endpoint: Endpoint::Changes,
        ..Call::default()
    })
}

fn gaps() -> Vec<Case> {
    let gap = |reason: &str, missed: Option<u64>| {
        let told = missed.map_or_else(|| "null".to_owned(), |missed| missed.to_string());
        let gap =
            format!("id: 8\nevent: gap\ndata: {{\"reason\":\"{reason}\",\"missed\":{told}}}\n\n");
        let text = [on_wire(1, 10), gap, on_wire(9, 11)].concat();
        changes(text).called(reason).outcome(Outcome::new(
            [
                added(10).at("1"),
                Item::Gap {
                    reason: reason.to_owned(),
                    missed,
                },
                added(11).at("9"),
            ],
            [get(), after("9")],
        ))
    };
    vec![
        gap("truncated", Some(3)),
        gap("ahead", None),
        gap("reset", None),
        gap("foreign", None),
    ]
}

fn problem(status: u16, title: &str) -> String {
    format!("event: problem\ndata: {{\"status\":{status},\"title\":\"{title}\"}}\n\n")
}

fn failed(status: u16, title: &str) -> Item {
    let title = title.to_owned();
    Item::Problem { status, title }
}

fn for_good() -> Vec<Case> {
    [(403, "Forbidden"), (410, "Gone")]
        .map(|(status, title)| {
            let text = [on_wire(1, 10), problem(status, title)].concat();
            changes(text).called(title).outcome(Outcome::new(
                [added(10).at("1"), failed(status, title)],
                [get()],
            ))
        })
        .into()
}

fn for_now() -> Vec<Case> {
    [
        (408, "Request Timeout"),
        (425, "Too Early"),
        (429, "Too Many Requests"),
        (500, "Internal Server Error"),
        (503, "Service Unavailable"),
    ]
    .map(|(status, title)| {
        let text = [on_wire(1, 10), problem(status, title)].concat();
        changes(text).called(title).outcome(Outcome::new(
            [added(10).at("1"), failed(status, title)],
            [get(), after("1")],
        ))
    })
    .into()
}

/// Without a description these names are names as any other.
fn of_any_server() -> Case {
    let events = [
        ("gap", r#"{"reason":"reset","missed":null}"#),
        ("problem", r#"{"status":404,"title":"Not Found"}"#),
    ];
    let text = events.map(|(name, data)| format!("event: {name}\ndata: {data}\n\n"));
    let items = events.map(|(name, data)| Item::named(name, data));
    Case::new([Answer::stream(text.concat())])
        .outcome(Outcome::of_requests(2, items))
        .not_for(
            Client::TYPED,
            "it knows an endpoint, and what these mean there",
        )
}

/// A newer server sends an event that this client does not know, and it resumes after that.
fn unknown_name() -> Case {
    let newer = "id: 2\nevent: renamed\ndata: {\"to\":1}\n\n";
    changes([&on_wire(1, 10), newer].concat())
        .outcome(Outcome::new([added(10).at("1")], [get(), after("2")]).unknown(1))
}

fn does_not_decode() -> Vec<Case> {
    let case = |name, data: &str, item| {
        let other = format!("id: 2\nevent: added\ndata: {data}\n\n");
        let text = [on_wire(1, 10), other, on_wire(3, 11)].concat();
        changes(text).called(name).outcome(of_other(item))
    };
    let believed = Item::named("added", r#"{"n":"ten"}"#).at("2");
    vec![
        case("no JSON", "ten", Item::Decode),
        case("of another type", r#"{"n":"ten"}"#, Item::Decode).except(
            Client::OF_TYPESCRIPT,
            "no type of TypeScript is there to be asked when it runs",
            of_other(believed),
        ),
    ]
}

/// The event in the middle comes to this.
fn of_other(item: Item) -> Outcome {
    let items = [added(10).at("1"), item, added(11).at("3")];
    Outcome::new(items, [get(), after("3")])
}

fn ping() -> Case {
    let ping = "event: ping\ndata:\n\n";
    changes([ping, &on_wire(1, 10), ping].concat())
        .outcome(Outcome::new([added(10).at("1")], [get(), after("1")]))
}

fn done_by_a_variant() -> Case {
    let finished = "id: 2\nevent: finished\ndata: null\n\n";
    changes([&on_wire(1, 10), finished].concat()).outcome(Outcome::new(
        [added(10).at("1"), Item::named("finished", "null").at("2")],
        [get()],
    ))
}

/// A POST to an endpoint that is told what to speak of, or to do.
fn post(endpoint: Endpoint, script: impl IntoIterator<Item = Answer>) -> Case {
    Case::new(script).call(Call {
        endpoint,
        post: Some("lunch"),
        ..Call::default()
    })
}

fn words(answer: Answer, items: impl IntoIterator<Item = Item>) -> Case {
    let request = Request::post(r#"{"text":"lunch"}"#).of("/words");
    post(Endpoint::Words, [answer]).outcome(Outcome::new(items, [request]))
}

fn done_by_a_text() -> Case {
    let answer = Answer::stream("data: soup\n\ndata: [DONE]\n\n");
    // Nothing of the body counts after that, not even how it ends.
    words(answer.broken(End::Close), [Item::event("soup")])
}

fn done_by_the_end() -> Case {
    words(Answer::stream("data: soup\n\n"), [Item::event("soup")])
}

fn done_post_that_breaks() -> Case {
    let answer = Answer::stream("data: soup\n\n").broken(End::Close);
    let case = words(answer, [Item::event("soup"), Item::Broken]);
    let requests = case.outcome.requests.clone();
    let ended = Outcome::new([Item::event("soup")], requests);
    case.except(
        Client::NODE_20,
        "it does not see that the body breaks off",
        ended,
    )
}

fn resumes() -> Case {
    let request = || Request::post(r#"{"text":"lunch"}"#).of("/job");
    let script = [
        Answer::stream("id: 1\ndata: 10\n\n").broken(End::Close),
        Answer::stream("id: 2\ndata: 20\n\n"),
    ];
    post(Endpoint::Job, script).outcome(Outcome::new(
        [Item::event("10").at("1"), Item::event("20").at("2")],
        [request(), request().resuming("1"), request().resuming("2")],
    ))
}
