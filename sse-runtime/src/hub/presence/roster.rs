//! Who is where, on this node and, as far as they have said, on others. No I/O and no clock of its
//! own.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::Present;
use super::notice::{MAX_CHANNELS, MAX_NAMED, Members, Notice};
use crate::log::ChannelName;

/// A node of which nothing was heard for this long is gone, and all who were there with it.
pub(super) const SILENCE: Duration = Duration::from_secs(30);

/// The most nodes that are listened to. Of more, those heard of first stay.
const MAX_NODES: usize = 1024;

/// The most channels that are remembered of one other node.
const MAX_REMEMBERED: usize = 100_000;

#[derive(Debug, Default)]
pub(super) struct Roster {
    /// How often each is there.
    here: HashMap<ChannelName, BTreeMap<Arc<str>, usize>>,
    elsewhere: HashMap<u64, Node>,
    /// Channels of this node of which others have not been told.
    untold: HashSet<ChannelName>,
}

#[derive(Debug)]
struct Node {
    heard: Instant,
    channels: HashMap<String, Away>,
}

impl Node {
    fn hear(&mut self, members: Members<'_>) {
        let Members {
            channel,
            count,
            named,
        } = members;
        if count == 0 {
            self.channels.remove(&*channel);
        } else if self.channels.contains_key(&*channel) || self.channels.len() < MAX_REMEMBERED {
            let named = named.iter().take(MAX_NAMED).map(|who| Arc::from(&**who));
            let named = named.collect();
            let away = Away { count, named };
            self.channels.insert(channel.into_owned(), away);
        }
    }
}

/// Who is in one channel, by way of another node.
#[derive(Debug)]
struct Away {
    count: usize,
    named: Vec<Arc<str>>,
}

impl Roster {
    pub(super) fn enter(&mut self, channel: &ChannelName, who: &Arc<str>) {
        let members = self.here.entry(channel.clone()).or_default();
        let times = members.entry(Arc::clone(who)).or_default();
        *times += 1;
        if *times == 1 {
            self.untold.insert(channel.clone());
        }
    }

    pub(super) fn leave(&mut self, channel: &ChannelName, who: &str) {
        let Some(members) = self.here.get_mut(channel) else {
            return;
        };
        let Some(times) = members.get_mut(who) else {
            return;
        };
        *times -= 1;
        if *times == 0 {
            members.remove(who);
            self.untold.insert(channel.clone());
            if members.is_empty() {
                self.here.remove(channel);
            }
        }
    }

    pub(super) fn has_news(&self) -> bool {
        !self.untold.is_empty()
    }

    /// What other nodes have not been told yet.
    pub(super) fn news(&mut self, node: u64) -> Vec<Notice<'static>> {
        let mut notices = Vec::new();
        let (mut channels, mut named) = (Vec::new(), 0);
        for channel in std::mem::take(&mut self.untold) {
            let members = self.members(&channel);
            let is_full = channels.len() == MAX_CHANNELS || named + members.named.len() > MAX_NAMED;
            if is_full && !channels.is_empty() {
                named = 0;
                let channels = std::mem::take(&mut channels);
                notices.push(Notice::Members { node, channels });
            }
            named += members.named.len();
            channels.push(members);
        }
        if !channels.is_empty() {
            notices.push(Notice::Members { node, channels });
        }
        notices
    }

    /// Makes news of everything: for nodes that have come, or have missed something.
    pub(super) fn retell(&mut self) {
        self.untold.extend(self.here.keys().cloned());
    }

    fn members(&self, channel: &ChannelName) -> Members<'static> {
        let members = self.here.get(channel);
        let named = members.into_iter().flat_map(BTreeMap::keys).take(MAX_NAMED);
        Members {
            channel: channel.as_str().to_owned().into(),
            count: members.map_or(0, BTreeMap::len),
            named: named.map(|who| who.to_string().into()).collect(),
        }
    }

    /// Another node has said something.
    pub(super) fn hear(&mut self, notice: Notice<'_>, now: Instant) {
        let id = notice.node();
        if !self.elsewhere.contains_key(&id) && self.elsewhere.len() >= MAX_NODES {
            return;
        }
        let node = self.elsewhere.entry(id).or_insert_with(|| Node {
            heard: now,
            channels: HashMap::new(),
        });
        node.heard = now;
        match notice {
            Notice::Hello { .. } => self.retell(),
            Notice::Alive { .. } => {}
            Notice::Members { channels, .. } => {
                channels.into_iter().for_each(|members| node.hear(members));
            }
        }
    }

    /// Forgets nodes that have fallen silent.
    pub(super) fn expire(&mut self, now: Instant) {
        self.elsewhere
            .retain(|_, node| now.saturating_duration_since(node.heard) < SILENCE);
    }

    pub(super) fn present(&self, channel: &ChannelName, now: Instant) -> Present {
        let here = self.here.get(channel);
        let mut present = Present::new(here.into_iter().flat_map(BTreeMap::keys).cloned());
        for (id, node) in &self.elsewhere {
            if now.saturating_duration_since(node.heard) < SILENCE
                && let Some(away) = node.channels.get(channel.as_str())
            {
                present.add(*id, away.count, &away.named);
            }
        }
        present
    }
}
