//! A server that lacks what another has shown.

use sse_runtime::log::{EventLog, Standing};

use crate::servers::{all, append, channel, client, read, run, text, with_log};

#[tokio::test(flavor = "multi_thread")]
async fn who_saw_what_is_lost_is_told_and_nobody_else() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let client = client(&server).await;
    let mut before = Vec::new();
    for n in 1..=5 {
        before.push(append(&log, "a", &n.to_string()).await);
    }
    // What a standby is that was promoted without the last two: rows that another server has written.
    run(
        &client,
        "delete from sse_event where seq > 3; update sse_channel set seq = 3, server = server + 1",
    )
    .await;
    // As long as nothing is appended, they are ahead of the log.
    assert_eq!(read(&log, "a", before[4]).await.standing(), Standing::Ahead);
    for n in 4..=6 {
        let place = append(&log, "a", &format!("other {n}")).await;
        assert_eq!(place.seq(), n);
        assert_ne!(place.epoch(), before[0].epoch());
    }
    for (place, left) in before.iter().zip([5, 4, 3]) {
        let page = read(&log, "a", *place).await;
        assert_eq!(page.standing(), Standing::Contiguous, "{place}");
        assert_eq!(crate::servers::lines(&page).len(), left);
    }
    for place in &before[3..] {
        let page = read(&log, "a", *place).await;
        assert_eq!(page.standing(), Standing::Rewound, "{place}");
        assert_eq!(page.next().seq(), 3);
        let page = read(&log, "a", page.next()).await;
        assert_eq!(crate::servers::lines(&page).len(), 3);
    }
    // Applications are given the same ids as readers.
    let held = all(&log, "a").await;
    let id = text(&client, "select sse_append('a', null, '7')").await;
    assert_eq!(all(&log, "a").await.last().unwrap().0, id);
    assert!(held.iter().all(|(held, _)| *held != id));
    assert_eq!(text(&client, "select sse_position('a')").await, id);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_sixteen_lives_are_remembered() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let client = client(&server).await;
    let mut places = Vec::new();
    for n in 0..20 {
        places.push(append(&log, "a", &n.to_string()).await);
        run(&client, "update sse_channel set server = server + 1").await;
    }
    let end = log.extent(&channel("a")).await.unwrap().newest;
    assert_eq!(end, places[19]);
    for (n, place) in places.iter().enumerate() {
        let standing = read(&log, "a", *place).await.standing();
        let expected = if n < 4 {
            Standing::UnknownEpoch
        } else {
            Standing::Contiguous
        };
        assert_eq!(standing, expected, "{n}");
    }
}
