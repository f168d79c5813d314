//! Enums whose variants name the events, with servers that are newer than the client.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use sse_runtime::Decoded;

use crate::support::{comes_back, endpoint, misfit, received};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Inner {
    Known,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Change {
    Reset,
    ItemAdded(String),
    Moved(u8, u8),
    Renamed { from: String, to: Option<String> },
    Counts(BTreeMap<String, u8>),
    Nested(Inner),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Open {
    Known(u8),
    #[serde(other)]
    Other,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Internal {
    MessageStart { model: String, inner: Option<Inner> },
    Wrapped(BTreeMap<String, u8>),
    Ping,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
enum OpenInternal {
    Known {
        count: u8,
    },
    #[serde(other)]
    Other,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body")]
enum Adjacent {
    Text(String),
    Nothing,
    Nested(Inner),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Numbered {
    seq: u64,
    #[serde(flatten)]
    message: Internal,
}

#[derive(Clone, Debug, PartialEq)]
struct Envelope<C> {
    id: u64,
    change: C,
}

fn change() -> impl Strategy<Value = Change> {
    let text = any::<String>;
    prop_oneof![
        Just(Change::Reset),
        text().prop_map(Change::ItemAdded),
        any::<(u8, u8)>().prop_map(|(x, y)| Change::Moved(x, y)),
        (text(), proptest::option::of(text())).prop_map(|(from, to)| Change::Renamed { from, to }),
        proptest::collection::btree_map(text(), any::<u8>(), 0..3).prop_map(Change::Counts),
        Just(Change::Nested(Inner::Known)),
    ]
}

proptest! {
    #[test]
    fn every_variant_comes_back(change in change(), id: u64) {
        let envelope = Envelope { id, change: change.clone() };
        comes_back!([variants, data = change, id = id] Envelope<Change>, envelope);
        comes_back!([variants] Change, change);
    }

    #[test]
    fn every_variant_with_a_tag_comes_back(model: String, text: String, seq: u64) {
        let inner = Some(Inner::Known);
        let start = Internal::MessageStart { model, inner };
        comes_back!([variants = "type"] Internal, Internal::Ping);
        comes_back!([variants = "type"] Internal, Internal::Wrapped([("a".to_owned(), 1)].into()));
        comes_back!([variants = "kind"] Adjacent, Adjacent::Text(text));
        comes_back!([variants = "kind"] Adjacent, Adjacent::Nothing);
        comes_back!([variants = "type"] Numbered, Numbered { seq, message: start.clone() });
        let envelope = Envelope { id: seq, change: start.clone() };
        comes_back!([variants = "type", data = change, id = id] Envelope<Internal>, envelope);
        comes_back!([variants = "type"] Internal, start);
    }
}

macro_rules! read {
    ([$($args:tt)*] $ty:ty, $stream:expr) => {{
        let read: Result<Decoded<$ty>, _> = received(endpoint!([$($args)*] $ty), $stream);
        read.unwrap()
    }};
}

#[test]
fn an_unknown_name_is_no_error_whatever_comes_with_it() {
    for data in ["null", "{\"a\":1}", "not json {", ""] {
        let stream = format!("event: exploded\ndata: {data}\n\n");
        assert_eq!(read!([variants] Change, &stream), Decoded::Unknown);
        assert_eq!(read!([variants] Open, &stream), Decoded::Event(Open::Other));
        assert_eq!(
            read!([variants, data = change, id = id] Envelope<Change>, &format!("id: 7\n{stream}")),
            Decoded::Unknown
        );
    }
    assert_eq!(read!([variants] Change, "data: 1\n\n"), Decoded::Unknown);
    // Its other lines need not be what this program expects either.
    assert_eq!(
        read!([variants, data = change, id = id] Envelope<Change>, "event: exploded\ndata: 1\n\n"),
        Decoded::Unknown
    );
}

#[test]
fn an_unknown_tag_is_no_error_wherever_it_stands() {
    for data in [
        r#"{"type":"exploded","model":1,"inner":{"x":[]}}"#,
        r#"{"model":"m","inner":"Strange","type":"exploded"}"#,
    ] {
        let stream = format!("event: exploded\ndata: {data}\n\n");
        assert_eq!(
            read!([variants = "type"] Internal, &stream),
            Decoded::Unknown
        );
        assert_eq!(
            read!([variants = "type"] OpenInternal, &stream),
            Decoded::Event(OpenInternal::Other)
        );
    }
    for data in [
        r#"{"kind":"exploded","body":7}"#,
        r#"{"body":7,"kind":"exploded"}"#,
    ] {
        let stream = format!("event: exploded\ndata: {data}\n\n");
        assert_eq!(
            read!([variants = "kind"] Adjacent, &stream),
            Decoded::Unknown
        );
    }
    let flattened = "event: exploded\ndata: {\"seq\":7,\"type\":\"exploded\"}\n\n";
    assert_eq!(
        read!([variants = "type"] Numbered, flattened),
        Decoded::Unknown
    );
}

#[test]
fn a_known_variant_whose_content_does_not_fit_is_an_error_with_its_path() {
    assert_eq!(
        misfit!([variants] Change, "event: renamed\ndata: {\"from\":\"a\",\"to\":7}\n\n"),
        "event data of `renamed` cannot be read: at `to`: \
         invalid type: integer `7`, expected a string at line 1 column 18"
    );
    assert_eq!(
        misfit!([variants] Change, "event: moved\ndata: [1,-2]\n\n"),
        "event data of `moved` cannot be read: at `[1]`: \
         invalid value: integer `-2`, expected u8 at line 1 column 5"
    );
    assert_eq!(
        misfit!([variants] Change, "event: item_added\ndata: \"a\" \"b\"\n\n"),
        "event data of `item_added` cannot be read: trailing characters at line 1 column 5"
    );
    assert_eq!(
        misfit!([variants = "type"] Internal, "event: ping\ndata: []\n\n"),
        "event data of `ping` cannot be read: \
         invalid type: sequence, expected an object with `type` at line 1 column 0"
    );
}

#[test]
fn an_unknown_variant_inside_of_a_known_one_is_an_error() {
    for (stream, told) in [
        (
            "event: nested\ndata: \"Strange\"\n\n",
            misfit!([variants] Change, "event: nested\ndata: \"Strange\"\n\n"),
        ),
        (
            "internal",
            misfit!(
                [variants = "type"] Internal,
                "event: message_start\ndata: {\"type\":\"message_start\",\"model\":\"\",\"inner\":\"Strange\"}\n\n"
            ),
        ),
        (
            "before its tag",
            misfit!(
                [variants = "type"] Internal,
                "event: message_start\ndata: {\"model\":\"\",\"inner\":\"message_start\",\"type\":\"message_start\"}\n\n"
            ),
        ),
        (
            "adjacent",
            misfit!([variants = "kind"] Adjacent, "event: Nested\ndata: {\"kind\":\"Nested\",\"body\":\"Strange\"}\n\n"),
        ),
        (
            "flattened",
            misfit!(
                [variants = "type"] Numbered,
                "event: message_start\n\
                 data: {\"seq\":1,\"type\":\"message_start\",\"model\":\"\",\"inner\":\"Strange\"}\n\n"
            ),
        ),
    ] {
        assert!(told.contains("unknown variant"), "{stream}: {told}");
    }
}

#[test]
fn an_enum_of_another_form_is_told_what_to_write() {
    assert_eq!(
        misfit!([variants] Internal, "event: ping\ndata: {\"type\":\"ping\"}\n\n"),
        "event data of `ping` cannot be read: it does not deserialise as an externally tagged enum; \
         for `#[serde(tag = \"…\")]` write `variants = \"…\"` with that tag"
    );
}
