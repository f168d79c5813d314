//! What the tasks of a log do, and what they do once in a while.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use super::super::super::Health;
use super::super::engine::End;
use super::super::mirror::Mirror;
use super::super::ring::AGE;
use super::super::work::Job;
use super::watches::LINGER;
use super::{ALL_BYTES, Locked, Mirrors};

/// How often what was not hinted of is looked for, and of how many channels at once.
pub(in super::super) const ROUND: Duration = Duration::from_secs(1);
const LOOKS: usize = 2000;

impl Mirrors {
    pub(in super::super) async fn next_job(&self) -> Job {
        self.work.next().await
    }

    pub(in super::super) fn not_asked(&self) {
        self.work.not_asked();
    }

    pub(in super::super) fn keep(&self, job: Job) {
        self.work.keep(job);
    }

    pub(in super::super) fn looked(&self, mirror: &Arc<Mirror>, generation: u64, end: End) {
        let now = Instant::now();
        self.change(mirror, |progress| progress.looked(generation, end, now));
    }

    /// What is done once in a while.
    pub(in super::super) fn round(&self) {
        let now = Instant::now();
        self.work.retry();
        self.look_around(now);
        self.drop_old(now);
        self.forget_unwatched(now);
        if let Some(metrics) = self.metrics() {
            let is_impaired = self.health() != Health::Serving;
            metrics.stands(self.held.load(Ordering::Relaxed), is_impaired);
        }
    }

    /// Has those looked at of which no hint has come.
    fn look_around(&self, now: Instant) {
        let then = now.checked_sub(ROUND).unwrap_or(now);
        let mut turns = self.turns();
        let some = turns.looks.len().min(LOOKS);
        let mut some: Vec<_> = turns.looks.drain(..some).collect();
        drop(turns);
        some.retain(|mirror| {
            let progress = mirror.progress();
            let (is_gone, is_hinted) = (progress.is_gone, progress.is_hinted_since(then));
            drop(progress);
            if !is_gone && !is_hinted {
                self.work.look(mirror);
            }
            !is_gone
        });
        self.turns().looks.extend(some);
    }

    fn drop_old(&self, now: Instant) {
        loop {
            let next = due(&mut self.turns().holding, now, AGE / 4);
            let Some((mirror, _)) = next else {
                return;
            };
            let mut progress = self.lock(&mirror);
            progress.expire(now);
            self.hold_on(&mirror, progress, now);
        }
    }

    /// Drops what nobody has read for longest.
    pub(super) fn make_room(&self, now: Instant) {
        let holding = self.turns().holding.len();
        // After one time around nobody has read from any.
        for _ in 0..2 * holding {
            if self.held.load(Ordering::Relaxed) <= ALL_BYTES {
                return;
            }
            let Some((mirror, _)) = self.turns().holding.pop_front() else {
                return;
            };
            let mut progress = self.lock(&mirror);
            if !std::mem::take(&mut progress.is_used) {
                progress.clear();
            }
            self.hold_on(&mirror, progress, now);
        }
    }

    fn hold_on(&self, mirror: &Arc<Mirror>, mut progress: Locked<'_>, now: Instant) {
        progress.is_holding = progress.size() > 0;
        let is_holding = progress.is_holding;
        drop(progress);
        if is_holding {
            let mirror = Arc::clone(mirror);
            self.turns().holding.push_back((mirror, now));
        }
    }

    fn forget_unwatched(&self, now: Instant) {
        loop {
            let next = due(&mut self.turns().lingering, now, LINGER);
            let Some((mirror, left_at)) = next else {
                return;
            };
            self.forget(&mirror, left_at);
        }
    }
}

/// Takes the first of a queue, if it has been there for so long.
fn due(
    queue: &mut VecDeque<(Arc<Mirror>, Instant)>,
    now: Instant,
    after: Duration,
) -> Option<(Arc<Mirror>, Instant)> {
    let (_, since) = queue.front()?;
    match now.saturating_duration_since(*since) >= after {
        true => queue.pop_front(),
        false => None,
    }
}
