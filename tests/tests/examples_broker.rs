//! The example `broker` as one runs it.

mod subscription;

use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};
use subscription::Subscription;
use tests::Example;

fn at(path: &str) -> Example {
    Example::start_with("broker", |command| {
        command.arg(path);
    })
}

async fn request(method: Method, url: &str) -> Response {
    let response = Client::new().request(method, url).send().await;
    response.expect("the server answers")
}

/// Publishes, and returns the id.
async fn publish(broker: &Example, channel: &str, event: &str, data: &Value) -> String {
    let url = broker.at(&format!("/events/channels/{channel}?event={event}"));
    let response = Client::new().post(url).json(data).send().await;
    let response = response.expect("the server answers");
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    let answer: Value = response.json().await.expect("the answer is JSON");
    answer["id"].as_str().expect("an id is a text").to_owned()
}

async fn clients(broker: &Example) -> u64 {
    let response = request(Method::GET, &broker.at("/events/clients")).await;
    let answer: Value = response.json().await.expect("the answer is JSON");
    answer["clients"].as_u64().expect("a count is a number")
}

/// The next event, without its id.
async fn event(stream: &mut Subscription) -> String {
    loop {
        let block = stream.block().await.expect("the stream goes on");
        if let Some((_, event)) = block.split_once('\n') {
            return event.to_owned();
        }
    }
}

#[tokio::test]
async fn a_client_follows_one_channel_or_all() {
    let broker = Example::start("broker");
    let mut system = Subscription::open(&broker.at("/events?channel=system")).await;
    let mut all = Subscription::open(&broker.at("/events")).await;
    let mut also_all = Subscription::open(&broker.at("/events?channel=")).await;
    publish(&broker, "weather", "rain", &json!({ "mm": 3 })).await;
    publish(&broker, "system", "ready", &json!({ "status": "ok" })).await;

    let rain = "event: rain\ndata: {\"mm\":3}";
    let ready = "event: ready\ndata: {\"status\":\"ok\"}";
    assert_eq!(event(&mut system).await, ready);
    for stream in [&mut all, &mut also_all] {
        assert_eq!(event(stream).await, rain);
        assert_eq!(event(stream).await, ready);
    }
}

#[tokio::test]
async fn data_is_always_json_and_the_name_is_chosen_by_the_publisher() {
    let broker = Example::start("broker");
    let mut stream = Subscription::open(&broker.at("/events?channel=c")).await;
    for (name, data, expected) in [
        (
            "a%20name",
            json!("two\nlines"),
            "event: a name\ndata: \"two\\nlines\"",
        ),
        ("n", json!(null), "event: n\ndata: null"),
        ("n", json!([1, 2.5]), "event: n\ndata: [1,2.5]"),
    ] {
        publish(&broker, "c", name, &data).await;
        assert_eq!(event(&mut stream).await, expected);
    }
    let url = broker.at("/events/channels/c");
    let unnamed = Client::new().post(url).json(&json!({})).send().await;
    assert!(unnamed.is_ok_and(|response| response.status() == StatusCode::ACCEPTED));
    assert_eq!(event(&mut stream).await, "data: {}");
}

#[tokio::test]
async fn who_comes_back_gets_what_was_missed() {
    let broker = Example::start("broker");
    let mut all = Subscription::open(&broker.at("/events")).await;
    let mut ids = Vec::new();
    for n in 1..=3 {
        ids.push(publish(&broker, "c", "n", &json!(n)).await);
    }
    let [place, one] = all.blocks().await;
    assert!(place.starts_with("id: "), "{place}");
    let id = one
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("id: "));
    let id = id.expect("an event of a log has an id");

    let mut stream = Subscription::resume(&broker.at("/events?channel=c"), &ids[0]).await;
    let expected =
        [(&ids[1], 2), (&ids[2], 3)].map(|(id, n)| format!("id: {id}\nevent: n\ndata: {n}"));
    assert_eq!(stream.blocks().await, expected);
    let mut all = Subscription::resume(&broker.at("/events"), id).await;
    for n in [2, 3] {
        assert_eq!(event(&mut all).await, format!("event: n\ndata: {n}"));
    }
}

#[tokio::test]
async fn the_path_is_what_someone_who_typed_it_meant() {
    for (given, path) in [
        ("", "/events"),
        (" \t", "/events"),
        ("/", "/events"),
        (" // ", "/events"),
        ("feed", "/feed"),
        ("/feed/", "/feed"),
        ("  //feed// ", "/feed"),
        ("v1/feed", "/v1/feed"),
    ] {
        let broker = at(given);
        Subscription::open(&broker.at(path)).await;
        let count = request(Method::GET, &broker.at(&format!("{path}/clients"))).await;
        assert_eq!(count.status(), StatusCode::OK, "`{given}`");
    }
}

