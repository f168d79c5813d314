//! How fields become lines.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sse_runtime::{Event, EventData, EventId, EventName, IdField, NameField, SendError, TextField};

use crate::support::{serve, subscribe};

/// What one event looks like on the wire.
macro_rules! wire {
    ([$($args:tt)*] $ty:ty, $event:expr) => {{
        let app = serve!([$($args)*] $ty, |_ctx, stream| { Ok(stream.send($event).await?) }).into_router();
        subscribe(&app, "/api/events").await.text().await
    }};
}

#[derive(Serialize)]
struct One<T> {
    value: T,
}

fn one<T>(value: T) -> One<T> {
    One { value }
}

#[tokio::test]
async fn strings_are_raw_and_everything_else_is_json() {
    assert_eq!(
        wire!([data = value] One<String>, one("a \"b\"".to_owned())),
        "data: a \"b\"\n\n"
    );
    assert_eq!(
        wire!([data = value] One<&'static str>, one("b")),
        "data: b\n\n"
    );
    assert_eq!(
        wire!([data = value] One<Cow<'static, str>>, one("c".into())),
        "data: c\n\n"
    );
    assert_eq!(wire!([data = value] One<char>, one('ß')), "data: ß\n\n");
    assert_eq!(wire!([data = value] One<f64>, one(1.5)), "data: 1.5\n\n");
    assert_eq!(wire!([data = value] One<bool>, one(true)), "data: true\n\n");
    assert_eq!(
        wire!([data = value] One<Vec<&'static str>>, one(vec!["a"])),
        "data: [\"a\"]\n\n"
    );
    assert_eq!(
        wire!([data = value] One<serde_json::Value>, one("7".into())),
        "data: \"7\"\n\n"
    );
    assert_eq!(
        wire!([data = value] One<Option<String>>, one(Some("null".to_owned()))),
        "data: null\n\n"
    );
    assert_eq!(
        wire!([data = value] One<Option<u8>>, one(Some(7))),
        "data: 7\n\n"
    );
    assert_eq!(wire!([] String, "raw".to_owned()), "data: raw\n\n");
    assert_eq!(wire!([] One<u8>, one(7)), "data: {\"value\":7}\n\n");
    assert_eq!(wire!([] Option<u8>, None), "data: null\n\n");
    assert_eq!(
        wire!([data = json(value)] One<String>, one("a".to_owned())),
        "data: \"a\"\n\n"
    );
    assert_eq!(wire!([data = text(value)] One<u8>, one(7)), "data: 7\n\n");
}

#[test]
fn documents_are_told_which_data_is_text() {
    use sse_runtime::Endpoint;
    use sse_runtime::describe::DataForm;

    #[sse_runtime::server_sent_events(data = value)]
    trait Api {
        async fn text(
            &self,
            stream: impl TextServerStream<One<Option<String>>>,
        ) -> Result<(), SendError>;
        async fn json(
            &self,
            stream: impl JsonServerStream<One<Option<u8>>>,
        ) -> Result<(), SendError>;
        #[sse(data = json(value))]
        async fn quoted(
            &self,
            stream: impl QuotedServerStream<One<String>>,
        ) -> Result<(), SendError>;
        #[sse(data = text(value))]
        async fn shown(&self, stream: impl ShownServerStream<One<u8>>) -> Result<(), SendError>;
        #[sse(data = none)]
        async fn whole(
            &self,
            stream: impl WholeServerStream<Option<String>>,
        ) -> Result<(), SendError>;
        #[sse(data = none)]
        async fn raw(&self, stream: impl RawServerStream<String>) -> Result<(), SendError>;
        #[sse(data = none)]
        async fn any(&self, stream: impl AnyServerStream<Event>) -> Result<(), SendError>;
    }
    assert_eq!(
        <ApiText as Endpoint<One<Option<String>>>>::data_form(),
        DataForm::Text
    );
    assert_eq!(
        <ApiJson as Endpoint<One<Option<u8>>>>::data_form(),
        DataForm::Json
    );
    assert_eq!(
        <ApiQuoted as Endpoint<One<String>>>::data_form(),
        DataForm::Json
    );
    assert_eq!(<ApiShown as Endpoint<One<u8>>>::data_form(), DataForm::Text);
    assert_eq!(
        <ApiWhole as Endpoint<Option<String>>>::data_form(),
        DataForm::Json
    );
    assert_eq!(<ApiRaw as Endpoint<String>>::data_form(), DataForm::Text);
    assert_eq!(<ApiAny as Endpoint<Event>>::data_form(), DataForm::Untyped);
}

#[tokio::test]
async fn none_in_a_role_writes_no_line() {
    #[derive(Serialize)]
    struct Sparse {
        id: Option<u8>,
        name: Option<&'static str>,
        retry: Option<u32>,
        text: Option<&'static str>,
    }
    fn sparse(
        id: Option<u8>,
        name: Option<&'static str>,
        retry: Option<u32>,
        text: Option<&'static str>,
    ) -> Sparse {
        Sparse {
            id,
            name,
            retry,
            text,
        }
    }
    let app = serve!([id = id, event = name, retry = retry, data = text] Sparse, |_ctx, stream| {
        stream.send(sparse(None, None, None, Some("x"))).await?;
        stream.send(sparse(None, None, None, None)).await?;
        stream.send(sparse(Some(1), Some("n"), Some(20), Some(""))).await?;
        stream.send(sparse(Some(2), None, None, None)).await?;
        Ok(())
    })
    .into_router();
    let text = subscribe(&app, "/api/events").await.text().await;
    assert_eq!(
        text,
        "data: x\n\nid: 1\nevent: n\nretry: 20\ndata: \n\nid: 2\n\n"
    );
}

#[tokio::test]
async fn line_breaks_in_data_start_new_lines_and_nothing_is_injected() {
    assert_eq!(
        wire!([] &'static str, "a\nid: 1\r\rb\r\nc"),
        "data: a\ndata: id: 1\ndata: \ndata: b\ndata: c\n\n"
    );
    assert_eq!(wire!([] &'static str, "\n"), "data: \ndata: \n\n");
    assert_eq!(wire!([] &'static str, " leading"), "data:  leading\n\n");
    assert_eq!(
        wire!([] &'static str, "nul \0 and bom \u{feff}"),
        "data: nul \0 and bom \u{feff}\n\n"
    );
}

#[tokio::test]
async fn ids_are_text_and_integers_newtypes_among_them() {
    #[derive(Serialize)]
    struct Sequence(u64);
    impl IdField for Sequence {}
    struct Hex(u32);
    impl fmt::Display for Hex {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{:x}", self.0)
        }
    }
    #[derive(Serialize)]
    struct Displayed {
        #[serde(skip)]
        at: Hex,
    }
    assert_eq!(
        wire!([id = value] One<u64>, one(7)),
        "id: 7\ndata: {\"value\":7}\n\n"
    );
    assert_eq!(
        wire!([id = value] One<Sequence>, one(Sequence(3))),
        "id: 3\ndata: {\"value\":3}\n\n"
    );
    assert_eq!(
        wire!([id = value] One<i128>, one(-3)),
        "id: -3\ndata: {\"value\":-3}\n\n"
    );
    assert_eq!(
        wire!([id = value] One<NonZeroU32>, one(NonZeroU32::MIN)),
        "id: 1\ndata: {\"value\":1}\n\n"
    );
    assert_eq!(
        wire!([id = value] One<EventId>, one(EventId::new("a b").unwrap())),
        "id: a b\ndata: {\"value\":\"a b\"}\n\n"
    );
    assert_eq!(
        wire!([id = text(at)] Displayed, Displayed { at: Hex(255) }),
        "id: ff\ndata: {}\n\n"
    );
}

#[tokio::test]
async fn names_are_text_constants_and_enums_with_their_serde_names() {
    #[derive(Serialize)]
    #[serde(rename_all = "kebab-case")]
    enum Kind {
        DiskFull,
    }
    impl NameField for Kind {}
    assert_eq!(
        wire!([event = value] One<Kind>, one(Kind::DiskFull)),
        "event: disk-full\ndata: {\"value\":\"disk-full\"}\n\n"
    );
    assert_eq!(
        wire!([event = value] One<EventName>, one(EventName::new("n").unwrap())),
        "event: n\ndata: {\"value\":\"n\"}\n\n"
    );
    assert_eq!(
        wire!([event_name = "tick"] u8, 1),
        "event: tick\ndata: 1\n\n"
    );
}

#[tokio::test]
async fn a_retry_is_a_duration_or_milliseconds() {
    assert_eq!(
        wire!([retry = value] One<u16>, one(5)),
        "retry: 5\ndata: {\"value\":5}\n\n"
    );
    assert_eq!(
        wire!([retry = value] One<Duration>, one(Duration::from_micros(1_500_900))),
        "retry: 1500\ndata: {\"value\":{\"secs\":1,\"nanos\":500900000}}\n\n"
    );
}

#[tokio::test]
async fn an_encoder_of_the_users_own_writes_the_data() {
    struct Row(&'static str, f64);
    impl EventData for Row {
        fn write_data(&self, data: &mut dyn fmt::Write) -> fmt::Result {
            write!(data, "<tr>\n<td>{}</td>\r", self.0)?;
            write!(data, "\n<td>{:.2}</td></tr>", self.1)
        }
    }
    struct Line(&'static str);
    impl TextField for Line {
        fn to_text(&self) -> Cow<'_, str> {
            Cow::Borrowed(self.0)
        }
    }
    assert_eq!(
        wire!([] Row, Row("a", 1.0)),
        "data: <tr>\ndata: <td>a</td>\ndata: <td>1.00</td></tr>\n\n"
    );
    assert_eq!(wire!([] Line, Line("a\nb")), "data: a\ndata: b\n\n");
    assert_eq!(
        wire!([data = value] One<Line2>, one(Line2)),
        "data: two\n\n"
    );
}

#[derive(Serialize)]
struct Line2;
impl TextField for Line2 {
    fn to_text(&self) -> Cow<'_, str> {
        Cow::Borrowed("two")
    }
}

#[tokio::test]
async fn an_untyped_event_writes_what_it_holds() {
    fn event() -> Event {
        let (id, name) = (EventId::new("1").unwrap(), EventName::new("n").unwrap());
        Event::new()
            .id(id)
            .event(name)
            .data("d")
            .retry(Duration::from_secs(1))
    }
    assert_eq!(
        wire!([] Event, event()),
        "id: 1\nevent: n\nretry: 1000\ndata: d\n\n"
    );
}

#[tokio::test]
async fn variants_of_an_externally_tagged_enum_name_the_events() {
    #[derive(Serialize, Deserialize, Clone)]
    #[serde(rename_all = "snake_case")]
    enum Change {
        Reset,
        ItemAdded(String),
        Moved(u8, u8),
        Renamed { from: String, to: Option<String> },
        Counts(BTreeMap<String, u8>),
    }
    let all = [
        (Change::Reset, "event: reset\ndata: null\n\n"),
        (
            Change::ItemAdded("a\nb".to_owned()),
            "event: item_added\ndata: \"a\\nb\"\n\n",
        ),
        (Change::Moved(1, 2), "event: moved\ndata: [1,2]\n\n"),
        (
            Change::Renamed {
                from: "a".to_owned(),
                to: None,
            },
            "event: renamed\ndata: {\"from\":\"a\",\"to\":null}\n\n",
        ),
        (
            Change::Counts([("a".to_owned(), 1)].into()),
            "event: counts\ndata: {\"a\":1}\n\n",
        ),
    ];
    for (change, expected) in all {
        let app = serve_change(change);
        assert_eq!(subscribe(&app, "/api/events").await.text().await, expected);
    }

    fn serve_change(change: Change) -> axum::Router {
        #[sse_runtime::server_sent_events(variants)]
        trait Api {
            async fn events(
                &self,
                stream: impl EventsServerStream<Change>,
            ) -> Result<(), SendError>;
        }
        struct Service(Change);
        impl Api for Service {
            async fn events(
                &self,
                stream: impl EventsServerStream<Change>,
            ) -> Result<(), SendError> {
                stream.send(self.0.clone()).await
            }
        }
        ApiServer::new(Service(change)).into_router()
    }
}

#[tokio::test]
async fn a_tag_names_the_events_wherever_it_stands() {
    #[derive(Serialize)]
    #[serde(tag = "type", rename_all = "snake_case")]
    enum Message {
        MessageStart { model: &'static str },
        Ping,
    }
    #[derive(Serialize)]
    #[serde(tag = "kind", content = "body")]
    enum Adjacent {
        Text(&'static str),
    }
    #[derive(Serialize)]
    struct Numbered {
        seq: u64,
        #[serde(flatten)]
        message: Message,
    }
    assert_eq!(
        wire!([variants = "type"] Message, Message::MessageStart { model: "m" }),
        "event: message_start\ndata: {\"type\":\"message_start\",\"model\":\"m\"}\n\n"
    );
    assert_eq!(
        wire!([variants = "type"] Message, Message::Ping),
        "event: ping\ndata: {\"type\":\"ping\"}\n\n"
    );
    assert_eq!(
        wire!([variants = "kind"] Adjacent, Adjacent::Text("x")),
        "event: Text\ndata: {\"kind\":\"Text\",\"body\":\"x\"}\n\n"
    );
    assert_eq!(
        wire!([variants = "type", id = seq] Numbered, Numbered { seq: 4, message: Message::Ping }),
        "id: 4\nevent: ping\ndata: {\"seq\":4,\"type\":\"ping\"}\n\n"
    );
}

#[tokio::test]
async fn an_event_that_is_no_enum_cannot_have_variants() {
    let refused = wire_error(one(7)).await;
    assert!(refused.contains("externally tagged"), "{refused}");

    async fn wire_error(event: One<u8>) -> String {
        #[sse_runtime::server_sent_events(variants)]
        trait Api {
            async fn events(
                &self,
                stream: impl EventsServerStream<One<u8>>,
            ) -> Result<(), SendError>;
        }
        struct Service(std::sync::Mutex<Option<One<u8>>>);
        impl Api for Service {
            async fn events(
                &self,
                stream: impl EventsServerStream<One<u8>>,
            ) -> Result<(), SendError> {
                let event = self.0.lock().unwrap().take().unwrap();
                stream.send(event).await
            }
        }
        let app = ApiServer::new(Service(std::sync::Mutex::new(Some(event)))).into_router();
        subscribe(&app, "/api/events").await.text().await
    }
}

#[tokio::test]
#[should_panic(expected = "the variant `open` has a name that is reserved")]
async fn a_reserved_variant_is_found_when_the_router_is_built() {
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Door {
        Open,
        Shut,
    }
    let _ = [Door::Open, Door::Shut];
    let _: axum::Router = serve!([variants] Door, |_ctx, _stream| { Ok(()) }).into_router();
}
