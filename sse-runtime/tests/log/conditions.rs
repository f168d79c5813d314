//! Appends under a condition, beside what every log holds.

use std::collections::HashMap;
use std::time::Duration;

use proptest::prelude::*;
use sse_runtime::log::*;
use tokio::time::advance;

use crate::support::{append, block_on, channel, end_of};

const MINUTE: Duration = Duration::from_secs(60);

fn once(key: &str) -> Condition<'_> {
    Condition::Once(IdempotencyKey::new(key).unwrap())
}

async fn append_once(log: &MemoryLog, name: &str, key: &str) -> Cursor {
    let record = Record::new(b"data: x\n").unwrap();
    let places = log.append_if(once(key), &channel(name), &[record]).await;
    places.unwrap().places[0]
}

#[tokio::test(start_paused = true)]
async fn a_key_is_remembered_for_its_window() {
    let log = MemoryLog::new(Bounds::default().idempotency_window(2 * MINUTE));
    let first = append_once(&log, "a", "k").await;
    advance(2 * MINUTE - Duration::from_millis(1)).await;
    assert_eq!(append_once(&log, "a", "k").await, first);
    // Asking again does not make it younger.
    advance(Duration::from_millis(1)).await;
    assert_eq!(append_once(&log, "a", "k").await.seq(), first.seq() + 1);
}

#[tokio::test(start_paused = true)]
async fn as_many_keys_of_a_channel_are_remembered_as_events() {
    let log = MemoryLog::new(Bounds::default().events(3));
    let first = append_once(&log, "a", "0").await;
    for key in ["1", "2"] {
        append_once(&log, "a", key).await;
    }
    // Events without one push none out.
    for data in ["x", "y", "z"] {
        append(&log, "a", data).await;
    }
    assert_eq!(append_once(&log, "a", "0").await, first);
    let fourth = append_once(&log, "a", "3").await;
    let again = append_once(&log, "a", "0").await;
    assert_eq!(again.seq(), fourth.seq() + 1);
}

#[tokio::test(start_paused = true)]
async fn a_key_is_known_longer_than_what_was_written_with_it() {
    let log = MemoryLog::new(Bounds::default().age(MINUTE).idempotency_window(5 * MINUTE));
    let first = append_once(&log, "a", "k").await;
    advance(4 * MINUTE).await;
    // Somebody else's use of the log sweeps it.
    for _ in 0..64 {
        append(&log, "b", "1").await;
    }
    assert_eq!(append_once(&log, "a", "k").await, first);
    advance(MINUTE).await;
    assert!(append_once(&log, "a", "k").await.seq() > first.seq());
}