#[test]
fn a_path_that_no_request_would_match_is_refused() {
    for (given, stray) in [("/feed?x", '?'), ("/{feed}", '{'), ("my feed", ' ')] {
        let refusal = Example::refused("broker", |command| {
            command.arg(given);
        });
        let expected = format!("the path `{given}` has a {stray:?}; use letters");
        assert!(refusal.contains(&expected), "{refusal}");
    }
}

#[tokio::test]
async fn clients_are_counted_while_they_are_there() {
    let broker = Example::start("broker");
    assert_eq!(clients(&broker).await, 0);
    let one = Subscription::open(&broker.at("/events?channel=c")).await;
    let all = Subscription::open(&broker.at("/events")).await;
    assert_eq!(clients(&broker).await, 2);
    drop(one);
    while clients(&broker).await > 1 {}
    drop(all);
    while clients(&broker).await > 0 {}
}

#[tokio::test]
async fn a_drain_sends_every_client_away_and_waits_until_they_are_gone() {
    let broker = Example::start("broker");
    let mut streams = Vec::new();
    for _ in 0..20 {
        streams.push(Subscription::open(&broker.at("/events")).await);
    }
    let url = broker.at("/events/clients");
    let (first, at_once) =
        tokio::join!(request(Method::DELETE, &url), request(Method::DELETE, &url));
    assert_eq!(first.status(), StatusCode::NO_CONTENT);
    assert_eq!(at_once.status(), StatusCode::NO_CONTENT);
    assert_eq!(clients(&broker).await, 0);
    for stream in streams {
        let last = stream.rest().await.pop();
        let last = last.expect("a stream says when to come back");
        assert!(last.starts_with("retry: "), "{last}");
    }
    let again = request(Method::DELETE, &url).await;
    assert_eq!(again.status(), StatusCode::NO_CONTENT);

    // What is published meanwhile is kept for whoever finds another place to read it.
    publish(&broker, "c", "n", &json!(1)).await;
    let late = Subscription::open(&broker.at("/events")).await.rest().await;
    assert!(
        matches!(&*late, [only] if only.starts_with("retry: ")),
        "{late:?}"
    );
}

#[tokio::test]
async fn what_is_refused_is_a_problem() {
    let broker = Example::start("broker");
    let json = "application/json";
    for (path, content_type, body, status, reason) in [
        ("/c?event=open", json, "1", 422, "`open` is reserved"),
        ("/c?event=gap", json, "1", 422, "`gap` is taken"),
        ("/c?event=a%0Ab", json, "1", 400, "line feed"),
        ("/c", json, "{", 400, "JSON"),
        ("/c", "text/plain", "1", 415, "Content-Type"),
        ("/*", json, "1", 400, "`*`"),
        ("/%FF", json, "1", 400, "UTF-8"),
    ] {
        let url = broker.at(&format!("/events/channels{path}"));
        let post = Client::new().post(url).header("content-type", content_type);
        let response = post.body(body).send().await.expect("it answers");
        is_problem(response, status, reason).await;
    }
    let too_large = format!("\"{}\"", "x".repeat(1024 * 1024));
    let url = broker.at("/events/channels/c");
    let post = Client::new().post(url).header("content-type", json);
    let response = post.body(too_large).send().await.expect("it answers");
    is_problem(response, 413, "does not fit").await;

    for (method, path, status, reason) in [
        (Method::GET, "/events?channel=*", 400, "`*`"),
        (Method::GET, "/events?channel=a&channel=b", 400, "2 times"),
        (Method::PUT, "/events", 405, ""),
        (Method::GET, "/elsewhere", 404, ""),
    ] {
        let response = request(method, &broker.at(path)).await;
        is_problem(response, status, reason).await;
    }
}

async fn is_problem(response: Response, status: u16, reason: &str) {
    assert_eq!(response.status(), status);
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    let problem: Value = response.json().await.expect("a problem is JSON");
    assert_eq!(problem["status"], status);
    let detail = problem["detail"].as_str().unwrap_or_default();
    assert!(detail.contains(reason), "{problem}");
}

#[tokio::test]
async fn ctrl_c_tells_every_client() {
    let broker = Example::start("broker");
    let mut streams = Vec::new();
    for _ in 0..20 {
        streams.push(Subscription::open(&broker.at("/events")).await);
    }
    assert!(broker.stop().success());
    for stream in streams {
        let last = stream.rest().await.pop();
        let last = last.expect("a stream says when to come back");
        assert!(last.starts_with("retry: "), "{last}");
    }
}
