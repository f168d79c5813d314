//! The name of an event: a field, a constant, or none.

use serde::{Deserialize, Serialize};
use sse_runtime::{Decoded, EventName, NameField};

use crate::support::{comes_back, endpoint, misfit, received};

#[derive(Clone, Debug, PartialEq)]
struct Named<N> {
    name: N,
    data: String,
}

fn named<N>(name: N) -> Named<N> {
    Named {
        name,
        data: "d".to_owned(),
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    DiskFull,
    Recovered,
}
impl NameField for Kind {}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Open {
    Known,
    #[serde(other)]
    Other,
}
impl NameField for Open {}

#[test]
fn names_come_back() {
    comes_back!([event = name, data = data] Named<String>, named("alert".to_owned()));
    comes_back!([event = name, data = data] Named<Box<str>>, named("message".into()));
    comes_back!([event = name, data = data] Named<EventName>, named(EventName::new("n").unwrap()));
    comes_back!([event = name, data = data] Named<Kind>, named(Kind::DiskFull));
    comes_back!([event = name, data = data] Named<Option<Kind>>, named(Some(Kind::Recovered)));
    comes_back!([event = name, data = data] Named<Option<String>>, named(None));
    comes_back!([event = name, data = data] Named<Option<String>>, named(Some(String::new())));
}

#[test]
fn no_name_is_an_empty_one_to_a_field_that_is_no_option() {
    let back = received(
        endpoint!([event = name, data = data] Named<String>),
        "data: d\n\n",
    );
    assert_eq!(back.unwrap(), Decoded::Event(named(String::new())));
}

#[test]
fn a_name_that_an_enum_does_not_know_is_unknown_whatever_the_data() {
    let back = received(
        endpoint!([id = data, event = name, data = json(other)] Fallible),
        "event: exploded\nid: 7\ndata: {\n\n",
    );
    assert_eq!(back.unwrap(), Decoded::Unknown);
}

#[derive(Clone, Debug, PartialEq)]
struct Fallible {
    name: Kind,
    data: u8,
    other: u8,
}

#[test]
fn a_name_that_an_enum_does_not_know_reaches_other() {
    let back = received(
        endpoint!([event = name, data = data] Named<Open>),
        "event: exploded\ndata: d\n\n",
    );
    assert_eq!(back.unwrap(), Decoded::Event(named(Open::Other)));
    let back = received(
        endpoint!([event = name, data = data] Named<Open>),
        "event: Known\ndata: d\n\n",
    );
    assert_eq!(back.unwrap(), Decoded::Event(named(Open::Known)));
}

#[test]
fn an_event_of_another_name_is_none_of_an_endpoint_with_one_name() {
    let tick = "event: tick\ndata: 1\n\n";
    let tock = "event: tock\ndata: 1\n\n";
    let back: Decoded<u8> = received(endpoint!([event_name = "tick"] u8), tick).unwrap();
    assert_eq!(back, Decoded::Event(1));
    let back: Decoded<u8> = received(endpoint!([event_name = "tick"] u8), tock).unwrap();
    assert_eq!(back, Decoded::Unknown);
    let back: Decoded<u8> = received(endpoint!([] u8), tick).unwrap();
    assert_eq!(back, Decoded::Unknown);
    let back: Decoded<u8> = received(endpoint!([] u8), "event: message\ndata: 1\n\n").unwrap();
    assert_eq!(back, Decoded::Event(1));
    #[derive(Clone, Debug, PartialEq)]
    struct Bare {
        at: u8,
    }
    let back: Decoded<Bare> =
        received(endpoint!([event_name = "tick", data = at] Bare), tock).unwrap();
    assert_eq!(back, Decoded::Unknown);
    let back: Decoded<Bare> =
        received(endpoint!([event_name = "tick", data = at] Bare), tick).unwrap();
    assert_eq!(back, Decoded::Event(Bare { at: 1 }));
}

#[test]
fn a_name_of_the_wrong_type_is_told() {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Numbered(u8);
    impl NameField for Numbered {}
    assert_eq!(
        misfit!([event = name, data = data] Named<Numbered>, "event: x\ndata\n\n"),
        "event name of `x` cannot be read: invalid value: string \"x\", expected u8"
    );
}
