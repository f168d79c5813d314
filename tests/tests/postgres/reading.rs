//! What others have put into the tables.

use sse_runtime::log::{EventLog, Limit, ReadError, Standing};

use crate::support::{all, append, channel, client, end, read, run, with_log};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_record_is_unreadable_and_goes_nowhere() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let client = client(&server).await;
    let foreign = [
        ("lines = 'data: x'", "LF"),
        (r"lines = E'data: x\\012\\012data: y\\012'", "blank"),
        (r"lines = E'id: 7\\012data: x\\012'", "`id`"),
        (r"lines = E'data: x\\015\\012'", "CR"),
        (r"key = E'\\377'", "UTF-8"),
        ("format = 9", "format 9"),
        ("format = 0", "format 0"),
    ];
    for (n, (set, why)) in foreign.iter().enumerate() {
        let name = format!("foreign {n}");
        let start = end(&log, &name).await;
        append(&log, &name, "mine").await;
        let sql = format!(
            "update sse_event set {set} from sse_channel c where c.id = channel and c.name = '{name}'"
        );
        run(&client, &sql).await;
        match log
            .read_after(&channel(&name), start, Limit::default())
            .await
        {
            Err(ReadError::Unreadable(source)) => {
                let source = source.to_string();
                assert!(
                    source.contains(why) && source.contains("record 1"),
                    "{set}: {source}"
                );
            }
            other => panic!("{set}: {other:?}"),
        }
    }
    append(&log, "mine", "x").await;
    assert_eq!(all(&log, "mine").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_somebody_deletes_are_missed() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let client = client(&server).await;
    let start = end(&log, "a").await;
    for n in 1..=6 {
        append(&log, "a", &n.to_string()).await;
    }
    run(&client, "delete from sse_event where seq in (1, 4, 6)").await;
    let mut at = start;
    let mut seen = Vec::new();
    loop {
        let page = read(&log, "a", at).await;
        seen.push((page.standing(), crate::support::lines(&page).len()));
        assert_ne!(page.next(), at, "it goes on");
        at = page.next();
        if !page.has_more() {
            break;
        }
    }
    let missed = Standing::Truncated { missed: Some(1) };
    assert_eq!(seen, [(missed, 2), (missed, 1), (missed, 0)]);
    assert_eq!(at, end(&log, "a").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_large_records_is_bounded_by_the_server() {
    let Some((_server, log)) = with_log().await else {
        return;
    };
    let start = end(&log, "a").await;
    let data = "x".repeat(500_000);
    for _ in 0..4 {
        append(&log, "a", &data).await;
    }
    let limit = Limit::new(usize::MAX, 1_100_000);
    let page = log.read_after(&channel("a"), start, limit).await.unwrap();
    assert_eq!(crate::support::lines(&page).len(), 2);
    assert!(page.has_more());
}
