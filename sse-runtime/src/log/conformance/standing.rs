//! Who comes back is told whether it has missed anything.

use super::super::{Cursor, Epoch, EventLog, Limit, Standing};
use super::trial::{Breach, Held, Read, Trial, holds, read, same};

pub(super) async fn a_cursor_at_the_end_is_contiguous_and_gets_nothing<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    let channel = trial.channel("the end")?;
    let end = trial.append(&channel, "1").await?.cursor;
    let page = trial
        .log
        .read_after(&channel, end, Limit::default())
        .await?;
    same("the cursor", page.standing(), Standing::Contiguous)?;
    holds("the page is empty", page.is_empty() && !page.has_more())?;
    same("the next cursor", page.next(), end)
}

pub(super) async fn a_cursor_of_another_epoch_is_of_an_unknown_epoch<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    let channel = trial.channel("epochs")?;
    let end = trial.append(&channel, "1").await?.cursor;
    for seq in [0, end.seq(), u64::MAX] {
        let other = Cursor::new(Epoch::new(!end.epoch().get()), seq);
        is_told_to_begin_anew(trial, other, Standing::UnknownEpoch, end, "epochs").await?;
    }
    Ok(())
}

pub(super) async fn a_cursor_of_another_channel_is_of_an_unknown_epoch<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    let (channel, other) = (trial.channel("own ids")?, trial.channel("other ids")?);
    let end = trial.append(&channel, "1").await?.cursor;
    let other = trial.append(&other, "1").await?.cursor;
    is_told_to_begin_anew(trial, other, Standing::UnknownEpoch, end, "own ids").await
}

pub(super) async fn a_cursor_behind_the_end_is_ahead<L: EventLog>(trial: &Trial<'_, L>) -> Held {
    let channel = trial.channel("ahead")?;
    let end = trial.append(&channel, "1").await?.cursor;
    for seq in [end.seq() + 1_000_000_000, u64::MAX] {
        let ahead = Cursor::new(end.epoch(), seq);
        is_told_to_begin_anew(trial, ahead, Standing::Ahead, end, "ahead").await?;
    }
    Ok(())
}

async fn is_told_to_begin_anew<L: EventLog>(
    trial: &Trial<'_, L>,
    cursor: Cursor,
    standing: Standing,
    end: Cursor,
    channel: &str,
) -> Held {
    let channel = trial.channel(channel)?;
    let page = trial
        .log
        .read_after(&channel, cursor, Limit::default())
        .await?;
    same("the cursor", page.standing(), standing)?;
    holds("the page is empty", page.is_empty() && !page.has_more())?;
    same("the next cursor", page.next(), end)
}

pub(super) async fn a_cursor_before_the_oldest_record_is_truncated<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    let channel = trial.channel("truncated")?;
    let (start, appended) = append_until_dropped(trial, "truncated").await?;
    let page = trial
        .log
        .read_after(&channel, start, Limit::default())
        .await?;
    let truncated = matches!(page.standing(), Standing::Truncated { .. });
    holds("the cursor is truncated", truncated)?;
    let oldest = trial.log.extent(&channel).await?.oldest;
    let left = appended.iter().find(|it| it.cursor.seq() > oldest.seq());
    let first = page.runs().flat_map(read).next();
    same("the first record", first.as_ref(), left)
}

pub(super) async fn the_number_of_what_was_missed_is_exact<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    let channel = trial.channel("missed")?;
    let (start, appended) = append_until_dropped(trial, "missed").await?;
    let oldest = trial.log.extent(&channel).await?.oldest;
    let dropped = appended.iter().filter(|it| it.cursor.seq() <= oldest.seq());
    let missed = Some(dropped.count() as u64);
    let page = trial.log.read_after(&channel, start, Limit::default());
    let standing = page.await?.standing();
    same("the cursor", standing, Standing::Truncated { missed })
}

/// Returns the place before the first record, and all of them.
async fn append_until_dropped<L: EventLog>(
    trial: &Trial<'_, L>,
    channel: &str,
) -> Result<(Cursor, Vec<Read>), Breach> {
    const BATCH: usize = 100;
    const MOST: usize = 100_000;
    let channel = trial.channel(channel)?;
    let start = trial.start(&channel).await?;
    let mut appended = Vec::new();
    while trial.log.extent(&channel).await?.oldest.seq() <= start.seq() {
        if appended.len() >= MOST {
            let kept = format!("all of {MOST} records are kept; try a log with a smaller bound");
            return Err(Breach(kept));
        }
        let data = (0..BATCH).map(|n| (appended.len() + n).to_string());
        appended.extend(trial.append_all(&channel, data).await?);
    }
    Ok((start, appended))
}

pub(super) async fn rewinding_gives_the_newest_records<L: EventLog>(trial: &Trial<'_, L>) -> Held {
    let channel = trial.channel("rewinding")?;
    let appended = trial
        .append_all(&channel, (0..10).map(|n| n.to_string()))
        .await?;
    for records in [0, 1, 3, 10, 11, usize::MAX] {
        let start = trial.log.rewind(&channel, records).await?;
        let newest = trial.read_all(&channel, start, Limit::default()).await?;
        let older = appended.len().saturating_sub(records);
        let expected = appended.iter().skip(older).cloned().collect();
        same("the records", newest, expected)?;
    }
    Ok(())
}

pub(super) async fn an_unknown_channel_can_be_read_from_where_it_stands<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    let channel = trial.channel("unknown")?;
    let extent = trial.log.extent(&channel).await?;
    holds("it does not exist", !extent.exists && !extent.ended)?;
    same("its ends", extent.oldest, extent.newest)?;
    let page = trial
        .log
        .read_after(&channel, extent.newest, Limit::default());
    let page = page.await?;
    same("the cursor", page.standing(), Standing::Contiguous)?;
    holds("the page is empty", page.is_empty() && !page.is_end())?;

    let first = trial.append(&channel, "1").await?;
    let read = trial.read_all(&channel, extent.newest, Limit::default());
    same("what comes", read.await?, vec![first])?;
    let exists = trial.log.extent(&channel).await?.exists;
    holds("it exists now", exists)
}
