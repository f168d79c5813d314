//! Every kind of field that can be sent comes back as it was.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::net::{AddrParseError, Ipv4Addr};
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use sse_runtime::{
    Decoded, Event, EventData, EventId, EventName, FromEventData, IdField, NameField, TextField,
};

use crate::support::{comes_back, endpoint, misfit, received, sent};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct One<T> {
    value: T,
}

fn one<T>(value: T) -> One<T> {
    One { value }
}

/// Data that is all of an event, and the same as a field of one.
macro_rules! data_comes_back {
    ($($ty:ty: $value:expr;)*) => {$(
        comes_back!([] $ty, $value);
        comes_back!([data = value] One<$ty>, one($value));
    )*};
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Deep {
    list: Vec<Option<u8>>,
    map: BTreeMap<String, (i64, f64)>,
    text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Unit {
    One,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Newtype(String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u64),
    Text(String),
}

/// Text of the user's own, which is not JSON.
#[derive(Clone, Debug, PartialEq)]
struct Line(String);

impl TextField for Line {
    fn to_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}

impl FromEventData for Line {
    type Err = fmt::Error;

    fn from_event_data(data: &str) -> Result<Self, fmt::Error> {
        Ok(Self(data.to_owned()))
    }
}

/// An encoder of the user's own.
#[derive(Clone, Debug, PartialEq)]
struct Row(u8, u8);

impl EventData for Row {
    fn write_data(&self, data: &mut dyn fmt::Write) -> fmt::Result {
        write!(data, "{};{}", self.0, self.1)
    }
}

impl FromEventData for Row {
    type Err = String;

    fn from_event_data(data: &str) -> Result<Self, String> {
        let columns = data.split_once(';').ok_or("there are no two columns")?;
        match (columns.0.parse(), columns.1.parse()) {
            (Ok(a), Ok(b)) => Ok(Self(a, b)),
            _ => Err(format!("{data:?} holds no numbers")),
        }
    }
}

#[test]
fn raw_text_comes_back() {
    data_comes_back! {
        String: String::new();
        String: "null".to_owned();
        String: " leading, \"quoted\"\n\nand trailing ".to_owned();
        Cow<'static, str>: Cow::Borrowed("a");
        Box<str>: "a".into();
        Arc<str>: "a".into();
        char: 'ß';
        Line: Line("a\nb".to_owned());
        Row: Row(1, 2);
    }
}

#[test]
fn json_comes_back() {
    data_comes_back! {
        bool: true;
        u8: 7;
        u64: u64::MAX;
        u128: u128::MAX;
        i128: i128::MIN;
        f64: 0.1;
        (): ();
        (u8, String): (1, "a".to_owned());
        Vec<String>: vec!["a".to_owned(), String::new()];
        Duration: Duration::from_nanos(1_500_000_001);
        Unit: Unit::One;
        Newtype: Newtype("\"7\"".to_owned());
        Untagged: Untagged::Number(7);
        Untagged: Untagged::Text("7".to_owned());
        serde_json::Value: serde_json::json!({"b": [1, null], "a": "7"});
        serde_json::Value: serde_json::Value::String("7".to_owned());
        Deep: Deep {
            list: vec![None, Some(7)],
            map: [("a".to_owned(), (-1, 2.5))].into(),
            text: "\r\n\0".to_owned(),
        };
    }
}

#[test]
fn an_option_as_the_data_comes_back_where_it_holds_something() {
    comes_back!([data = value] One<Option<String>>, one(Some("null".to_owned())));
    comes_back!([data = value] One<Option<String>>, one(Some(String::new())));
    comes_back!([data = value] One<Option<u8>>, one(Some(7)));
    comes_back!([data = value] One<Option<Option<u8>>>, one(Some(None)));
    // As all of an event it is a value as any other.
    comes_back!([] Option<String>, None);
    comes_back!([] Option<String>, Some("null".to_owned()));
    // "If the data buffer is an empty string, set the data buffer and the event type buffer to the
    // empty string and return."
    assert!(sent(endpoint!([data = value] One<Option<u8>>), &one(None)).is_none());
}

#[test]
fn forced_json_and_text_come_back() {
    comes_back!([data = json(value)] One<String>, one("a\nb".to_owned()));
    comes_back!([data = json(value)] One<Option<String>>, one(None));
    comes_back!([data = text(value)] One<Ipv4Addr>, one(Ipv4Addr::LOCALHOST));
    comes_back!([data = text(value)] One<u8>, one(7));
}

#[derive(Clone, Debug, PartialEq)]
struct Ids<I> {
    id: I,
    data: String,
}

macro_rules! ids_come_back {
    ($($ty:ty: $value:expr;)*) => {$(
        comes_back!([id = id, data = data] Ids<$ty>, Ids { id: $value, data: "d".to_owned() });
    )*};
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Sequence(u64);
impl IdField for Sequence {}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Named(String);
impl IdField for Named {}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Perhaps(Option<u8>);
impl IdField for Perhaps {}

#[test]
fn ids_come_back() {
    ids_come_back! {
        String: "a b".to_owned();
        String: String::new();
        Box<str>: "ü".into();
        char: '7';
        u8: 7;
        u64: u64::MAX;
        u128: u128::MAX;
        i128: i128::MIN;
        NonZeroU32: NonZeroU32::MIN;
        EventId: EventId::new("a1-7").unwrap();
        Sequence: Sequence(7);
        Named: Named("7".to_owned());
        Option<u64>: Some(7);
        Option<u64>: None;
        Option<String>: Some(String::new());
        Option<Sequence>: None;
        Perhaps: Perhaps(None);
        Perhaps: Perhaps(Some(7));
    }
    comes_back!(
        [id = text(id), data = data] Ids<Ipv4Addr>,
        Ids { id: Ipv4Addr::LOCALHOST, data: "d".to_owned() }
    );
}

#[test]
fn an_id_is_the_events_own_and_not_that_of_an_event_before() {
    let stream = "id: 7\ndata: a\n\ndata: b\n\n";
    let endpoint = endpoint!([id = id, data = data] Ids<Option<u8>>);
    let mut ids = Vec::new();
    let mut decoder = sse_runtime::wire::Decoder::new();
    decoder.push(stream.as_bytes());
    while let Some(sse_runtime::wire::Item::Message(message)) = decoder.next_item().unwrap() {
        ids.push(decode(endpoint, &message).id);
    }
    assert_eq!(ids, [Some(7), None]);

    fn decode<E: sse_runtime::Decode<T>, T>(_: E, message: &sse_runtime::wire::Message<'_>) -> T {
        E::decode(message).unwrap().event().unwrap()
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Timed<R> {
    delay: R,
    data: String,
}

macro_rules! times_come_back {
    ($($ty:ty: $value:expr;)*) => {$(
        comes_back!([retry = delay, data = data] Timed<$ty>, Timed { delay: $value, data: String::new() });
    )*};
}

#[test]
fn reconnection_times_come_back() {
    times_come_back! {
        Duration: Duration::from_millis(1500);
        u8: 255;
        u16: 0;
        u32: 7;
        u64: u64::MAX;
        usize: 7;
        Option<Duration>: None;
        Option<u8>: Some(7);
    }
}

#[test]
fn an_untyped_event_comes_back() {
    comes_back!([] Event, Event::new().data("a\nb"));
    comes_back!(
        [] Event,
        Event::new()
            .id(EventId::new("7").unwrap())
            .event(EventName::new("n").unwrap())
            .data("")
            .retry(Duration::from_secs(3))
    );
    comes_back!([event_name = "tick"] Event, Event::new().event(EventName::new("tick").unwrap()).data(""));
}

#[test]
fn what_does_not_fit_is_told_with_event_part_and_path() {
    assert_eq!(
        misfit!([id = id, data = data] Ids<u8>, "event: message\nid: x\ndata\n\n"),
        "event id of `message` cannot be read: invalid value: string \"x\", expected u8"
    );
    assert_eq!(
        misfit!([id = id, data = data] Ids<u8>, "data\n\n"),
        "event id of `message` cannot be read: it is missing, and its field is no `Option`"
    );
    assert_eq!(
        misfit!([retry = delay, data = data] Timed<u8>, "retry: 300\ndata\n\n"),
        "reconnection time of `message` cannot be read: 300 milliseconds do not fit its field"
    );
    assert_eq!(
        misfit!([event_name = "deep"] Deep, "event: deep\ndata: {\"list\":[1,\"x\"]}\n\n"),
        "event data of `deep` cannot be read: at `list[1]`: \
         invalid type: string \"x\", expected u8 at line 1 column 14"
    );
    assert_eq!(
        misfit!([data = value] One<u8>, "data: 1 2\n\n"),
        "event data of `message` cannot be read: trailing characters at line 1 column 3"
    );
    assert_eq!(
        misfit!([data = text(value)] One<Ipv4Addr>, "data: localhost\n\n"),
        "event data of `message` cannot be read: invalid IPv4 address syntax"
    );
    assert_eq!(
        misfit!([] Row, "data: 1\n\n"),
        "event data of `message` cannot be read: there are no two columns"
    );
    let _: Result<Ipv4Addr, AddrParseError> = Ipv4Addr::from_str("localhost");
}

#[test]
fn what_is_told_of_a_huge_value_is_short() {
    let huge = "x".repeat(1 << 20);
    let told =
        misfit!([id = id, data = data] Ids<u8>, &format!("event: message\nid: {huge}\ndata\n\n"));
    assert!(told.len() < 200, "{told}");
    let told = misfit!([] u8, &format!("data: \"{huge}\"\n\n"));
    assert!(told.len() < 500, "{told}");
}

fn text() -> impl Strategy<Value = String> {
    // CR is a line end to the format, and a lone one comes back as LF.
    "\\PC*|[a\n\" :\\\\]*".prop_map(|text| text.replace('\r', ""))
}

fn line() -> impl Strategy<Value = String> {
    text().prop_map(|text| text.replace(['\n', '\0'], ""))
}

#[derive(Clone, Debug, PartialEq)]
struct All<D> {
    id: Option<String>,
    name: Option<String>,
    delay: Option<u64>,
    data: D,
}

proptest! {
    #[test]
    fn any_text_comes_back(id in proptest::option::of(line()), name in line(), delay: Option<u64>, data in text()) {
        prop_assume!(sse_runtime::reserved_name(&name).is_none());
        let name = Some(name);
        comes_back!(
            [id = id, event = name, retry = delay, data = data] All<String>,
            All { id, name, delay, data }
        );
    }

    #[test]
    fn any_number_comes_back(id: i128, data: u128, other: (i64, f64)) {
        comes_back!([id = id, data = data] NumberedBy<u128>, NumberedBy { id, data });
        let (a, b) = other;
        comes_back!([id = id, data = data] NumberedBy<(i64, f64)>, NumberedBy { id, data: (a, b) });
    }

    #[test]
    fn any_untyped_event_comes_back(id in line(), name in line(), data in text(), retry: u64) {
        let event = Event::new()
            .id(EventId::new(id).unwrap())
            .event(EventName::new(name).unwrap())
            .data(data)
            .retry(Duration::from_millis(retry));
        comes_back!([] Event, event);
    }

    #[test]
    fn no_stream_makes_a_client_panic(stream in "(id|event|data|retry)?:? ?[a-z0-9{\"\\[:]*\n{1,2}") {
        let stream = format!("{stream}\ndata\n\n");
        let _ = received(endpoint!([id = id, data = data] NumberedBy<u8>), &stream);
        let _ = received(endpoint!([] Deep), &stream);
    }
}

#[derive(Clone, Debug, PartialEq)]
struct NumberedBy<D> {
    id: i128,
    data: D,
}

/// A name as a field, so that this trait is in scope for what is named by one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Kind(String);
impl NameField for Kind {}

#[test]
fn a_newtype_names_an_event() {
    comes_back!(
        [event = value] One<Kind>,
        one(Kind("alert".to_owned()))
    );
    let back: Result<Decoded<One<Kind>>, _> = received(
        endpoint!([event = value] One<Kind>),
        "event: b\ndata: {\"value\":\"a\"}\n\n",
    );
    assert_eq!(back.unwrap(), Decoded::Event(one(Kind("b".to_owned()))));
}
