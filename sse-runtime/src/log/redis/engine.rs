//! What a log asks of Redis.

use std::sync::Arc;
use std::time::Duration;

use ::redis::Value;
use futures_util::future::try_join_all;
use tokio::task::JoinSet;

use super::super::remote::{End, Engine, Retention, Write, Written};
use super::super::segment::frame_size;
use super::super::{
    AppendError, ChannelName, Condition, Cursor, Epoch, Extent, Limit, Page, PageBuilder,
    Properties, ReadError, Record, Standing,
};
use super::entry::entry;
use super::fault::Fault;
use super::link::{Link, MAX_BYTES};
use super::names::{KeysOf, Names};
use super::reply::{Outcome, State};
use super::script::{APPEND, Call, EXTENT, READ};
use super::{MAX_RECORDS, RedisOptions, live};

/// The most that one read takes.
const MAX_READ: Limit = Limit::new(10_000, 1024 * 1024);
/// How many channels are asked for at once where they end.
const BATCH: usize = 128;

pub(super) struct RedisEngine {
    pub(super) options: RedisOptions,
    pub(super) names: Arc<Names>,
    pub(super) link: Arc<Link>,
    /// Those that keep the connections. They end with the log.
    pub(super) _tasks: JoinSet<()>,
}

impl Engine for RedisEngine {
    const NAME: &'static str = "redis";
    const PROPERTIES: Properties = Properties::ALL;

    fn retention(&self) -> Retention {
        Retention {
            events: self.options.events as u64,
            age: self.options.age,
        }
    }

    async fn append(
        &self,
        channel: &ChannelName,
        write: Write<'_>,
    ) -> Result<Written, AppendError> {
        self.check_sizes(write.records)?;
        let call = append(&self.options, &self.names.of(channel), &write);
        let reply = self.link.call(&call).await?;
        match Outcome::of(&reply)? {
            Outcome::Appended {
                end,
                places,
                is_repeated,
            } if is_repeated || places.len() == write.records.len() => Ok(Written {
                places,
                end,
                is_repeated,
            }),
            Outcome::Appended { .. } => Err(Fault::Strange("a place for each record").into()),
            Outcome::Ended => Err(AppendError::Ended {
                channel: channel.clone(),
            }),
            Outcome::Moved { end } => Err(AppendError::Moved { end }),
        }
    }

    async fn read_after(
        &self,
        channel: &ChannelName,
        cursor: Cursor,
        limit: Limit,
    ) -> Result<Page, ReadError> {
        let keys = self.names.of(channel);
        let records = limit.records().clamp(1, MAX_READ.records());
        let bytes = limit.bytes().min(MAX_READ.bytes());
        let call = Call::new(&READ, vec![keys.log(), keys.meta()])
            .display(&cursor.seq().saturating_add(1))
            .display(&records)
            .display(&bytes);
        let reply = self.link.call(&call).await?;
        match State::with_entries(&reply)? {
            Some((state, entries)) => page(&state, entries, cursor, Limit::new(records, bytes)),
            None => {
                let end = self.extent(channel).await?.newest;
                Ok(PageBuilder::new(Standing::UnknownEpoch, end).finish(false, false))
            }
        }
    }

    async fn extent(&self, channel: &ChannelName) -> Result<Extent, ReadError> {
        let states = self.states(std::slice::from_ref(channel)).await?;
        let [(state, kept)] = &*states else {
            return Err(Fault::Strange("the one channel").into());
        };
        Ok(Extent {
            oldest: state.lives.place(state.last.saturating_sub(*kept)),
            newest: state.lives.end(state.last),
            exists: state.last > 0 || state.ended,
            ended: state.ended,
        })
    }

    async fn rewind(&self, channel: &ChannelName, records: usize) -> Result<Cursor, ReadError> {
        let states = self.states(std::slice::from_ref(channel)).await?;
        let [(state, kept)] = &*states else {
            return Err(Fault::Strange("the one channel").into());
        };
        let back = (records as u64).min(*kept);
        Ok(match back {
            0 => state.lives.end(state.last),
            back => state.lives.place(state.last.saturating_sub(back)),
        })
    }

    async fn ends(&self, channels: &[ChannelName]) -> Result<Vec<End>, ReadError> {
        // In a cluster a script has to do with one slot only.
        let in_one_call = if self.link.is_cluster() { 1 } else { BATCH };
        let mut ends = Vec::with_capacity(channels.len());
        for batch in channels.chunks(BATCH) {
            let mut calls = Vec::new();
            for channels in batch.chunks(in_one_call) {
                calls.push(self.states(channels));
            }
            for (state, _) in try_join_all(calls).await?.into_iter().flatten() {
                ends.push(End {
                    newest: state.lives.end(state.last),
                    ended: state.ended,
                });
            }
        }
        Ok(ends)
    }

    async fn signal(&self, channel: &ChannelName, record: &Record<'_>) -> Result<(), AppendError> {
        self.check_sizes(std::slice::from_ref(record))?;
        let payload = live::signal(record);
        let live = self.names.of(channel).live();
        let mut command = ::redis::cmd("SPUBLISH");
        command.arg(&live).arg(&payload);
        self.link.ask(&live, &command, payload.len()).await?;
        Ok(())
    }
}

