//! Events whose data is all of them: what their other lines say holds over what is in the data.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sse_runtime::{Decoded, EventId};

use crate::support::{comes_back, endpoint, misfit, received};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Price {
    symbol: String,
    cents: u64,
    id: Option<EventId>,
    delay: Duration,
}

fn price(id: Option<&str>) -> Price {
    Price {
        symbol: "ETH".to_owned(),
        cents: 7,
        id: id.map(|id| EventId::new(id).unwrap()),
        delay: Duration::from_nanos(1_500_000),
    }
}

#[test]
fn nothing_is_lost_that_the_lines_have_less_of() {
    comes_back!([id = id, event = symbol, retry = delay, key = symbol] Price, price(Some("7")));
    comes_back!([id = id, event = symbol, retry = delay, key = symbol] Price, price(None));
    comes_back!([event_name = "price"] Price, price(None));
}

#[test]
fn the_id_is_that_which_the_log_has_given() {
    let stream = "id: a1-7\ndata: {\"symbol\":\"ETH\",\"cents\":7,\"id\":null,\"delay\":{\"secs\":0,\"nanos\":1500000}}\n\n";
    let back: Decoded<Price> = received(endpoint!([id = id] Price), stream).unwrap();
    assert_eq!(back, Decoded::Event(price(Some("a1-7"))));
}

#[test]
fn fields_that_serde_skips_come_from_their_lines() {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Skipping {
        #[serde(skip)]
        id: u64,
        #[serde(skip)]
        kind: String,
        #[serde(skip)]
        delay: u16,
        text: String,
    }
    comes_back!(
        [id = id, event = kind, retry = delay] Skipping,
        Skipping {
            id: 7,
            kind: "alert".to_owned(),
            delay: 5,
            text: "disk is full".to_owned(),
        }
    );
}

#[test]
fn an_id_line_that_does_not_fit_is_told() {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Tick {
        id: u8,
    }
    assert_eq!(
        misfit!([id = id] Tick, "id: x\ndata: {\"id\":1}\n\n"),
        "event id of `message` cannot be read: invalid value: string \"x\", expected u8"
    );
    let back: Decoded<Tick> = received(endpoint!([id = id] Tick), "data: {\"id\":1}\n\n").unwrap();
    assert_eq!(back, Decoded::Event(Tick { id: 1 }));
}
