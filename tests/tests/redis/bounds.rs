//! What is kept, and what happens at each bound.

use std::time::Duration;

use sse_runtime::log::*;

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_dropped_is_counted_exactly() {
    let redis = redis!();
    let log = options().events(100).connect(&redis.url()).await.unwrap();
    let start = end(&log).await;
    append(&log, 1..=350).await;
    let Extent { oldest, newest, .. } = log.extent(&room()).await.unwrap();
    let kept = newest.seq() - oldest.seq();
    assert!((100..=200).contains(&kept), "{kept}");
    let page = read(&log, start).await;
    let missed = Some(oldest.seq());
    assert_eq!(page.standing(), Standing::Truncated { missed });
    assert_eq!(numbers(&page), (oldest.seq() + 1..=350).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_too_large_is_not_appended() {
    let redis = redis!();
    let log = options()
        .max_record_bytes(100)
        .connect(&redis.url())
        .await
        .unwrap();
    let fits = format!("data: {}\n", "x".repeat(93));
    let fits = Record::new(fits.as_bytes()).unwrap();
    log.append(&room(), &fits).await.unwrap();
    let too_large = fits.with_key("k").unwrap();
    for result in [
        log.append(&room(), &too_large).await.map(drop),
        log.append_all(&room(), &[fits, too_large]).await.map(drop),
        log.end(&room(), Some(&too_large)).await.map(drop),
        log.signal(&room(), &too_large).await,
    ] {
        let Err(AppendError::TooLarge {
            bytes: 101,
            limit: 100,
        }) = result
        else {
            panic!("{result:?}");
        };
    }
    assert_eq!(end(&log).await.seq(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_record_that_there_is_can_be_kept() {
    let redis = redis!();
    let options = RedisOptions::default().max_record_bytes(usize::MAX);
    let log = options.connect(&redis.url()).await.unwrap();
    let start = end(&log).await;
    let lines = format!("data: {}\n", "x".repeat(Record::MAX_BYTES - 7));
    let record = Record::new(lines.as_bytes()).unwrap();
    log.append_all(&room(), &[record, record]).await.unwrap();
    let page = read(&log, start).await;
    assert!(page.has_more());
    let entries: Vec<_> = page.runs().flat_map(Run::entries).collect();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].lines(), lines.as_bytes());

    let small = Record::new(b"data\n").unwrap();
    for too_many in [vec![record; 5], vec![small; 65_537]] {
        let error = log.append_all(&room(), &too_many).await.unwrap_err();
        assert!(matches!(error, AppendError::Refused(_)), "{error:?}");
        assert!(
            with_causes(&error).contains("a batch of"),
            "{}",
            with_causes(&error)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_takes_no_more_than_it_says() {
    let redis = redis!();
    let options = RedisOptions::default().events(20_000);
    let log = options.connect(&redis.url()).await.unwrap();
    let start = end(&log).await;
    let record = Record::new(b"data: 1\n").unwrap();
    log.append_all(&room(), &vec![record; 12_000])
        .await
        .unwrap();
    let all = Limit::new(usize::MAX, usize::MAX);
    let page = log.read_after(&room(), start, all).await.unwrap();
    assert_eq!((numbers(&page).len(), page.has_more()), (10_000, true));
    let page = log.read_after(&room(), page.next(), all).await.unwrap();
    assert_eq!((numbers(&page).len(), page.has_more()), (2_000, false));

    let large = format!("data: {}\n", "1".repeat(100_000));
    let large = Record::new(large.as_bytes()).unwrap();
    let start = end(&log).await;
    log.append_all(&room(), &[large; 12]).await.unwrap();
    let page = log.read_after(&room(), start, all).await.unwrap();
    assert_eq!(
        (page.runs().flat_map(Run::entries).count(), page.has_more()),
        (10, true)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_small_and_large_records_keep_to_their_limit_and_miss_none() {
    let redis = redis!();
    let log = log_of(&redis).await;
    let start = end(&log).await;
    // Few small ones, which say nothing of what follows, and one that is larger than any page.
    let sizes = [10; 50].into_iter().chain([5_000; 50]).chain([100_000]);
    let sizes: Vec<_> = sizes.chain([10; 50]).collect();
    let lines: Vec<_> = sizes
        .iter()
        .map(|size| format!("data: {}\n", "1".repeat(*size)))
        .collect();
    let records = lines.iter().map(|lines| Record::new(lines.as_bytes()));
    let records: Vec<_> = records.collect::<Result<_, _>>().unwrap();
    log.append_all(&room(), &records).await.unwrap();

    let (mut at, mut read) = (start, Vec::new());
    loop {
        let limit = Limit::new(100, 20_000);
        let page = log.read_after(&room(), at, limit).await.unwrap();
        assert_eq!(page.standing(), Standing::Contiguous);
        let bytes: usize = page.runs().map(|run| run.wire().len()).sum();
        let entries: Vec<_> = page.runs().flat_map(Run::entries).collect();
        assert!(bytes <= 20_000 || entries.len() == 1, "{bytes}");
        read.extend(entries.iter().map(|entry| entry.lines().len()));
        at = page.next();
        if !page.has_more() {
            break;
        }
    }
    assert_eq!(read, lines.iter().map(String::len).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_channel_is_forgotten_after_its_time() {
    let redis = redis!();
    let options = options().ended(Duration::from_millis(200));
    let log = options.connect(&redis.url()).await.unwrap();
    let place = append(&log, [1]).await[0];
    log.end(&room(), None).await.unwrap();
    assert!(log.extent(&room()).await.unwrap().ended);
    let new = append_when_it_can(&log, 11).await;
    assert_eq!(new.seq(), 1);
    assert_eq!(read(&log, place).await.standing(), Standing::UnknownEpoch);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_to_a_channel_that_grew_too_old_is_told_exactly() {
    let redis = redis!();
    let options = options().age(Duration::from_millis(200));
    let log = options.connect(&redis.url()).await.unwrap();
    let places = append(&log, 1..=3).await;
    until("it is forgotten", async || {
        let extent = log.extent(&room()).await.unwrap();
        extent.oldest == extent.newest
    })
    .await;
    let page = read(&log, places[0]).await;
    assert_eq!(page.standing(), Standing::Truncated { missed: Some(2) });
    // And who has seen all has missed nothing.
    assert_eq!(read(&log, places[2]).await.standing(), Standing::Contiguous);
    let left: i64 = redis.ask("PTTL {sse:room}:meta");
    assert!(
        left > 0,
        "its numbers are forgotten as well, if later: {left}"
    );
    assert_eq!(append(&log, [4]).await[0].seq(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_a_log_has_written_grows_old() {
    let redis = redis!();
    let log = log_of(&redis).await;
    end(&log).await;
    let once = Condition::Once(IdempotencyKey::new("k").unwrap());
    let record = Record::new(b"data: 1\n").unwrap();
    log.append_if(once, &room(), &[record]).await.unwrap();
    let keys: Vec<String> = redis.ask("KEYS {sse:room}:*");
    assert_eq!(keys.len(), 3, "{keys:?}");
    for key in &keys {
        let left: i64 = redis.ask(&format!("PTTL {key}"));
        assert!(left > 0, "{key}: {left}");
    }
    assert_eq!(
        keys.iter()
            .filter(|key| key.starts_with("{sse:room}:"))
            .count(),
        3
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_is_remembered_for_its_window() {
    let redis = redis!();
    let options = options().idempotency_window(Duration::from_millis(200));
    let log = options.connect(&redis.url()).await.unwrap();
    let once = Condition::Once(IdempotencyKey::new("k").unwrap());
    let record = Record::new(b"data: 1\n").unwrap();
    let first = log.append_if(once, &room(), &[record]).await.unwrap();
    until("the key is forgotten", async || {
        let again = log.append_if(once, &room(), &[record]).await.unwrap();
        again.places != first.places
    })
    .await;
    assert_eq!(end(&log).await.seq(), 2);
}