impl RedisEngine {
    fn check_sizes(&self, records: &[Record<'_>]) -> Result<(), AppendError> {
        let limit = self.options.max_record_bytes;
        if let Some(bytes) = records
            .iter()
            .map(Record::size)
            .find(|bytes| *bytes > limit)
        {
            return Err(AppendError::TooLarge { bytes, limit });
        }
        if records.len() > MAX_RECORDS {
            let batch = format!(
                "a batch of {} events; append at most {MAX_RECORDS} at once",
                records.len()
            );
            return Err(Fault::NotAsked(batch).into());
        }
        let bytes: usize = records.iter().map(Record::size).sum();
        if bytes > MAX_BYTES {
            let batch = format!("a batch of {bytes} bytes; append at most {MAX_BYTES} at once");
            return Err(Fault::NotAsked(batch).into());
        }
        Ok(())
    }

    /// How channels stand, and how many records of each are kept.
    async fn states(&self, channels: &[ChannelName]) -> Result<Vec<(State, u64)>, ReadError> {
        let keys = channels.iter().map(|channel| self.names.of(channel));
        let keys = keys.flat_map(|keys| [keys.log(), keys.meta()]).collect();
        let mut call = Call::new(&EXTENT, keys).display(&ms(self.options.remembered()));
        for _ in channels {
            call = call.display(&candidate());
        }
        let states = State::of_many(&self.link.call(&call).await?)?;
        match states.len() == channels.len() {
            true => Ok(states),
            false => Err(Fault::Strange("each channel").into()),
        }
    }
}

/// The call that writes.
pub(super) fn append<'a>(options: &RedisOptions, keys: &KeysOf<'_>, write: &Write<'a>) -> Call<'a> {
    let mut names = vec![keys.log(), keys.meta()];
    let (condition, argument, other) = match write.condition {
        None => ("", String::new(), String::new()),
        Some(Condition::Once(key)) => {
            names.push(keys.once(key));
            (
                "once",
                ms(options.idempotency_window).to_string(),
                String::new(),
            )
        }
        Some(Condition::At(end)) => ("at", end.epoch().to_string(), end.seq().to_string()),
    };
    let mut call = Call::new(&APPEND, names)
        .display(&candidate())
        .display(&options.events)
        .display(&ms(options.age))
        .display(&ms(options.remembered()))
        .display(&ms(options.ended))
        .bytes(keys.live().into_bytes())
        .text(if write.ends { "1" } else { "" })
        .text(condition)
        .display(&argument)
        .display(&other)
        .display(&Record::FORMAT);
    for record in write.records {
        call = match record.key() {
            None => call.text(""),
            Some(key) => call.bytes(["=", key].concat().into_bytes()),
        };
        call = call.bytes(record.lines());
    }
    call
}

/// A page of what came after `cursor`.
fn page(state: &State, entries: &[Value], cursor: Cursor, limit: Limit) -> Result<Page, ReadError> {
    let State { lives, last, ended } = state;
    let empty = |standing, at: Cursor| {
        let has_more = at.seq() < *last;
        Ok(PageBuilder::new(standing, at).finish(has_more, *ended))
    };
    match lives.stand(cursor, *last) {
        Standing::Contiguous => {}
        Standing::Rewound => return empty(Standing::Rewound, lives.rewound(cursor)),
        standing => return empty(standing, lives.end(*last)),
    }
    let (mut records, mut bytes) = (limit.records(), limit.bytes());
    let mut page: Option<PageBuilder> = None;
    let mut at = cursor;
    for value in entries {
        let (seq, record) = match entry(value) {
            Ok(entry) => entry,
            // What is before it can be read, and it is told when it is its turn.
            Err(_) if page.is_some() => break,
            Err(unreadable) => return Err(unreadable.into()),
        };
        let missed = seq.saturating_sub(at.seq().saturating_add(1));
        if page.is_some() && missed > 0 {
            break;
        }
        let place = lives.place(seq);
        let size = frame_size(place.epoch(), seq, &record);
        if page.is_some() && (records == 0 || size > bytes) {
            break;
        }
        (records, bytes) = (records.saturating_sub(1), bytes.saturating_sub(size));
        let standing = match missed {
            0 => Standing::Contiguous,
            missed => Standing::Truncated {
                missed: Some(missed),
            },
        };
        let before = Cursor::new(place.epoch(), seq.saturating_sub(1));
        let page = page.get_or_insert_with(|| PageBuilder::new(standing, before));
        page.push(place, &record);
        at = place;
    }
    match page {
        Some(page) => Ok(page.finish(at.seq() < *last, *ended)),
        // All of it is gone.
        None if cursor.seq() < *last => {
            let missed = Some(last - cursor.seq());
            empty(Standing::Truncated { missed }, lives.end(*last))
        }
        None => empty(Standing::Contiguous, cursor),
    }
}

/// An epoch for a channel that may need one. Of 36 bits, as an id of 50 channels has one for each.
pub(super) fn candidate() -> Epoch {
    Epoch::new(Epoch::random().get() >> 12)
}

pub(super) fn ms(duration: Duration) -> u64 {
    // What Redis takes for ever is no less than what it can count to.
    let most = u64::MAX >> 16;
    u64::try_from(duration.as_millis()).map_or(most, |ms| ms.clamp(1, most))
}
