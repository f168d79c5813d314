//! The end of a channel is told, and is final.

use super::super::{AppendError, Cursor, EventLog, Limit, Page, Record, Standing};
use super::trial::{Breach, Held, Trial, hint, holds, read, same};

const LAST: &[u8] = b"event: done\ndata: 42\n";

pub(super) async fn the_last_record_comes_with_the_end<L: EventLog>(trial: &Trial<'_, L>) -> Held {
    let channel = trial.channel("last record")?;
    let start = trial.start(&channel).await?;
    trial.append(&channel, "1").await?;
    trial.append(&channel, "2").await?;
    let end = trial.log.end(&channel, Some(&Record::new(LAST)?)).await?;

    let page = trial
        .log
        .read_after(&channel, start, Limit::new(2, usize::MAX));
    let page = page.await?;
    holds("more is to come", page.has_more() && !page.is_end())?;
    let page = trial
        .log
        .read_after(&channel, page.next(), Limit::default());
    is_last(&page.await?, end)?;
    let extent = trial.log.extent(&channel).await?;
    holds("the channel has ended", extent.ended && extent.exists)?;
    same("its end", extent.newest, end)
}

pub(super) async fn an_end_is_hinted<L: EventLog>(trial: &Trial<'_, L>) -> Held {
    let channel = trial.channel("hinted end")?;
    let with_record = trial.channel("hinted end with a record")?;
    let (mut watch, mut other) = (trial.watch(&[&channel])?, trial.watch(&[&with_record])?);
    trial.log.end(&channel, None).await?;
    hint(&mut watch).await?;
    trial
        .log
        .end(&with_record, Some(&Record::new(LAST)?))
        .await?;
    hint(&mut other).await.map(drop)
}

pub(super) async fn nothing_is_appended_to_an_ended_channel<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    let channel = trial.channel("nothing after")?;
    trial.append(&channel, "1").await?;
    let end = trial.log.end(&channel, Some(&Record::new(LAST)?)).await?;
    let record = Record::new(b"data: too late\n")?;
    let appended = trial.log.append(&channel, &record).await;
    is_refused(appended.map(drop))?;
    let batch = trial.log.append_all(&channel, &[record, record]).await;
    is_refused(batch.map(drop))?;
    let ended = trial.log.end(&channel, Some(&record)).await;
    is_refused(ended.map(drop))?;
    same("the end", trial.start(&channel).await?, end)?;
    same("the records", trial.holds(&channel).await?.len(), 2)
}

fn is_refused(result: Result<(), AppendError>) -> Held {
    match result {
        Err(AppendError::Ended { .. }) => Ok(()),
        Err(other) => Err(Breach(format!("another error than `Ended`: {other}"))),
        Ok(()) => Err(Breach("it was appended".to_owned())),
    }
}

pub(super) async fn ending_twice_changes_nothing<L: EventLog>(trial: &Trial<'_, L>) -> Held {
    let channel = trial.channel("ending twice")?;
    let end = trial.log.end(&channel, Some(&Record::new(LAST)?)).await?;
    let again = trial.log.end(&channel, None).await?;
    same("the end", again, end)?;
    same("the records", trial.holds(&channel).await?.len(), 1)
}

pub(super) async fn a_channel_can_end_without_a_record<L: EventLog>(trial: &Trial<'_, L>) -> Held {
    let channel = trial.channel("no record")?;
    let start = trial.start(&channel).await?;
    let end = trial.log.end(&channel, None).await?;
    same("the end", end, start)?;
    let page = trial.log.read_after(&channel, start, Limit::default());
    let page = page.await?;
    same("the cursor", page.standing(), Standing::Contiguous)?;
    holds("the page is the end", page.is_empty() && page.is_end())?;
    let extent = trial.log.extent(&channel).await?;
    holds("the channel has ended", extent.ended && extent.exists)
}

pub(super) async fn who_comes_late_gets_the_last_record<L: EventLog>(trial: &Trial<'_, L>) -> Held {
    let channel = trial.channel("late")?;
    trial.append(&channel, "1").await?;
    let end = trial.log.end(&channel, Some(&Record::new(LAST)?)).await?;
    let start = trial.log.rewind(&channel, 1).await?;
    let page = trial.log.read_after(&channel, start, Limit::default());
    is_last(&page.await?, end)?;

    // And who has it gets nothing more.
    let page = trial.log.read_after(&channel, end, Limit::default());
    let page = page.await?;
    holds("the page is the end", page.is_empty() && page.is_end())
}

fn is_last(page: &Page, end: Cursor) -> Held {
    let last = page.runs().flat_map(read).last();
    let lines = last.map(|read| read.lines.into_bytes());
    same("the last record", lines.as_deref(), Some(LAST))?;
    same("the next cursor", page.next(), end)?;
    holds("nothing comes after it", page.is_end() && !page.has_more())
}
