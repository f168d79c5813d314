//! What is appended under a condition is appended once, and in its place.

use super::super::{
    AppendError, Appended, ChannelName, Condition, Cursor, Epoch, EventLog, IdempotencyKey, Record,
};
use super::trial::{Breach, Held, Read, Trial, at_once, hint, holds, same};

impl<L: EventLog> Trial<'_, L> {
    async fn append_if(
        &self,
        condition: Condition<'_>,
        channel: &ChannelName,
        data: &[&str],
    ) -> Result<Appended, AppendError> {
        let lines: Vec<_> = data.iter().map(|data| format!("data: {data}\n")).collect();
        let records = lines.iter().map(|lines| Record::new(lines.as_bytes()));
        let records: Vec<_> = records.filter_map(Result::ok).collect();
        self.log.append_if(condition, channel, &records).await
    }

    async fn append_once(
        &self,
        key: &str,
        channel: &ChannelName,
        data: &[&str],
    ) -> Result<Appended, Breach> {
        let condition = Condition::Once(IdempotencyKey::new(key)?);
        Ok(self.append_if(condition, channel, data).await?)
    }

    async fn places(&self, channel: &ChannelName) -> Result<Vec<Cursor>, Breach> {
        let held = self.holds(channel).await?;
        Ok(held.into_iter().map(|read| read.cursor).collect())
    }
}

/// The places of what a key has appended: the first time it was new, then repeated.
fn places_of(appended: Appended, is_repeated: bool) -> Result<Vec<Cursor>, Breach> {
    same("it is repeated", appended.is_repeated, is_repeated)?;
    Ok(appended.places)
}

pub(super) async fn a_key_given_twice_appends_once_and_answers_the_same_places<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    let channel = trial.channel("a key twice")?;
    let first = trial.append_once("k", &channel, &["1"]).await?;
    let first = places_of(first, false)?;
    let again = trial.append_once("k", &channel, &["1"]).await?;
    same("the places", places_of(again, true)?, first.clone())?;
    let second = trial.append(&channel, "2").await?;
    let again = trial.append_once("k", &channel, &["1"]).await?;
    let again = places_of(again, true)?;
    same("the places after more was appended", again, first.clone())?;
    let should_be = [first, vec![second.cursor]].concat();
    same("the records", trial.places(&channel).await?, should_be)
}

pub(super) async fn a_batch_with_a_key_is_appended_once_as_a_whole<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    let channel = trial.channel("a batch twice")?;
    trial.append(&channel, "before").await?;
    let batch = ["1", "2", "3"];
    let first = trial.append_once("k", &channel, &batch).await?;
    let first = places_of(first, false)?;
    same("the ids of a batch", first.len(), batch.len())?;
    trial.append(&channel, "after").await?;
    let again = trial.append_once("k", &channel, &batch).await?;
    same("the places", places_of(again, true)?, first)?;
    same("the records", trial.holds(&channel).await?.len(), 5)
}

pub(super) async fn of_many_at_once_with_one_key_one_appends<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    let channel = trial.channel("a key at once")?;
    let writers = (0..16).map(|_| trial.append_once("k", &channel, &["1", "2"]));
    let answers = at_once(writers).await;
    let answers = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
    let held = trial.places(&channel).await?;
    same("the records", held.len(), 2)?;
    let new = answers.iter().filter(|answer| !answer.is_repeated).count();
    same("the appends", new, 1)?;
    for answer in answers {
        same("the places", answer.places, held.clone())?;
    }
    Ok(())
}

pub(super) async fn another_key_appends<L: EventLog>(trial: &Trial<'_, L>) -> Held {
    let channel = trial.channel("another key")?;
    let longest = "x".repeat(IdempotencyKey::MAX_BYTES);
    let keys = ["a", "A", "a ", "ü 🦀", "*", "{a}:b", &longest];
    for key in keys {
        trial.append_once(key, &channel, &["1"]).await?;
    }
    same(
        "the records",
        trial.holds(&channel).await?.len(),
        keys.len(),
    )
}

pub(super) async fn a_key_is_one_of_its_channel<L: EventLog>(trial: &Trial<'_, L>) -> Held {
    for name in ["a key here", "a key there"] {
        let channel = trial.channel(name)?;
        let appended = trial.append_once("k", &channel, &["1"]).await?;
        let places = places_of(appended, false)?;
        same("the records", trial.places(&channel).await?, places)?;
    }
    Ok(())
}

pub(super) async fn at_the_end_of_its_channel_a_record_is_appended<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    let channel = trial.channel("at the end")?;
    // Of a channel that nobody knows, too.
    let mut end = trial.start(&channel).await?;
    let mut appended = Vec::new();
    for batch in [&["1"][..], &["2", "3"], &["4"]] {
        let at = trial.append_if(Condition::At(end), &channel, batch).await?;
        let places = places_of(at, false)?;
        same("the places", places.len(), batch.len())?;
        appended.extend(places);
        end = trial.start(&channel).await?;
        same("the end", Some(&end), appended.last())?;
    }
    same("the records", trial.places(&channel).await?, appended)
}

