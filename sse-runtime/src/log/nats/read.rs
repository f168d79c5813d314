//! Pages of a channel.

use std::collections::VecDeque;

use futures_util::future::{try_join, try_join3};
use tokio::time::Instant;

use super::super::remote::End;
use super::super::segment::frame_size;
use super::super::{
    ChannelName, Cursor, Epoch, Extent, Limit, Page, PageBuilder, ReadError, Record, Standing,
};
use super::ending::Life;
use super::link::{Found, Holds, Link, MOST_MESSAGES};
use super::message::Stored;
use super::place::Place;
use super::subjects::Subjects;

/// What is asked of one channel, until the time is over.
pub(super) struct Asked<'a> {
    pub(super) link: &'a Link,
    pub(super) channel: ChannelName,
    epoch: Epoch,
    subjects: &'a Subjects,
    log: String,
    pub(super) deadline: Instant,
}

impl<'a> Asked<'a> {
    pub(super) fn of(
        link: &'a Link,
        subjects: &'a Subjects,
        channel: &ChannelName,
        deadline: Instant,
    ) -> Self {
        Self {
            link,
            channel: channel.clone(),
            epoch: link.epoch().of_channel(channel),
            subjects,
            log: subjects.log(channel),
            deadline,
        }
    }

    pub(super) fn cursor(&self, place: Place) -> Cursor {
        Cursor::new(self.epoch, place.seq())
    }

    pub(super) fn log(&self) -> &str {
        &self.log
    }

    pub(super) fn end(&self) -> String {
        self.subjects.end(&self.channel)
    }

    /// Looks for the last end, and remembers it.
    pub(super) async fn life(&self) -> Result<Life, ReadError> {
        let before = self.link.ends.before(&self.channel);
        let end = self.link.last(&self.end(), self.deadline).await?;
        let life = Life::of(end)?;
        let end = life.known_end();
        self.link.ends.looked(&self.channel, end, before);
        Ok(life)
    }

    pub(super) async fn newest(&self) -> Result<Option<Stored>, ReadError> {
        self.link.last(&self.log, self.deadline).await
    }

    pub(super) async fn from(&self, message: u64) -> Result<Option<Stored>, ReadError> {
        self.link.next(&self.log, message, self.deadline).await
    }

    async fn many(&self, from: u64, limit: Limit) -> Result<Found, ReadError> {
        // One more than is wanted: the first may be the one that the reader has.
        let most = (limit.records().saturating_add(1), limit.bytes());
        self.link.many(&self.log, from, most, self.deadline).await
    }

    /// What the stream holds, without a look at its subjects.
    pub(super) async fn holds(&self) -> Result<Holds, ReadError> {
        let info = self.link.info(None, self.deadline).await?;
        self.link.still_holds(info)
    }

    /// How many messages the channel holds. For that the server goes through all subjects of the stream.
    pub(super) async fn count(&self) -> Result<u64, ReadError> {
        let info = self.link.info(Some(&self.log), self.deadline).await?;
        Ok(self.link.still_holds(info)?.messages_of(&self.log))
    }

