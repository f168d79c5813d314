//! What somebody else has done to the keys of a log. Whoever writes there can do harm; but never is a
//! number given twice, a frame injected, or a process brought down.

use sse_runtime::log::*;
use tests::servers::Redis;

use crate::support::*;

const LOG: &str = "{sse:room}:log";
const META: &str = "{sse:room}:meta";

/// Puts an entry where the record of that number belongs.
fn put(redis: &Redis, seq: u64, fields: &[(&str, &str)]) {
    let mut command = ::redis::cmd("XADD");
    command.arg(LOG).arg(format!("{seq}-0")).arg(fields);
    let () = command.query(&mut redis.admin()).unwrap();
    let () = redis.ask(&format!("HSET {META} seq {seq}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_record_is_unreadable_and_says_why() {
    let redis = redis!();
    let log = log_of(&redis).await;
    let format = &Record::FORMAT.to_string();
    let others: [(&[(&str, &str)], &str); 9] = [
        (&[("hello", "world")], "field `f`"),
        (&[("f", format)], "field `d`"),
        (&[("f", "99"), ("d", "data: x\n")], "format 99"),
        (&[("f", "one"), ("d", "data: x\n")], "field `f`"),
        (&[("f", format), ("d", "data: x\r\ndata: y\n")], "CR"),
        (&[("f", format), ("d", "data: x\n\nid: 7\n")], "blank line"),
        (&[("f", format), ("d", "id: 7\n")], "`id`"),
        (&[("f", format), ("d", "data: x")], "LF"),
        (
            &[("f", format), ("d", "data: x\n"), ("k", &"k".repeat(2000))],
            "2000",
        ),
    ];
    for (fields, reason) in others {
        let () = redis.ask("FLUSHALL");
        let before = append(&log, [1]).await[0];
        put(&redis, 2, fields);
        append(&log, [3]).await;
        // What is before it is read; it is told when it is its turn.
        let start = Cursor::new(before.epoch(), 0);
        assert_eq!(numbers(&read(&log, start).await), [1]);
        let error = log.read_after(&room(), before, Limit::default()).await;
        let Err(error @ ReadError::Unreadable(_)) = error else {
            panic!("{error:?}");
        };
        assert!(
            with_causes(&error).contains(reason),
            "{}",
            with_causes(&error)
        );
        // What is behind it is read by who is there.
        assert_eq!(
            numbers(&read(&log, Cursor::new(before.epoch(), 2)).await),
            [3]
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_took_a_future_number_is_no_record_and_publishing_is_refused() {
    let redis = redis!();
    let log = log_of(&redis).await;
    let place = append(&log, [1]).await[0];
    let _: String = redis.ask(&format!("XADD {LOG} * hello world"));
    let page = read(&log, place).await;
    assert_eq!(
        (page.standing(), page.is_empty()),
        (Standing::Contiguous, true)
    );
    let error = try_append(&log, 2).await.unwrap_err();
    assert!(!error.may_be_written(), "{error:?}");
    assert!(
        with_causes(&error).contains("equal or smaller"),
        "{}",
        with_causes(&error)
    );
    assert_eq!(end(&log).await, place);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_another_type_is_refused() {
    let redis = redis!();
    let log = log_of(&redis).await;
    for key in [LOG, META] {
        append(&log, [1]).await;
        let () = redis.ask(&format!("SET {key} x"));
        let error = try_append(&log, 2).await.unwrap_err();
        assert!(!error.may_be_written(), "{error:?}");
        assert!(
            with_causes(&error).contains("WRONGTYPE"),
            "{}",
            with_causes(&error)
        );
        let start = Cursor::new(Epoch::new(1), 0);
        let error = log.read_after(&room(), start, Limit::default()).await;
        assert!(matches!(error, Err(ReadError::Unavailable(_))), "{error:?}");
        let () = redis.ask("FLUSHALL");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meta_that_says_nonsense_is_no_panic() {
    let redis = redis!();
    let log = log_of(&redis).await;
    for (field, value) in [
        ("seq", "many"),
        ("seq", "-1"),
        ("seq", "99999999999999999999"),
        ("lives", "x"),
        ("lives", ":"),
        ("lives", "a:5_b:4"),
        ("lives", "a:x"),
        ("lives", "ffffffffffffffffff:0"),
    ] {
        append(&log, [1]).await;
        let value = value.replace('_', " ");
        let mut command = ::redis::cmd("HSET");
        command.arg(META).arg(field).arg(&value);
        let () = command.query(&mut redis.admin()).unwrap();
        let error = log.extent(&room()).await;
        assert!(error.is_err(), "{field} {value}: {error:?}");
        let start = Cursor::new(Epoch::new(1), 0);
        let error = log.read_after(&room(), start, Limit::default()).await;
        assert!(error.is_err(), "{field} {value}: {error:?}");
        // Whether it is taken or not.
        let _ = try_append(&log, 2).await;
        let () = redis.ask("FLUSHALL");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_were_evicted_are_missed_exactly() {
    let redis = redis!();
    let log = log_of(&redis).await;
    let start = end(&log).await;
    let places = append(&log, 1..=3).await;
    let () = redis.ask(&format!("DEL {LOG}"));
    let page = read(&log, places[0]).await;
    assert_eq!(page.standing(), Standing::Truncated { missed: Some(2) });
    assert_eq!((page.next(), page.has_more()), (places[2], false));
    let extent = log.extent(&room()).await.unwrap();
    assert_eq!((extent.oldest, extent.newest), (places[2], places[2]));
    // And numbers go on.
    let next = append(&log, [4]).await[0];
    assert_eq!(next, Cursor::new(places[2].epoch(), 4));
    let page = read(&log, start).await;
    assert_eq!(page.standing(), Standing::Truncated { missed: Some(3) });
    assert_eq!(numbers(&page), [4]);
    assert_eq!(read(&log, places[2]).await.standing(), Standing::Contiguous);
}

#[tokio::test(flavor = "multi_thread")]
async fn records_whose_numbers_were_evicted_are_never_taken_for_others() {
    let redis = redis!();
    let log = log_of(&redis).await;
    let places = append(&log, 1..=3).await;
    let () = redis.ask(&format!("DEL {META}"));
    let page = read(&log, places[0]).await;
    assert_eq!(
        (page.standing(), page.is_empty()),
        (Standing::UnknownEpoch, true)
    );
    let new = append(&log, [11]).await[0];
    assert_eq!(numbers(&read(&log, page.next()).await), [11]);
    assert_ne!(new.epoch(), places[0].epoch());
    for place in places {
        assert_eq!(read(&log, place).await.standing(), Standing::UnknownEpoch);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_was_deleted_from_the_middle_is_missed() {
    let redis = redis!();
    let log = log_of(&redis).await;
    let start = end(&log).await;
    let places = append(&log, 1..=5).await;
    let _: u8 = redis.ask(&format!("XDEL {LOG} 3-0 5-0"));
    let page = read(&log, start).await;
    assert_eq!(
        (page.standing(), numbers(&page)),
        (Standing::Contiguous, vec![1, 2])
    );
    assert!(page.has_more());
    let page = read(&log, page.next()).await;
    assert_eq!(page.standing(), Standing::Truncated { missed: Some(1) });
    assert_eq!((numbers(&page), page.has_more()), (vec![4], true));
    let page = read(&log, page.next()).await;
    assert_eq!(page.standing(), Standing::Truncated { missed: Some(1) });
    assert_eq!((page.next(), page.has_more()), (places[4], false));
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_that_were_flushed_are_told_again() {
    let redis = redis!();
    let log = log_of(&redis).await;
    let start = end(&log).await;
    for n in 1..=3 {
        let () = redis.ask("SCRIPT FLUSH");
        append(&log, [n]).await;
        let () = redis.ask("SCRIPT FLUSH");
        assert_eq!(numbers(&read(&log, start).await).len() as u64, n);
        let () = redis.ask("SCRIPT FLUSH");
        assert_eq!(end(&log).await.seq(), n);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_publishes_to_who_watches_is_ignored() {
    let redis = redis!();
    let log = log_of(&redis).await;
    let mut watch = watch(&log);
    hint(&mut watch).await;
    for payload in [
        "",
        "hello",
        "bee-",
        "s",
        "s\u{1}",
        "s\u{1}\0\0data: x\n\nid: 7\n",
    ] {
        let mut command = ::redis::cmd("SPUBLISH");
        command.arg("{sse:room}:live").arg(payload);
        let heard: u8 = command.query(&mut redis.admin()).unwrap();
        assert_eq!(heard, 1);
    }
    let record = Record::new(b"data: typing\n").unwrap();
    log.signal(&room(), &record).await.unwrap();
    let signal = eventually(async || watch.take_signal()).await;
    assert_eq!(&**signal.wire(), b"data: typing\n\n");
    assert_eq!(watch.take_signal(), None);
}