pub(super) async fn elsewhere_it_is_moved_and_writes_nothing<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    let channel = trial.channel("elsewhere")?;
    let start = trial.start(&channel).await?;
    let first = trial.append(&channel, "1").await?;
    let second = trial.append(&channel, "2").await?;
    let end = second.cursor;
    let places = [
        ("before all", start),
        ("before the last record", first.cursor),
        ("behind the end", Cursor::new(end.epoch(), end.seq() + 1)),
        ("of another epoch", Cursor::new(Epoch::random(), end.seq())),
    ];
    for (what, place) in places {
        let appended = trial.append_if(Condition::At(place), &channel, &["3"]);
        is_moved(what, appended.await, end)?;
    }
    let should_be = vec![first, second];
    same("the records", trial.holds(&channel).await?, should_be)?;
    let unknown = trial.channel("elsewhere in an unknown channel")?;
    let appended = trial.append_if(Condition::At(end), &unknown, &["3"]).await;
    is_moved("another channel's", appended, trial.start(&unknown).await?)?;
    holds("it is still unknown", {
        !trial.log.extent(&unknown).await?.exists
    })
}

fn is_moved(what: &str, result: Result<Appended, AppendError>, end: Cursor) -> Held {
    match result {
        Err(AppendError::Moved { end: told }) => {
            same(&format!("the end, at one {what}"), told, end)
        }
        Err(other) => Err(Breach(format!("at one {what}: {other}, not `Moved`"))),
        Ok(_) => Err(Breach(format!("at one {what} it was appended"))),
    }
}

pub(super) async fn of_writers_at_one_place_one_wins<L: EventLog>(trial: &Trial<'_, L>) -> Held {
    let channel = trial.channel("writers at one place")?;
    let Read { cursor: place, .. } = trial.append(&channel, "0").await?;
    let writers = (0..16).map(|_| trial.append_if(Condition::At(place), &channel, &["1", "2"]));
    let answers = at_once(writers).await;
    let held = trial.places(&channel).await?;
    same("the records", held.len(), 3)?;
    let end = trial.start(&channel).await?;
    let mut winners = Vec::new();
    for answer in answers {
        match answer {
            Ok(appended) => winners.push(appended.places),
            lost => is_moved("that is taken", lost, end)?,
        }
    }
    let won = held.into_iter().skip(1).collect();
    same("the winners", winners, vec![won])
}

pub(super) async fn an_ended_channel_takes_nothing_on_any_condition<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    let channel = trial.channel("conditions at the end")?;
    let written = trial.append_once("before", &channel, &["1"]).await?;
    let written = places_of(written, false)?;
    let end = trial.log.end(&channel, None).await?;
    for condition in [
        Condition::At(end),
        Condition::Once(IdempotencyKey::new("after")?),
    ] {
        match trial.append_if(condition, &channel, &["2"]).await {
            Err(AppendError::Ended { .. }) => {}
            Err(other) => return Err(Breach(format!("{condition:?}: {other}, not `Ended`"))),
            Ok(_) => return Err(Breach(format!("{condition:?}: it was appended"))),
        }
    }
    // Who asks again what became of it learns that, whatever came after.
    let again = trial.append_once("before", &channel, &["1"]).await?;
    let again = places_of(again, true)?;
    same("the places of a key from before", again, written.clone())?;
    same("the records", trial.places(&channel).await?, written)
}

pub(super) async fn an_empty_batch_on_a_condition_appends_nothing<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    let channel = trial.channel("an empty batch on a condition")?;
    let end = trial.append(&channel, "1").await?.cursor;
    for place in [end, Cursor::new(Epoch::random(), 1)] {
        let none = trial.append_if(Condition::At(place), &channel, &[]).await?;
        same("the places", places_of(none, false)?, Vec::new())?;
    }
    let none = trial.append_once("k", &channel, &[]).await?;
    same("the places", places_of(none, false)?, Vec::new())?;
    // And it leaves the key to who has something to append.
    let appended = trial.append_once("k", &channel, &["2"]).await?;
    let places = places_of(appended, false)?;
    let should_be = [vec![end], places].concat();
    same("the records", trial.places(&channel).await?, should_be)
}

pub(super) async fn what_is_appended_on_a_condition_is_hinted<L: EventLog>(
    trial: &Trial<'_, L>,
) -> Held {
    let channel = trial.channel("hinted conditions")?;
    let mut watch = trial.watch(&[&channel])?;
    trial.append_once("k", &channel, &["1"]).await?;
    hint(&mut watch).await?;
    let end = Condition::At(trial.start(&channel).await?);
    trial.append_if(end, &channel, &["2"]).await?;
    hint(&mut watch).await.map(drop)
}