#[tokio::test(start_paused = true)]
async fn keys_are_forgotten_with_their_channel() {
    let log = MemoryLog::new(Bounds::default().channels(1));
    let first = append_once(&log, "a", "k").await;
    append(&log, "b", "1").await;
    assert!(append_once(&log, "a", "k").await.seq() > first.seq());

    let log = MemoryLog::new(
        Bounds::default()
            .ended(MINUTE)
            .idempotency_window(5 * MINUTE),
    );
    let first = append_once(&log, "a", "k").await;
    log.end(&channel("a"), None).await.unwrap();
    advance(MINUTE).await;
    assert!(append_once(&log, "a", "k").await.seq() > first.seq());
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_appended_leaves_its_key_free() {
    let log = MemoryLog::new(Bounds::default().bytes(1000));
    let lines = format!("data: {}\n", "x".repeat(1000));
    let record = Record::new(lines.as_bytes()).unwrap();
    let refused = log.append_if(once("k"), &channel("a"), &[record]).await;
    assert!(matches!(refused, Err(AppendError::TooLarge { .. })));
    assert_eq!(append_once(&log, "a", "k").await, end_of(&log, "a").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_tasks_that_try_the_same_append_one_appends() {
    let log = MemoryLog::default();
    for round in 0..50 {
        let key = round.to_string();
        let before = end_of(&log, "a").await;
        let tries: Vec<_> = (0..8)
            .map(|_| {
                let (log, key) = (log.clone(), key.clone());
                tokio::spawn(async move { append_once(&log, "a", &key).await })
            })
            .collect();
        for tried in tries {
            assert_eq!(tried.await.unwrap().seq(), before.seq() + 1);
        }
        assert_eq!(end_of(&log, "a").await.seq(), before.seq() + 1);
    }
}

/// A counter that tasks raise by reading it, and appending at the place up to which they have read.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_who_read_on_when_they_are_moved_lose_no_update() {
    const WRITERS: u64 = 8;
    const EACH: u64 = 50;
    let log = MemoryLog::default();
    let start = end_of(&log, "a").await;
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let log = log.clone();
            tokio::spawn(async move {
                let name = channel("a");
                let (mut at, mut sum, mut raised) = (start, 0u64, 0);
                while raised < EACH {
                    let lines = format!("data: {}\n", sum + 1);
                    let record = Record::new(lines.as_bytes()).unwrap();
                    let appended = log.append_if(Condition::At(at), &name, &[record]).await;
                    match appended {
                        Ok(_) => raised += 1,
                        Err(AppendError::Moved { end }) => assert_ne!(end, at),
                        Err(other) => panic!("{other}"),
                    }
                    let page = log.read_after(&name, at, Limit::default()).await.unwrap();
                    for entry in page.runs().flat_map(Run::entries) {
                        let data = str::from_utf8(entry.lines()).unwrap();
                        let read: u64 = data["data: ".len()..].trim_end().parse().unwrap();
                        assert_eq!(read, sum + 1);
                        sum = read;
                    }
                    at = page.next();
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(end_of(&log, "a").await.seq(), WRITERS * EACH);
}

#[derive(Clone, Debug)]
enum Step {
    Append(usize),
    Once(usize, u8),
    /// So many records before or behind the end.
    At(usize, i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0usize..4).prop_map(Step::Append),
        (0usize..4, 0u8..6).prop_map(|(records, key)| Step::Once(records, key)),
        (0usize..4, -2i64..3).prop_map(|(records, from_end)| Step::At(records, from_end)),
    ]
}

proptest! {
    #[test]
    fn a_log_answers_like_a_number_and_a_map_of_keys(
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let log = MemoryLog::new(Bounds::default().events(10));
        let name = channel("a");
        let epoch = block_on(end_of(&log, "a")).epoch();
        let record = Record::new(b"data: x\n").unwrap();
        let (mut last, mut keys) = (0u64, HashMap::new());
        for step in steps {
            let places = |records: usize| {
                (last + 1..=last + records as u64)
                    .map(|seq| Cursor::new(epoch, seq))
                    .collect::<Vec<_>>()
            };
            let append = |condition: Condition<'_>, records: usize| {
                block_on(log.append_if(condition, &name, &vec![record; records]))
                    .map(|appended| (appended.places, appended.is_repeated))
            };
            match step {
                Step::Append(records) => {
                    let appended = block_on(log.append_all(&name, &vec![record; records]));
                    prop_assert_eq!(appended.unwrap(), places(records));
                    last += records as u64;
                }
                Step::Once(0, key) => {
                    let nothing = (vec![], false);
                    prop_assert_eq!(append(once(&key.to_string()), 0).unwrap(), nothing);
                }
                Step::Once(records, key) => {
                    let is_new = !keys.contains_key(&key);
                    let written: &Vec<Cursor> = keys.entry(key).or_insert(places(records));
                    let should_be = (written.clone(), !is_new);
                    prop_assert_eq!(append(once(&key.to_string()), records).unwrap(), should_be);
                    last += if is_new { records as u64 } else { 0 };
                }
                Step::At(records, from_end) => {
                    let end = Cursor::new(epoch, last);
                    let at = Cursor::new(epoch, last.saturating_add_signed(from_end));
                    match append(Condition::At(at), records) {
                        Ok(appended) => {
                            prop_assert!(at == end || records == 0);
                            prop_assert_eq!(appended, (places(records), false));
                            last += records as u64;
                        }
                        Err(AppendError::Moved { end: told }) => {
                            prop_assert!(at != end && records > 0);
                            prop_assert_eq!(told, end);
                        }
                        Err(other) => return Err(TestCaseError::fail(other.to_string())),
                    }
                }
            }
            prop_assert_eq!(block_on(end_of(&log, "a")).seq(), last);
        }
    }
}
