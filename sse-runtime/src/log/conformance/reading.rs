//! What is appended is what is read.

use super::super::{EventLog, Limit, Record, Run};
use super::trial::{Breach, Held, Read, Trial, at_once, holds, read, same};

pub(super) async fn records_come_back_in_order_with_their_lines_and_keys<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    const RECORDS: [(&str, Option<&str>); 5] = [
        ("event: alert\ndata: disk\ndata: is full\n", Some("sda")),
        ("data: \n", None),
        ("data:  leading\u{0}, ü, 🦀, : and \u{feff}\n", Some("")),
        ("retry: 1\n", Some("ü 🦀")),
        (": a comment\ndata\n", None),
    ];
    let channel = trial.channel("lines and keys")?;
    let start = trial.start(&channel).await?;
    for (lines, key) in RECORDS {
        let record = Record::new(lines.as_bytes())?;
        let record = key.map_or(Ok(record), |key| record.with_key(key))?;
        trial.log.append(&channel, &record).await?;
    }
    let page = trial
        .log
        .read_after(&channel, start, Limit::default())
        .await?;
    let owned = |lines: &[u8], key: Option<&str>| {
        let lines = String::from_utf8_lossy(lines).into_owned();
        (lines, key.map(str::to_owned))
    };
    let entries = page.runs().flat_map(Run::entries);
    let came_back: Vec<_> = entries
        .map(|entry| owned(entry.lines(), entry.key()))
        .collect();
    let appended = RECORDS.map(|(lines, key)| owned(lines.as_bytes(), key));
    same("the records", came_back, appended.into())
}

pub(super) async fn numbers_rise<L: EventLog>(trial: &Trial<'_, L>) -> Held {
    let channel = trial.channel("rising")?;
    let mut before = trial.start(&channel).await?;
    for data in 0..10 {
        let Read { cursor, .. } = trial.append(&channel, &data.to_string()).await?;
        same("the epoch", cursor.epoch(), before.epoch())?;
        holds("the number is higher", cursor.seq() > before.seq())?;
        before = cursor;
    }
    same("the end", trial.start(&channel).await?, before)
}

pub(super) async fn numbers_have_no_holes<L: EventLog>(trial: &Trial<'_, L>) -> Held {
    let channel = trial.channel("dense")?;
    let start = trial.start(&channel).await?.seq();
    let first = trial.append(&channel, "1").await?.cursor.seq();
    let batch = trial
        .append_all(&channel, ["2", "3"].map(str::to_owned))
        .await?;
    let numbers = batch.iter().map(|read| read.cursor.seq());
    let numbers: Vec<_> = [first].into_iter().chain(numbers).collect();
    same("the numbers", numbers, (start + 1..=start + 3).collect())
}

pub(super) async fn a_run_is_the_ids_and_lines_of_its_entries<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    let channel = trial.channel("runs")?;
    trial.append(&channel, "1").await?;
    trial
        .append_all(&channel, (2..=40).map(|n| n.to_string()))
        .await?;
    let oldest = trial.log.extent(&channel).await?.oldest;
    let page = trial
        .log
        .read_after(&channel, oldest, Limit::default())
        .await?;
    for run in page.runs() {
        let frames: String = read(run)
            .map(|Read { cursor, lines }| format!("id: {cursor}\n{lines}\n"))
            .collect();
        same("the wire", run.wire(), frames.into())?;
        let apart: Vec<u8> = run.entries().flat_map(|entry| entry.wire()).collect();
        same("the wire of entries", run.wire(), apart.into())?;
        let last = read(run).last().map(|read| read.cursor);
        same("the end of the run", Some(run.end()), last)?;
    }
    Ok(())
}

pub(super) async fn a_batch_lies_together<L: EventLog>(trial: &Trial<'_, L>) -> Held {
    let channel = trial.channel("batches")?;
    let batches = (0..8).map(|batch| {
        let data = (0..20).map(move |n| format!("{batch}.{n}"));
        trial.append_all(&channel, data)
    });
    let batches = at_once(batches).await;
    let batches = batches.into_iter().collect::<Result<Vec<_>, _>>()?;
    let held = trial.holds(&channel).await?;
    for batch in batches {
        let first = held.iter().position(|read| Some(read) == batch.first());
        let together = held.iter().skip(first.unwrap_or(held.len()));
        let together: Vec<_> = together.take(batch.len()).cloned().collect();
        same("the batch", together, batch)?;
    }
    Ok(())
}