    pub(super) async fn page(&self, cursor: Cursor, limit: Limit) -> Result<Page, ReadError> {
        if cursor.epoch() != self.epoch {
            return self.begin_anew(Standing::UnknownEpoch).await;
        }
        let mut place = Place::of(cursor);
        // The message before the place too: where it is still there, nothing after it is gone.
        let looked = try_join(self.life(), self.many(place.passed, limit)).await?;
        let (life, mut found) = looked;
        let mut standing = loop {
            if let Some(standing) = self.stand(place, &life, &found).await? {
                break standing;
            }
            found = self.many(place.passed, limit).await?;
        };
        if place.passed < life.floor {
            // What is left of the life before is forgotten.
            let next = self.next_in(&found, place.passed + 1).await?;
            if life.forgot_record || next.is_some_and(|next| next < life.floor) {
                standing = Standing::Truncated { missed: None };
            }
            place = Place::behind(life.floor);
            found = self.many(life.floor + 1, limit).await?;
        }
        let start = match standing {
            Standing::Contiguous => self.cursor(place),
            Standing::Truncated { .. } => match found.messages.iter().find(|it| life.holds(it)) {
                Some(first) => {
                    place = Place::before(first.seq);
                    self.cursor(place)
                }
                None => return self.begin_anew(standing).await,
            },
            _ => return self.begin_anew(standing).await,
        };
        let mut filling = Filling {
            page: PageBuilder::new(standing, start),
            epoch: self.epoch,
            after: place,
            left: limit,
            is_empty: true,
        };
        let mut is_sure = life.end.is_none();
        loop {
            let behind = found.messages.last().map(|message| message.seq + 1);
            for message in found.messages.iter().filter(|it| life.holds(it)) {
                match filling.take(message) {
                    Ok(true) => {}
                    Ok(false) => return Ok(filling.page.finish(true, false)),
                    // What is readable comes first.
                    Err(_) if !filling.is_empty => return Ok(filling.page.finish(true, false)),
                    Err(unreadable) => return Err(unreadable),
                }
            }
            match &life.end {
                _ if !found.is_all && !filling.is_empty => {
                    return Ok(filling.page.finish(true, false));
                }
                None if found.is_all => return Ok(filling.page.finish(false, false)),
                // The end may be newer than what was found beside it.
                Some(end) if found.is_all && is_sure => {
                    let is_taken = filling.take(end)?;
                    return Ok(filling.page.finish(!is_taken, true));
                }
                _ => is_sure |= found.is_all,
            }
            let from = behind.unwrap_or(place.passed + 1);
            found = self.many(from, limit).await?;
        }
    }

    /// The number of the first message from that one on, of which these were found.
    async fn next_in(&self, found: &Found, from: u64) -> Result<Option<u64>, ReadError> {
        let next = found.messages.iter().find(|it| it.seq >= from);
        Ok(match next {
            None if !found.is_all => self.from(from).await?.map(|next| next.seq),
            next => next.map(|next| next.seq),
        })
    }

    async fn begin_anew(&self, standing: Standing) -> Result<Page, ReadError> {
        let Extent { newest, ended, .. } = self.extent().await?;
        Ok(PageBuilder::new(standing, newest).finish(false, ended))
    }

    pub(super) async fn extent(&self) -> Result<Extent, ReadError> {
        loop {
            let asked = try_join3(self.life(), self.newest(), self.from(1)).await?;
            let (life, newest, mut oldest) = asked;
            if oldest.as_ref().is_some_and(|it| it.seq <= life.floor) {
                oldest = self.from(life.floor + 1).await?;
            }
            let oldest = oldest.filter(|it| life.holds(it));
            let newest = newest.filter(|it| life.holds(it));
            let before = oldest.map(|it| Place::before(it.seq));
            let behind = newest.map(|it| Place::behind(it.seq));
            let (oldest, newest) = match &life.end {
                Some(end) if !end.records()?.is_empty() => {
                    let before = before.unwrap_or(Place::before(end.seq));
                    (before, Place::behind(end.seq))
                }
                Some(end) => {
                    let behind = behind.unwrap_or(Place::before(end.seq));
                    (before.unwrap_or(behind), behind)
                }
                None => match (before, behind) {
                    (Some(before), Some(behind)) => (before, behind),
                    _ => match self.unknown(&life).await? {
                        Some(place) => {
                            let place = self.cursor(place);
                            return Ok(Extent {
                                oldest: place,
                                newest: place,
                                exists: false,
                                ended: false,
                            });
                        }
                        None => continue,
                    },
                },
            };
            return Ok(Extent {
                oldest: self.cursor(oldest.min(newest)),
                newest: self.cursor(newest),
                exists: true,
                ended: life.end.is_some(),
            });
        }
    }

    /// The place from which whatever comes to a channel can be read that holds nothing: the end of the
    /// stream. `None` where something has come.
    async fn unknown(&self, life: &Life) -> Result<Option<Place>, ReadError> {
        let (holds, newest) = self.holds_beside().await?;
        let is_empty = newest.is_none_or(|newest| newest <= life.floor);
        Ok(is_empty.then(|| Place::behind(holds.last_seq)))
    }

