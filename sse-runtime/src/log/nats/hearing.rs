//! What is heard of channels: signals, what the server has stored, and ends.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_nats::{Message, Subscriber};
use futures_util::{FutureExt, StreamExt};
use tokio::time::Instant;

use super::super::remote::Mirrors;
use super::super::{ChannelName, Cursor, Page, PageBuilder, Standing};
use super::link::Link;
use super::message::{Stored, Unreadable, signalled};
use super::place::Place;
use super::subjects::Subjects;

/// How many messages are taken at once.
const MOST_AT_ONCE: usize = 256;

/// For how long one waits to know that no end came before what is stored. Without that it is a hint.
const PATIENCE: Duration = Duration::from_millis(500);

/// One subscription, and who is told.
///
/// What the server has stored comes with all that is in it, and goes to whoever follows without a
/// question, where nothing lies between it and what was read (the server says what was before it) and
/// no end makes it void. All else is a hint.
pub(super) struct Hearing {
    pub(super) messages: Subscriber,
    /// Where it is to one alone.
    pub(super) channel: Option<ChannelName>,
    pub(super) subjects: Subjects,
    pub(super) link: Arc<Link>,
    pub(super) mirrors: Arc<Mirrors>,
}

impl Hearing {
    pub(super) async fn listen(mut self) {
        while let Some(message) = self.messages.next().await {
            let mut stored = HashMap::new();
            self.hear(message, &mut stored);
            for _ in 1..MOST_AT_ONCE {
                let Some(Some(message)) = self.messages.next().now_or_never() else {
                    break;
                };
                self.hear(message, &mut stored);
            }
            let newest = stored.values().flatten().map(|it| it.seq).max();
            if let Some(newest) = newest {
                self.link.ends.stored(newest);
            }
            let deadline = Instant::now() + PATIENCE;
            for (channel, stored) in stored {
                self.came(&channel, stored, deadline).await;
            }
        }
    }

    fn hear(&self, message: Message, stored: &mut HashMap<ChannelName, Vec<Stored>>) {
        let named = || self.subjects.channel(&message.subject);
        let Some(channel) = self.channel.clone().or_else(named) else {
            return;
        };
        match message.subject.rsplit('.').next() {
            Some("signal") => {
                if let Some(record) = signalled(&message) {
                    let wire = [record.lines(), b"\n"].concat();
                    let key = record.key().map(Arc::from);
                    self.mirrors.signalled(&channel, key, wire.into());
                }
            }
            Some("log") => match Stored::from_message(message) {
                Some(message) => stored.entry(channel).or_default().push(message),
                None => self.mirrors.hinted(&channel, None),
            },
            _ => self.mirrors.hinted(&channel, None),
        }
    }

    async fn came(&self, channel: &ChannelName, mut stored: Vec<Stored>, deadline: Instant) {
        // Up to 2.9.15 the server may pass on the later one first.
        stored.sort_by_key(|message| message.seq);
        let Some(newest) = stored.last().map(|message| message.seq) else {
            return;
        };
        let newest = self.cursor(channel, newest);
        if !self.holds(channel, &stored, deadline).await {
            return self.mirrors.hinted(channel, Some(newest));
        }
        let follows = |a: &Stored, b: &Stored| b.previous() == Some(a.seq);
        for stretch in stored.chunk_by(follows) {
            match self.page(channel, stretch) {
                Ok(Some((after, page))) => self.mirrors.came(channel, after, &page),
                Ok(None) | Err(_) => return self.mirrors.hinted(channel, Some(newest)),
            }
        }
    }

    /// Whether all of them are surely records of the channel's life.
    async fn holds(&self, channel: &ChannelName, stored: &[Stored], deadline: Instant) -> bool {
        let (Some(first), Some(newest)) = (stored.first(), stored.last()) else {
            return false;
        };
        let ends = &self.link.ends;
        let after = first.after();
        let is_over = || {
            let end = ends.last(channel);
            end.is_some_and(|end| end.seq == after && end.is_over())
        };
        if stored.iter().any(|it| it.after() != after) || after > 0 && !is_over() {
            return false;
        }
        let end = self.subjects.end(channel);
        if self.link.looks_aside() && stored.iter().all(|it| it.was_held_to(&end)) {
            return true;
        }
        let at = (after, newest.seq);
        ends.is_last(&self.link, channel, at, deadline).await && is_over()
    }

    /// Messages that follow on one another, and after which place. `None` where that is not known, or
    /// they have come without what is in them.
    fn page(
        &self,
        channel: &ChannelName,
        stored: &[Stored],
    ) -> Result<Option<(Cursor, Page)>, Unreadable> {
        let Some(previous) = stored.first().and_then(Stored::previous) else {
            return Ok(None);
        };
        let after = self.cursor(channel, previous);
        let mut page = PageBuilder::new(Standing::Contiguous, after);
        for message in stored {
            let records = message.records()?;
            let places = Place::of_records(message.seq, records.len());
            for (place, record) in places.zip(&records) {
                page.push(Cursor::new(after.epoch(), place.seq()), record);
            }
        }
        Ok(Some((after, page.finish(false, false))))
    }

    /// The place behind a message.
    fn cursor(&self, channel: &ChannelName, seq: u64) -> Cursor {
        let epoch = self.link.epoch().of_channel(channel);
        Cursor::new(epoch, Place::behind(seq).seq())
    }
}
