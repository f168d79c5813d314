//! The example `quickstart` as one runs it.

mod subscription;

use std::io::Write;
use std::net::TcpStream;

use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use subscription::Subscription;
use tests::Example;

/// What a stream that has ended for good says last.
const END: &str = "id: sse-runtime:end-of-stream";

async fn post(quickstart: &Example, topic: &str, body: &Value) -> Response {
    let request = Client::new().post(quickstart.at(&format!("/topics/{topic}")));
    let response = request.json(body).send().await;
    response.expect("the server answers")
}

/// Publishes, and returns the id.
async fn publish(quickstart: &Example, topic: &str, message: &str) -> u64 {
    let body = json!({"type": "alert", "message": message});
    let response = post(quickstart, topic, &body).await;
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    let answer: Value = response.json().await.expect("the answer is JSON");
    answer["id"].as_u64().expect("an id is a number")
}

fn gap(id: u64, data: &str) -> String {
    format!("id: {id}\nevent: gap\ndata: {data}")
}

fn alert(id: u64, message: &str) -> String {
    format!("id: {id}\nevent: alert\ndata: {message}")
}

#[tokio::test]
async fn the_page_is_where_the_first_line_says() {
    let quickstart = Example::start("quickstart");
    let page = reqwest::get(quickstart.url()).await.expect("it answers");
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    assert!(
        page.text()
            .await
            .is_ok_and(|page| page.contains("EventSource"))
    );
}

#[tokio::test]
async fn a_subscriber_gets_what_is_published_from_then_on() {
    let quickstart = Example::start("quickstart");
    publish(&quickstart, "lunch", "too early").await;
    let mut stream = Subscription::open(&quickstart.at("/topics/lunch/events")).await;
    publish(&quickstart, "dinner", "elsewhere").await;
    let id = publish(&quickstart, "lunch", "soup\nsalad").await;
    let expected = format!("id: {id}\nevent: alert\ndata: soup\ndata: salad");
    assert_eq!(stream.block().await, Some(expected));
}

#[tokio::test]
async fn what_came_after_the_last_event_id_comes_first() {
    let quickstart = Example::start("quickstart");
    let first = publish(&quickstart, "lunch", "one").await;
    let second = publish(&quickstart, "lunch", "two").await;
    let url = quickstart.at("/topics/lunch/events");

    let mut all = Subscription::resume(&url, "0").await;
    let mut rest = Subscription::resume(&url, &first.to_string()).await;
    let third = publish(&quickstart, "lunch", "three").await;
    assert_eq!(
        all.blocks().await,
        [
            alert(first, "one"),
            alert(second, "two"),
            alert(third, "three")
        ]
    );
    assert_eq!(
        rest.blocks().await,
        [alert(second, "two"), alert(third, "three")]
    );
}

#[tokio::test]
async fn a_stream_is_over_for_good_after_its_limit() {
    let quickstart = Example::start("quickstart");
    let first = publish(&quickstart, "lunch", "one").await;
    let second = publish(&quickstart, "lunch", "two").await;
    publish(&quickstart, "lunch", "three").await;
    let url = quickstart.at("/topics/lunch/events?limit=2");

    let stream = Subscription::resume(&url, "0").await;
    assert_eq!(
        stream.rest().await,
        [alert(first, "one"), alert(second, "two"), END.to_owned()]
    );
    let last_event_id = END.trim_start_matches("id: ");
    let request = Client::new()
        .get(&url)
        .header("last-event-id", last_event_id);
    let back = request.send().await.expect("the server answers");
    assert_eq!(back.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_limit_of_nothing_is_no_content() {
    let quickstart = Example::start("quickstart");
    let url = quickstart.at("/topics/lunch/events?limit=0");
    let answer = reqwest::get(url).await.expect("the server answers");
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_bad_limit_is_refused_by_name() {
    let quickstart = Example::start("quickstart");
    for limit in ["many", "-1", "", "99999999999999999999"] {
        let url = quickstart.at(&format!("/topics/lunch/events?limit={limit}"));
        let answer = reqwest::get(url).await.expect("the server answers");
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        let problem: Value = answer.json().await.expect("a problem is JSON");
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|detail| detail.contains("`limit`"))
        );
    }
}

#[tokio::test]
async fn what_cannot_be_an_event_is_refused_when_it_is_published() {
    let quickstart = Example::start("quickstart");
    let refused = [
        (json!({"type": "alert"}), "missing field `message`"),
        (json!({"message": "soup"}), "missing field `type`"),
        (json!({"message": "soup", "type": "a\nb"}), "line feed"),
        (
            json!({"message": "soup", "type": "a\rb"}),
            "carriage return",
        ),
        (json!({"message": "soup", "type": "error"}), "reserved"),
        (json!({"message": "soup", "type": "gap"}), "reserved"),
    ];
    for (body, why) in refused {
        let answer = post(&quickstart, "lunch", &body).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let problem: Value = answer.json().await.expect("a problem is JSON");
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(why), "{body}: {detail}");
    }
}

