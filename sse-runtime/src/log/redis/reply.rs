//! What the scripts answer. Nothing of it is believed: a key may have been changed by anybody.

use ::redis::Value;

use super::super::remote::Lives;
use super::super::{Cursor, Epoch};
use super::MAX_RECORDS;
use super::fault::Fault;

/// What came of an append.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The records have these places.
    Appended {
        end: Cursor,
        places: Vec<Cursor>,
        /// It was done before, with the same key.
        is_repeated: bool,
    },
    /// The channel has ended.
    Ended,
    /// It ends elsewhere.
    Moved { end: Cursor },
}

impl Outcome {
    pub(super) fn of(reply: &Value) -> Result<Self, Fault> {
        let words: Vec<_> = text(reply)?.split(' ').collect();
        let (end, places) = match *words {
            [_, epoch, seq, ref places @ ..] => (place(epoch, seq)?, places),
            _ => return Err(Fault::Strange("an outcome")),
        };
        match (words.first(), places) {
            (Some(&status @ ("appended" | "repeated")), [epoch, first, last]) => {
                let (first, last) = (place(epoch, first)?, place(epoch, last)?);
                let numbers = first.seq()..=last.seq();
                // More than any batch is not counted: it would be kept here.
                if last.seq().saturating_sub(first.seq()) >= MAX_RECORDS as u64 {
                    return Err(Fault::Strange("places that a batch could have"));
                }
                Ok(Self::Appended {
                    end,
                    places: numbers.map(|seq| Cursor::new(first.epoch(), seq)).collect(),
                    is_repeated: status == "repeated",
                })
            }
            // Nothing, but that it has ended, and had before.
            (Some(&"appended"), []) => Ok(Self::Appended {
                end,
                places: Vec::new(),
                is_repeated: false,
            }),
            (Some(&"ended"), []) => Ok(Self::Ended),
            (Some(&"moved"), []) => Ok(Self::Moved { end }),
            _ => Err(Fault::Strange("an outcome that it could have")),
        }
    }
}

/// How a channel stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) lives: Lives,
    /// The number of the newest record.
    pub(super) last: u64,
    pub(super) ended: bool,
}

impl State {
    fn of(lives: &Value, last: &Value, ended: &Value) -> Result<Self, Fault> {
        Ok(Self {
            lives: lives_of(text(lives)?)?,
            last: number(last)?,
            ended: number(ended)? == 1,
        })
    }

    /// How channels stand, and how many records of each are kept.
    pub(super) fn of_many(reply: &Value) -> Result<Vec<(Self, u64)>, Fault> {
        let channels = array(reply)?.iter().map(|channel| {
            let [lives, last, ended, kept] = array(channel)? else {
                return Err(Fault::Strange("how a channel stands"));
            };
            Ok((Self::of(lives, last, ended)?, number(kept)?))
        });
        channels.collect()
    }

    /// How a channel stands, and entries of it; `None` where it is not known.
    pub(super) fn with_entries(reply: &Value) -> Result<Option<(Self, &[Value])>, Fault> {
        match reply {
            Value::Nil | Value::Boolean(false) => Ok(None),
            reply => {
                let [lives, last, ended, entries] = array(reply)? else {
                    return Err(Fault::Strange("how a channel stands"));
                };
                Ok(Some((Self::of(lives, last, ended)?, array(entries)?)))
            }
        }
    }
}

/// `<epoch>:<after> …`, oldest first.
fn lives_of(text: &str) -> Result<Lives, Fault> {
    let lives = text.split(' ').map(|life| {
        let (epoch, after) = life.split_once(':')?;
        Some((Epoch::parse(epoch)?, after.parse().ok()?))
    });
    let lives: Option<Vec<_>> = lives.collect();
    lives
        .and_then(Lives::new)
        .ok_or(Fault::Strange("the lives of the channel"))
}

fn place(epoch: &str, seq: &str) -> Result<Cursor, Fault> {
    let epoch = Epoch::parse(epoch).ok_or(Fault::Strange("an epoch"))?;
    Ok(Cursor::new(epoch, digits(seq)?))
}

