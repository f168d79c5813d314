//! The tasks of a log: they look at channels and read them on, for all who watch there.

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use super::super::Limit;
use super::engine::Engine;
use super::mirror::Mirror;
use super::mirrors::{Mirrors, ROUND};
use super::work::Job;

/// How many questions are under way at once.
const WORKERS: usize = 32;

pub(super) fn start<E: Engine>(engine: &Arc<E>, mirrors: &Arc<Mirrors>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for _ in 0..WORKERS {
        tasks.spawn(work(Arc::clone(engine), Arc::clone(mirrors)));
    }
    tasks.spawn(go_around(Arc::clone(mirrors)));
    tasks
}

async fn work<E: Engine>(engine: Arc<E>, mirrors: Arc<Mirrors>) {
    loop {
        match mirrors.next_job().await {
            Job::Read(mirror) => read_on(&*engine, &mirrors, &mirror).await,
            Job::Look(some) => look(&*engine, &mirrors, some).await,
        }
    }
}

async fn go_around(mirrors: Arc<Mirrors>) {
    let mut rounds = interval(ROUND);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        mirrors.round();
    }
}

async fn read_on<E: Engine>(engine: &E, mirrors: &Mirrors, mirror: &Arc<Mirror>) {
    // Where somebody else reads, that one sees whether there is more to read then.
    let Some(flight) = mirrors.begin_at_end(mirror) else {
        return mirrors.not_asked();
    };
    let page = engine
        .read_after(&mirror.name, flight.from(), Limit::default())
        .await;
    mirrors.note(&page);
    // What it brought lies in memory, and who is told of it reads it there.
    let _ = flight.land(page, Limit::default());
}

async fn look<E: Engine>(engine: &E, mirrors: &Mirrors, some: Vec<Arc<Mirror>>) {
    let generations = some.iter().map(|mirror| mirror.progress().generation());
    let generations: Vec<_> = generations.collect();
    let names: Vec<_> = some.iter().map(|mirror| mirror.name.clone()).collect();
    let ends = engine.ends(&names).await;
    mirrors.note(&ends);
    match ends {
        Ok(ends) => {
            let looked = some.iter().zip(generations).zip(ends);
            for ((mirror, generation), end) in looked {
                mirrors.looked(mirror, generation, end);
            }
        }
        Err(_) => mirrors.keep(Job::Look(some)),
    }
}
