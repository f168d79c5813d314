//! What the engine's task tells of what it hears.

use std::sync::Arc;

use bytes::Bytes;
use tokio::time::Instant;

#[cfg(any(test, feature = "nats"))]
use super::super::super::Page;
use super::super::super::watchers::Call;
use super::super::super::{ChannelName, Cursor};
use super::super::interest::Interest;
use super::super::mirror::Progress;
use super::Mirrors;

impl Mirrors {
    /// The next channel that has begun or ceased to be watched. Nothing is lost where the future is
    /// dropped.
    pub(crate) async fn interest(&self) -> Interest {
        loop {
            if let Some(interest) = self.take_interest() {
                return interest;
            }
            self.changes.more().await;
        }
    }

    /// The same, where there is one now.
    pub(crate) fn take_interest(&self) -> Option<Interest> {
        let name = self.changes.take()?;
        Some(match self.find(&name) {
            Some(_) => Interest::Watched(name),
            None => Interest::Unwatched(name),
        })
    }

    /// Hints of all that is appended to the channel come from now on: the server has said so. Where
    /// those of all channels do, that is nothing new.
    pub(crate) fn heard(&self, channel: &ChannelName) {
        let channels = self.channels();
        let new = (!channels.hears_all).then(|| channels.mirrors.get(channel).cloned());
        drop(channels);
        if let Some(mirror) = new.flatten() {
            self.change(&mirror, Progress::heard);
        }
        self.work.try_now();
    }

    /// Hints of all channels come from now on, whether they are watched already or not: for an engine
    /// that hears of everything.
    #[cfg(feature = "postgres")]
    pub(crate) fn heard_all(&self) {
        let mut channels = self.channels_mut();
        channels.hears_all = true;
        let mirrors: Vec<_> = channels.mirrors.values().cloned().collect();
        drop(channels);
        for mirror in mirrors {
            self.change(&mirror, Progress::heard);
        }
        self.work.try_now();
    }

    /// No hints come any more. All that is watched is told once more as `Interest::Watched`.
    #[cfg(any(test, feature = "nats", feature = "postgres"))]
    pub(crate) fn deaf(&self) {
        self.channels_mut().hears_all = false;
        self.deaf_to(|_| true);
    }

    /// The same of those channels of which this holds.
    pub(crate) fn deaf_to(&self, is_deaf: impl Fn(&ChannelName) -> bool) {
        let mirrors: Vec<_> = self.channels().mirrors.values().cloned().collect();
        let deaf: Vec<_> = mirrors
            .into_iter()
            .filter(|mirror| is_deaf(&mirror.name))
            .collect();
        for mirror in &deaf {
            mirror.progress().deaf();
        }
        self.changes
            .add(deaf.iter().map(|mirror| mirror.name.clone()));
    }

    /// A channel has more: up to that place, where it is known. That it has ended is hinted without
    /// one, as a place that was read already is nothing new.
    pub(crate) fn hinted(&self, channel: &ChannelName, end: Option<Cursor>) {
        if let Some(mirror) = self.find(channel) {
            let now = Instant::now();
            self.change(&mirror, |progress| progress.hinted(end, now));
        }
    }

    /// A channel has these records, none between `after` and the first of them, and none of them comes
    /// after an end. They may come late, again, and in another order.
    #[cfg(any(test, feature = "nats"))]
    pub(crate) fn came(&self, channel: &ChannelName, after: Cursor, page: &Page) {
        if let Some(mirror) = self.find(channel) {
            let now = Instant::now();
            self.change(&mirror, |progress| progress.came(after, page, now));
        }
    }

    /// A signal has come. `wire` is the record's lines and a blank line.
    pub(crate) fn signalled(&self, channel: &ChannelName, key: Option<Arc<str>>, wire: Bytes) {
        if let Some(mirror) = self.find(channel) {
            mirror.watchers.call(Call::signal((key, wire)));
        }
    }

    /// The engine's task cannot do its work, for that reason. Of reads and appends that fail it need
    /// not tell: who asked does.
    pub(crate) fn impaired(&self, reason: impl Into<String>) {
        self.troubles.link(Some(reason.into()));
    }

    /// The engine's task does its work.
    pub(crate) fn serving(&self) {
        self.troubles.link(None);
        self.work.try_now();
    }
}