fn digits(text: &str) -> Result<u64, Fault> {
    text.parse().map_err(|_| Fault::Strange("a number"))
}

pub(super) fn array(value: &Value) -> Result<&[Value], Fault> {
    match value {
        Value::Array(values) => Ok(values),
        _ => Err(Fault::Strange("a list")),
    }
}

pub(super) fn text(value: &Value) -> Result<&str, Fault> {
    let text = match value {
        Value::BulkString(bytes) => str::from_utf8(bytes).ok(),
        Value::SimpleString(text) => Some(text.as_str()),
        _ => None,
    };
    text.ok_or(Fault::Strange("a text"))
}

/// An integer or its digits, as Lua keeps no large ones.
fn number(value: &Value) -> Result<u64, Fault> {
    match value {
        Value::Int(number) => u64::try_from(*number).map_err(|_| Fault::Strange("a number")),
        value => digits(text(value)?),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::entry::entry;
    use super::*;

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    fn list(texts: &[&str]) -> Value {
        Value::Array(texts.iter().map(|text| bulk(text)).collect())
    }

    fn at(seq: u64) -> Cursor {
        Cursor::new(Epoch::new(0xbee), seq)
    }

    #[test]
    fn what_came_of_an_append_is_read() {
        let appended = |epoch, numbers: &[u64], is_repeated| Outcome::Appended {
            end: at(9),
            places: numbers
                .iter()
                .map(|seq| Cursor::new(Epoch::new(epoch), *seq))
                .collect(),
            is_repeated,
        };
        for (reply, outcome) in [
            ("appended bee 9 bee 8 9", appended(0xbee, &[8, 9], false)),
            ("repeated bee 9 abc 3 4", appended(0xabc, &[3, 4], true)),
            ("appended bee 9 bee 10 9", appended(0xbee, &[], false)),
            ("appended bee 9", appended(0xbee, &[], false)),
            ("ended bee 9", Outcome::Ended),
            ("moved bee 9", Outcome::Moved { end: at(9) }),
        ] {
            assert_eq!(Outcome::of(&bulk(reply)).unwrap(), outcome, "{reply}");
        }
    }

    #[test]
    fn an_answer_that_no_script_of_ours_gives_is_told() {
        for reply in [
            "",
            "appended",
            "appended bee",
            "appended bee x",
            "appended BEE 9",
            "appended bee 9 bee 8",
            "appended bee 9 bee 8 9 10",
            "appended  bee 9",
            "gone bee 9",
            "appended bee 9 bee 1 18446744073709551615",
            "repeated bee 9 bee 1 65537",
        ] {
            assert!(Outcome::of(&bulk(reply)).is_err(), "{reply}");
        }
    }

    #[test]
    fn how_a_channel_stands_is_read_with_its_lives() {
        let channel = list(&["a:0 bee:5", "7", "1", "3"]);
        let states = State::of_many(&Value::Array(vec![channel])).unwrap();
        let [(state, 3)] = &*states else {
            panic!("{states:?}");
        };
        assert!(state.ended);
        assert_eq!(state.lives.end(state.last), at(7));
        assert_eq!(state.lives.place(5), Cursor::new(Epoch::new(0xa), 5));
    }

    #[test]
    fn an_unknown_channel_has_no_entries() {
        assert!(State::with_entries(&Value::Nil).unwrap().is_none());
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Nil),
            Just(Value::Okay),
            any::<i64>().prop_map(Value::Int),
            any::<Vec<u8>>().prop_map(Value::BulkString),
            "(appended|a:0 b:7|7-0|f|d|data: x\n| ){0,6}".prop_map(|text| bulk(&text)),
        ];
        leaf.prop_recursive(4, 64, 5, |inner| {
            prop::collection::vec(inner, 0..5).prop_map(Value::Array)
        })
    }

    proptest! {
        #[test]
        fn whatever_the_server_answers_is_no_panic(value in value()) {
            let _ = Outcome::of(&value);
            let _ = State::of_many(&value);
            let _ = State::with_entries(&value);
            let _ = entry(&value);
        }
    }
}
