//! Who watches first and reads then misses nothing.

use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use super::super::{Channels, EventLog, Limit, Record, Watch};
use super::trial::{Breach, Held, Trial, at_once, hint, hint_within, holds, read, same};

pub(super) async fn what_is_appended_after_watching_is_hinted<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    let channel = trial.channel("hints")?;
    let mut watch = trial.watch(&[&channel])?;
    for n in 0..3 {
        // Before anyone waits: a hint waits too.
        trial.append(&channel, &n.to_string()).await?;
        hint(&mut watch).await?;
    }
    trial.append_all(&channel, ["3".to_owned()]).await?;
    hint(&mut watch).await.map(drop)
}

pub(super) async fn a_hint_names_the_channel<L: EventLog>(trial: &Trial<'_, L>) -> Held {
    let names = ["a", "b", "c"].map(|name| trial.channel(&format!("many/{name}")));
    let [a, b, c] = names;
    let (a, b, c) = (a?, b?, c?);
    let mut watch = trial.watch(&[&a, &b, &c])?;
    for (index, channel) in [(1, &b), (2, &c), (0, &a)] {
        trial.append(channel, "1").await?;
        // Hints of others may come as well: where to look, not what is there.
        while !hint(&mut watch).await?.channels().any(|it| it == index) {}
    }
    Ok(())
}

pub(super) async fn who_reads_when_hinted_misses_and_repeats_nothing<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    const RECORDS: usize = 50;
    let channel = trial.channel("following")?;
    let mut watch = trial.watch(&[&channel])?;
    let mut at = trial.start(&channel).await?;
    let writer = async {
        let mut appended = Vec::new();
        for n in 0..RECORDS {
            appended.push(trial.append(&channel, &n.to_string()).await?);
            // Some singly, some several to a hint.
            if n % 3 == 0 {
                pause().await;
            }
        }
        Ok::<_, Breach>(appended)
    };
    let reader = async {
        let mut seen = Vec::new();
        while seen.len() < RECORDS {
            let page = trial
                .log
                .read_after(&channel, at, Limit::new(2, usize::MAX));
            let page = page.await?;
            seen.extend(page.runs().flat_map(read));
            at = page.next();
            if page.is_empty() && seen.len() < RECORDS {
                hint(&mut watch).await?;
            }
        }
        Ok::<_, Breach>(seen)
    };
    let both: [Pin<Box<dyn Future<Output = _> + Send + '_>>; 2] =
        [Box::pin(writer), Box::pin(reader)];
    let both = at_once(both).await;
    let both = both.into_iter().collect::<Result<Vec<_>, Breach>>()?;
    same("the records", both.last(), both.first())
}

pub(super) async fn all_watches_of_a_channel_are_hinted<L: EventLog>(trial: &Trial<'_, L>) -> Held {
    let channel = trial.channel("all watches")?;
    let watches = (0..20).map(|_| trial.watch(&[&channel]));
    let mut watches = watches.collect::<Result<Vec<_>, _>>()?;
    for n in 0..3 {
        trial.append(&channel, &n.to_string()).await?;
        for watch in &mut watches {
            hint(watch).await?;
        }
    }
    Ok(())
}

pub(super) async fn a_watch_that_was_dropped_keeps_nobody_from_hints<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    let channel = trial.channel("dropped watches")?;
    let gone = trial.watch(&[&channel])?;
    let mut stays = trial.watch(&[&channel])?;
    drop(gone);
    trial.append(&channel, "1").await?;
    hint(&mut stays).await.map(drop)
}

pub(super) async fn a_watch_of_keys_is_hinted_of_them<L: EventLog>(trial: &Trial<'_, L>) -> Held {
    let channel = trial.channel("keys")?;
    let keys = ["a", "b"].into_iter().collect();
    let channels = Channels::new([channel.clone()])?;
    let mut watch = trial.log.watch_keys(&channels, &keys);
    for key in ["a", "b", "a"] {
        // Of this no hint need come, and one may.
        trial.append(&channel, "about nothing").await?;
        hint_within(Duration::ZERO, &mut watch).await;
        let record = Record::new(b"data: x\n")?.with_key(key)?;
        trial.log.append(&channel, &record).await?;
        hint(&mut watch).await?;
    }
    let keyless = Record::new(b"data: x\n")?;
    let records = [keyless, keyless.with_key("c")?, keyless.with_key("b")?];
    trial.log.append_all(&channel, &records).await?;
    hint(&mut watch).await.map(drop)
}

pub(super) async fn the_end_is_hinted_to_a_watch_of_keys<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    let channel = trial.channel("the end of keys")?;
    let keys = ["a"].into_iter().collect();
    let channels = Channels::new([channel.clone()])?;
    let mut watch = trial.log.watch_keys(&channels, &keys);
    trial.log.end(&channel, None).await?;
    hint(&mut watch).await.map(drop)
}

pub(super) async fn a_signal_reaches_who_watches_and_leaves_no_trace<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    let (other, channel) = (trial.channel("no signals")?, trial.channel("signals")?);
    let mut watch = trial.watch(&[&other, &channel])?;
    let before = trial.append(&channel, "1").await?;
    let record = Record::new(b"event: typing\ndata: ann\n")?.with_key("ann")?;
    let mut came = None;
    // A signal may be lost: how many does not matter, only that they are not all.
    for _ in 0..100 {
        trial.log.signal(&channel, &record).await?;
        hint_within(Duration::from_millis(100), &mut watch).await;
        came = watch.take_signal();
        if came.is_some() {
            break;
        }
    }
    let Some(signal) = came else {
        return Err(Breach("none of 100 signals came".to_owned()));
    };
    same("its channel", signal.channel(), 1)?;
    same("its key", signal.key(), Some("ann"))?;
    let wire = "event: typing\ndata: ann\n\n".into();
    same("its wire", signal.wire(), &wire)?;
    same("the records", trial.holds(&channel).await?, vec![before])?;
    holds("the other channel is empty", {
        trial.holds(&other).await?.is_empty()
    })
}

/// Lets others go on.
async fn pause() {
    let mut is_first = true;
    poll_fn(|cx| {
        cx.waker().wake_by_ref();
        match mem::take(&mut is_first) {
            true => Poll::Pending,
            false => Poll::Ready(()),
        }
    })
    .await;
}