    /// Where the channel ends, while the stream ended with `last` a moment before.
    pub(super) async fn where_it_ends(&self, last: u64) -> Result<End, ReadError> {
        let marks = &self.link.marks;
        let at = |newest| self.cursor(Place::behind(newest));
        if let Some(newest) = marks.unchanged(&self.channel, last) {
            return Ok(End {
                newest: at(newest),
                ended: false,
            });
        }
        let (life, newest) = try_join(self.life(), self.newest()).await?;
        let mut newest = newest.filter(|it| life.holds(it)).map(|it| it.seq);
        if let Some(end) = &life.end {
            let is_record = !end.records()?.is_empty();
            newest = if is_record { Some(end.seq) } else { newest };
        }
        let ended = life.end.is_some();
        let age = self.link.facts.age;
        let newest = marks.saw(&self.channel, last, (newest, ended), age);
        Ok(End {
            newest: at(newest),
            ended,
        })
    }

    /// Nothing finds the message before another one of its subject. So this looks as many messages
    /// back as there could be in a stream of this channel alone, and then four times as many.
    pub(super) async fn rewind(&self, records: usize) -> Result<Cursor, ReadError> {
        let Extent { oldest, newest, .. } = self.extent().await?;
        let (first, last) = (Place::of(oldest).passed + 1, Place::of(newest).passed);
        if records == 0 || oldest == newest {
            return Ok(newest);
        }
        let life = self.life().await?;
        let mut span = u64::try_from(records).unwrap_or(u64::MAX);
        loop {
            let from = last.saturating_sub(span - 1).max(first);
            let starts = self.starts(from, records, &life).await?;
            if starts.len() >= records || from == first {
                let start = starts.front().copied();
                return Ok(start.map_or(oldest, |start| self.cursor(start)));
            }
            span = span.saturating_mul(4);
        }
    }

    /// The places before the newest `most` records that lie from there on.
    async fn starts(
        &self,
        mut from: u64,
        most: usize,
        life: &Life,
    ) -> Result<VecDeque<Place>, ReadError> {
        let mut starts = VecDeque::new();
        let mut add = |message: &Stored| {
            let records = message.records()?.len();
            let mut before = Place::before(message.seq);
            for place in Place::of_records(message.seq, records) {
                starts.push_back(before);
                before = place;
            }
            starts.drain(..starts.len().saturating_sub(most));
            Ok::<_, ReadError>(())
        };
        loop {
            let limit = Limit::new(MOST_MESSAGES, usize::MAX);
            let found = self.many(from, limit).await?;
            for message in found.messages.iter().filter(|it| life.holds(it)) {
                add(message)?;
            }
            from = found.messages.last().map_or(from, |last| last.seq + 1);
            if found.is_all {
                break;
            }
        }
        if let Some(end) = &life.end {
            add(end)?;
        }
        Ok(starts)
    }
}

/// A page that takes records as long as there is room.
struct Filling {
    page: PageBuilder,
    epoch: Epoch,
    after: Place,
    left: Limit,
    is_empty: bool,
}

impl Filling {
    /// Takes the records of a message that lie after the place where the page begins. Whether there
    /// was room for all of them.
    fn take(&mut self, message: &Stored) -> Result<bool, ReadError> {
        let records = message.records()?;
        let places = Place::of_records(message.seq, records.len());
        for (place, record) in places.zip(&records) {
            if place > self.after && !self.takes(place, record) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn takes(&mut self, place: Place, record: &Record<'_>) -> bool {
        let (records, bytes) = (self.left.records(), self.left.bytes());
        let size = frame_size(self.epoch, place.seq(), record);
        if !self.is_empty && (records == 0 || bytes < size) {
            return false;
        }
        self.left = Limit::new(records.saturating_sub(1), bytes.saturating_sub(size));
        self.is_empty = false;
        self.page.push(Cursor::new(self.epoch, place.seq()), record);
        true
    }
}