#[tokio::test]
async fn any_text_arrives_as_it_was() {
    let quickstart = Example::start("quickstart");
    let mut stream =
        Subscription::open(&quickstart.at("/topics/l%C3%BCnch%20%F0%9F%8D%B2/events")).await;
    let body = json!({"type": "süß: 🍲", "message": " data: \u{feff}\u{0}🍲\n\n"});
    let answer = post(&quickstart, "lünch 🍲", &body).await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    // Two line breaks at the end are a blank line of data, and then the end of the event.
    let block = stream.block().await.expect("the stream goes on");
    let lines: Vec<_> = block.split('\n').skip(1).collect();
    assert_eq!(
        lines,
        [
            "event: süß: 🍲",
            "data:  data: \u{feff}\u{0}🍲",
            "data: ",
            "data: "
        ]
    );
}

#[tokio::test]
async fn who_resumes_from_something_no_longer_kept_is_told_how_much_is_missed() {
    let quickstart = Example::start("quickstart");
    let long = "x".repeat(60_000);
    let first = publish(&quickstart, "lunch", &long).await;
    for _ in 0..20 {
        publish(&quickstart, "lunch", &long).await;
    }
    let url = quickstart.at("/topics/lunch/events?limit=1");
    let blocks = Subscription::resume(&url, &first.to_string())
        .await
        .rest()
        .await;
    // 17 of 21 fit into a mebibyte; one was seen.
    assert_eq!(
        blocks,
        [
            gap(first + 3, r#"{"missed":3,"reason":"truncated"}"#),
            alert(first + 4, &long),
            END.to_owned(),
        ]
    );
}

#[tokio::test]
async fn an_id_from_before_a_restart_is_not_taken_for_one_of_now() {
    let before = Example::start("quickstart");
    publish(&before, "lunch", "lost").await;
    let last = publish(&before, "lunch", "seen").await;
    assert!(before.stop().success());

    let after = Example::start("quickstart");
    let mut ids = Vec::new();
    for message in ["one", "two", "three"] {
        ids.push(publish(&after, "lunch", message).await);
    }
    let url = after.at("/topics/lunch/events");
    let mut stream = Subscription::resume(&url, &last.to_string()).await;
    let [missed, one, two, three] = stream.blocks().await;
    assert_eq!(
        missed,
        gap(ids[0] - 1, r#"{"missed":null,"reason":"reset"}"#)
    );
    assert_eq!(
        [one, two, three],
        [
            alert(ids[0], "one"),
            alert(ids[1], "two"),
            alert(ids[2], "three")
        ]
    );
}

#[tokio::test]
async fn an_id_that_was_never_given_is_not_waited_for() {
    let quickstart = Example::start("quickstart");
    let id = publish(&quickstart, "lunch", "one").await;
    let url = quickstart.at("/topics/lunch/events");
    let mut stream = Subscription::resume(&url, &(id + 1).to_string()).await;
    let ahead = gap(id - 1, r#"{"missed":null,"reason":"ahead"}"#);
    assert_eq!(stream.blocks().await, [ahead, alert(id, "one")]);
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_however_many_publish_and_listen() {
    const PUBLISHERS: usize = 4;
    const EACH: usize = 100;
    let quickstart = Example::start("quickstart");
    let url = quickstart.at(&format!("/topics/busy/events?limit={}", PUBLISHERS * EACH));
    let mut listeners = Vec::new();
    for _ in 0..8 {
        let stream = Subscription::open(&url).await;
        listeners.push(tokio::spawn(stream.rest()));
    }
    let client = Client::new();
    let publishers = (0..PUBLISHERS).map(|publisher| {
        let (client, topic) = (client.clone(), quickstart.at("/topics/busy"));
        tokio::spawn(async move {
            for n in 0..EACH {
                let body = json!({"type": "t", "message": format!("{publisher}-{n}")});
                let answer = client.post(&topic).json(&body).send().await;
                assert!(answer.is_ok_and(|answer| answer.status() == StatusCode::ACCEPTED));
            }
        })
    });
    futures::future::try_join_all(publishers)
        .await
        .expect("all is published");

    let mut seen = Vec::new();
    for listener in listeners {
        seen.push(listener.await.expect("the listener ends"));
    }
    let first = seen.pop().expect("there are listeners");
    assert!(seen.iter().all(|other| *other == first), "all see the same");
    let mut messages: Vec<_> = first
        .iter()
        .filter_map(|block| block.split("data: ").nth(1))
        .collect();
    assert_eq!(messages.len(), PUBLISHERS * EACH);
    messages.sort_unstable();
    messages.dedup();
    assert_eq!(messages.len(), PUBLISHERS * EACH);
}

#[tokio::test]
async fn memory_has_a_bound() {
    let quickstart = Example::start("quickstart");
    for topic in 0..100 {
        publish(&quickstart, &topic.to_string(), "soup").await;
    }
    let soup = json!({"type": "alert", "message": "soup"});
    let one_more = post(&quickstart, "one more", &soup).await;
    assert_eq!(one_more.status(), StatusCode::INSUFFICIENT_STORAGE);
    let known = post(&quickstart, "99", &soup).await;
    assert_eq!(known.status(), StatusCode::ACCEPTED);
    let long = json!({"type": "alert", "message": "x".repeat(70_000)});
    let too_long = post(&quickstart, "99", &long).await;
    assert_eq!(too_long.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn ctrl_c_tells_every_client_and_waits_for_none_that_is_stuck() {
    let quickstart = Example::start("quickstart");
    let url = quickstart.at("/topics/lunch/events");
    let mut streams = Vec::new();
    for _ in 0..20 {
        streams.push(Subscription::open(&url).await);
    }
    let address = quickstart.url().trim_start_matches("http://").to_owned();
    let stuck = [
        // Asks for a stream and never reads it.
        "GET /topics/long/events HTTP/1.1\r\nhost: x\r\n\r\n",
        // Never sends the rest.
        "POST /topics/lunch HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{",
        "GET /",
        "",
    ]
    .map(|request| {
        let mut socket = TcpStream::connect(&address).expect("the server accepts");
        socket.write_all(request.as_bytes()).expect("it reads");
        socket
    });
    // More than the buffers of a socket hold.
    let long = "x".repeat(60_000);
    for _ in 0..150 {
        publish(&quickstart, "long", &long).await;
    }

    let ended = tokio::task::spawn_blocking(|| quickstart.stop());
    for stream in streams {
        let last = stream
            .rest()
            .await
            .pop()
            .expect("a stream says when to come back");
        assert!(last.starts_with("retry: "), "{last}");
    }
    assert!(ended.await.is_ok_and(|status| status.success()));
    drop(stuck);
}
