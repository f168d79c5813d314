//! Appends to channels that another transaction holds.
//!
//! They wait in its queue, as any writer does, but on connections of their own and one channel at a time:
//! what is behind a question that waits waits with it.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::super::ChannelName;
use super::link::Link;
use super::trouble::Trouble;
use super::writer::{Asking, Job};

/// How many channels can be waited for at once.
pub(super) const LANES: usize = 2;

/// How long one is waited for before it is the turn of the next.
const TURN: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Waiting {
    state: Mutex<State>,
    has_more: Notify,
}

#[derive(Default)]
struct State {
    /// Whose turn it is; each once.
    turns: VecDeque<ChannelName>,
    jobs: HashMap<ChannelName, Vec<Job>>,
}

impl Waiting {
    pub(super) fn add(&self, job: Job) {
        let mut state = self.state();
        let State { turns, jobs } = &mut *state;
        let waiting = jobs.entry(job.channel.clone()).or_insert_with_key(|name| {
            turns.push_back(name.clone());
            Vec::new()
        });
        waiting.push(job);
        drop(state);
        self.has_more.notify_one();
    }

    /// Waits for one channel after the other. Never ends.
    pub(super) async fn run(&self, link: &Link, asking: &Asking) -> Infallible {
        loop {
            let jobs = self.next().await;
            let Some(until) = jobs.iter().map(|job| job.until).max() else {
                continue;
            };
            let left = until.saturating_duration_since(tokio::time::Instant::now());
            let patience = left.min(TURN).as_millis().max(1) as i32;
            for held in asking.append(link, jobs, patience).await {
                match held.until > tokio::time::Instant::now() {
                    true => self.add(held),
                    false => held.answer(Err(Trouble::Held.into())),
                }
            }
        }
    }

    /// All that waits for the channel whose turn it is.
    async fn next(&self) -> Vec<Job> {
        loop {
            if let Some(jobs) = self.take() {
                return jobs;
            }
            self.has_more.notified().await;
        }
    }

    fn take(&self) -> Option<Vec<Job>> {
        let mut state = self.state();
        let name = state.turns.pop_front()?;
        let jobs = state.jobs.remove(&name).unwrap_or_default();
        if !state.turns.is_empty() {
            // For another lane, as one notice may have stood for several.
            self.has_more.notify_one();
        }
        Some(jobs.into_iter().filter_map(Job::wanted).collect())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whole between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
