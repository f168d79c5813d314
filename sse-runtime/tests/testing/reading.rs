//! What a stream says, and how much of it a test sees.

use std::time::Duration;

use sse_runtime::describe::{Decode, DecodeEventError, Decoded};
use sse_runtime::testing::{End, Item};
use sse_runtime::wire::{Message, Role};
use sse_runtime::{EventId, EventName, Problem, server_sent_events};

use crate::support::{client, of_wire};

#[tokio::test]
async fn an_event_has_an_id_a_name_and_its_data() {
    let mut stream = client().get("/numbers?to=2").await;
    for n in ["1", "2"] {
        let event = stream.event().await;
        assert_eq!(event.id(), Some(n));
        assert_eq!(event.name(), "number");
        assert_eq!(event.data(), format!("{n} 🍲\nis ſoup"));
    }
    assert_eq!(stream.end().await, End::ForGood);
}

#[tokio::test]
async fn what_an_event_does_not_say_is_not_made_up() {
    let mut stream = of_wire("id: 7\nevent: a\ndata: 1\n\ndata: 2\n\nevent:\ndata: 3\n\n")
        .get("/")
        .await;
    let [first, second, third] = [
        stream.event().await,
        stream.event().await,
        stream.event().await,
    ];
    assert_eq!((first.id(), first.name()), (Some("7"), "a"));
    assert_eq!((second.id(), second.name()), (None, "message"));
    assert_eq!((third.id(), third.name()), (None, "message"));
    assert_eq!(stream.last_event_id(), "7");
}

#[tokio::test]
async fn data_is_a_value_of_json_where_it_is_asked_for() {
    let mut stream = of_wire("data: {\"a\":\ndata: [1,2]}\n\n").get("/").await;
    let event = stream.event().await;
    assert_eq!(event.json::<serde_json::Value>()["a"][1], 2);
}

#[server_sent_events]
trait Api {
    async fn told(&self, stream: impl ToldServerStream<sse_runtime::Event>) -> Result<(), Problem>;
}

impl Decode<sse_runtime::Event> for ApiTold {
    fn decode(message: &Message<'_>) -> Result<Decoded<sse_runtime::Event>, DecodeEventError> {
        let of_text = |error| DecodeEventError::custom(message, Role::Event, error);
        let mut event = sse_runtime::Event::new().data(message.data());
        match message.name() {
            Some("unknown") => return Ok(Decoded::Unknown),
            Some(name) => event = event.event(EventName::new(name).map_err(of_text)?),
            None => {}
        }
        if message.data() == "refused" {
            return Err(DecodeEventError::custom(
                message,
                Role::Data,
                "expected another",
            ));
        }
        if let Some(id) = message.id() {
            event = event.id(EventId::new(id).map_err(of_text)?);
        }
        if let Some(time) = message.retry() {
            event = event.retry(time);
        }
        Ok(Decoded::Event(event))
    }
}

#[tokio::test]
async fn an_event_is_decoded_by_its_endpoint_from_its_own_lines() {
    let wire =
        "id: 7\nretry: 20\nevent: a\ndata:  1\ndata\ndata: \u{feff}2\n\nevent\ndata\n\ndata\n\n";
    let mut stream = of_wire(wire).get("/").await;
    let event = stream.event().await.decode(ApiTold);
    assert_eq!(event.get_id().map(EventId::as_str), Some("7"));
    assert_eq!(event.get_event().map(EventName::as_str), Some("a"));
    assert_eq!(event.get_retry(), Some(Duration::from_millis(20)));
    assert_eq!(event.get_data(), Some(" 1\n\n\u{feff}2"));
    for name in [Some(""), None] {
        let event = stream.event().await.decode(ApiTold);
        assert_eq!(event.get_event().map(EventName::as_str), name);
        assert_eq!((event.get_id(), event.get_retry()), (None, None));
        assert_eq!(event.get_data(), Some(""));
    }
}

#[tokio::test]
async fn an_event_that_its_endpoint_cannot_take_is_told() {
    let mut stream = of_wire("data: refused\n\nevent: unknown\ndata\n\n")
        .get("/")
        .await;
    for expected in [
        "event data of `message` cannot be read: expected another\n\ndata: refused\n",
        "`Api::told` has no event of this name\n\nevent: unknown\ndata: \n",
    ] {
        let event = stream.event().await;
        let panic = std::panic::catch_unwind(|| event.decode(ApiTold)).expect_err("none");
        assert_eq!(*panic.downcast::<String>().expect("a text"), expected);
    }
}

#[tokio::test]
async fn all_else_is_seen_by_who_wants_to() {
    let wire =
        ": hello\n\nretry: 3000\nid: 1\n\n:\r\nid: 2\r\n:in a block\r\ndata: x\r\n\r\n:\rid\r\r";
    let mut stream = of_wire(wire).get("/").await;
    let comment = |text: &str| Item::Comment(text.to_owned());
    assert_eq!(stream.item().await, comment(" hello"));
    assert_eq!(stream.item().await, Item::Retry(Duration::from_secs(3)));
    assert_eq!(stream.item().await, Item::LastEventId("1".to_owned()));
    assert_eq!(stream.item().await, comment(""));
    assert_eq!(stream.item().await, comment("in a block"));
    let Item::Event(event) = stream.item().await else {
        panic!("no event");
    };
    assert_eq!((event.id(), event.data()), (Some("2"), "x"));
    assert_eq!(stream.last_event_id(), "2");
    assert_eq!(stream.item().await, comment(""));
    assert_eq!(stream.item().await, Item::LastEventId(String::new()));
    assert_eq!(stream.last_event_id(), "");
    for _ in 0..2 {
        assert_eq!(stream.item().await, Item::End(End::ForNow));
    }
    assert_eq!(stream.reconnection_time(), Some(Duration::from_secs(3)));
    assert_eq!(stream.transcript(), wire);
}

#[tokio::test]
async fn an_event_that_is_not_whole_at_the_end_is_none() {
    for half in ["data: 2", "data: 2\n", "id: 2\ndata: 2\n:"] {
        let mut stream = of_wire(format!("id: 1\ndata: 1\n\n{half}")).get("/").await;
        assert_eq!(stream.rest().await.len(), 1);
        assert_eq!(stream.end().await, End::ForNow);
        assert_eq!(stream.last_event_id(), "1");
    }
}

#[tokio::test]
async fn the_rest_is_all_events_to_the_end() {
    let mut stream = client().get("/numbers?to=9").await;
    stream.event().await;
    let rest = stream.rest().await;
    let ids: Vec<_> = rest.iter().filter_map(|event| event.id()).collect();
    assert_eq!(ids, ["2", "3", "4", "5", "6", "7", "8", "9"]);
    assert_eq!(stream.rest().await, []);
    assert_eq!(stream.end().await, End::ForGood);
}

#[tokio::test]
async fn a_transcript_is_what_came_and_is_redacted_field_by_field() {
    let wire = "retry:17\n\nid: e5-1\ndata: id: e5-1\n\nid\n\nidle: e5\n\n";
    let mut stream = of_wire(wire).get("/").await;
    assert_eq!(stream.text().await, wire);
    let mut ids = 0;
    let redacted = stream
        .transcript()
        .redact("retry", |time| format!("[{time} ms]"))
        .redact("id", |_| {
            ids += 1;
            format!("[{ids}]")
        });
    let expected = "retry: [17 ms]\n\nid: [1]\ndata: id: e5-1\n\nid\n\nidle: e5\n\n";
    assert_eq!(redacted, expected);
    assert_eq!(redacted.to_string(), expected);
}