pub(super) async fn an_empty_batch_appends_nothing<L: EventLog>(trial: &Trial<'_, L>) -> Held {
    let channel = trial.channel("empty batch")?;
    let before = trial.append(&channel, "1").await?;
    trial.append_all(&channel, []).await?;
    same("the end", trial.start(&channel).await?, before.cursor)?;
    same("the records", trial.holds(&channel).await?, vec![before])
}

pub(super) async fn writers_at_once_get_ids_of_their_own_in_one_order<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    let channel = &trial.channel("writers")?;
    let writers = (0..4).map(|writer| async move {
        let mut own = Vec::new();
        for n in 0..25 {
            own.push(trial.append(channel, &format!("{writer}.{n}")).await?);
        }
        Ok::<_, Breach>(own)
    });
    let own = at_once(writers).await;
    let own = own.into_iter().collect::<Result<Vec<_>, _>>()?;
    for own in &own {
        let rising = own.is_sorted_by(|a, b| a.cursor.seq() < b.cursor.seq());
        holds("each writer's numbers rise", rising)?;
    }
    let mut all: Vec<_> = own.into_iter().flatten().collect();
    all.sort_by_key(|read| read.cursor.seq());
    same("the records", trial.holds(channel).await?, all)
}

pub(super) async fn channels_keep_their_records_apart<L: EventLog>(trial: &Trial<'_, L>) -> Held {
    let (a, b) = (trial.channel("apart")?, trial.channel("apart/b")?);
    let mut appended = (Vec::new(), Vec::new());
    for n in 0..5 {
        appended.0.push(trial.append(&a, &format!("a{n}")).await?);
        appended.1.push(trial.append(&b, &format!("b{n}")).await?);
    }
    let held = (trial.holds(&a).await?, trial.holds(&b).await?);
    same("the records", held, appended)
}

pub(super) async fn a_page_keeps_to_its_limit_and_says_that_there_is_more<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    let channel = trial.channel("limits")?;
    let start = trial.start(&channel).await?;
    let data = "x".repeat(100);
    let appended = trial
        .append_all(&channel, (0..10).map(|_| data.clone()))
        .await?;
    let whole: usize = (appended.iter())
        .map(|read| format!("id: {}\n{}\n", read.cursor, read.lines).len())
        .sum();
    for (limit, records) in [
        (Limit::new(3, usize::MAX), 3),
        (Limit::new(10, usize::MAX), 10),
        (Limit::new(usize::MAX, whole), 10),
        (Limit::new(usize::MAX, whole - 1), 9),
        (Limit::new(usize::MAX, usize::MAX), 10),
    ] {
        let page = trial.log.read_after(&channel, start, limit).await?;
        let read: Vec<_> = page.runs().flat_map(read).collect();
        let expected: Vec<_> = appended.iter().take(records).cloned().collect();
        let last = expected.last().map(|read| read.cursor);
        same("the records", read, expected)?;
        same("the next cursor", Some(page.next()), last)?;
        same("whether there is more", page.has_more(), records < 10)?;
    }
    Ok(())
}

pub(super) async fn a_page_has_one_record_however_small_the_limit<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    let channel = trial.channel("small limits")?;
    let start = trial.start(&channel).await?;
    let first = trial.append(&channel, &"x".repeat(1000)).await?;
    trial.append(&channel, "2").await?;
    for limit in [Limit::new(0, 0), Limit::new(1, 10), Limit::new(10, 0)] {
        let page = trial.log.read_after(&channel, start, limit).await?;
        let read = page.runs().flat_map(read).collect();
        same("the records", read, vec![first.clone()])?;
        holds("there is more", page.has_more())?;
    }
    Ok(())
}

pub(super) async fn reading_on_misses_and_repeats_nothing<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    let channel = trial.channel("reading on")?;
    let start = trial.start(&channel).await?;
    let mut appended = Vec::new();
    for n in 0..30 {
        appended.push(trial.append(&channel, &n.to_string()).await?);
    }
    let batch = (30..80).map(|n| n.to_string());
    appended.extend(trial.append_all(&channel, batch).await?);
    for records in [1, 2, 7, 79, 80, 81] {
        let limit = Limit::new(records, usize::MAX);
        let read = trial.read_all(&channel, start, limit).await?;
        same("the records", read, appended.clone())?;
    }
    for (index, after) in appended.iter().enumerate() {
        let read = trial.read_all(&channel, after.cursor, Limit::default());
        let rest = appended.iter().skip(index + 1).cloned().collect();
        same("the records after one", read.await?, rest)?;
    }
    Ok(())
}
