//! Who is told of a gap, and who is not.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sse_runtime::log::*;
use tests::logs::channel;
use tests::servers::{Nats, Server};

use crate::support::*;

const TRUNCATED: Standing = Standing::Truncated { missed: None };

async fn keeping(nats: &Nats, events: usize) -> NatsLog {
    options().events(events).connect(&nats.url()).await.unwrap()
}

fn record() -> Record<'static> {
    Record::new(b"data: 0\n").unwrap()
}

/// So that the stream itself still holds what is older than anything of the room.
async fn append_elsewhere(log: &NatsLog) {
    log.append(&channel("quiet"), &record()).await.unwrap();
}

async fn is_read(log: &NatsLog, after: Cursor, standing: Standing, left: &[u64]) {
    let page = read(log, after).await;
    assert_eq!((page.standing(), &*numbers(&page)), (standing, left));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_missed_what_another_node_does_not_let_the_stream_keep_is_told() {
    let nats = nats!();
    let log = keeping(&nats, 1_000).await;
    append_elsewhere(&log).await;
    let places = append(&log, 0..20).await;
    // It has not followed the room, and so asks the server.
    let asking = keeping(&nats, 1_000).await;
    keeping(&nats, 5).await;
    is_read(&asking, places[2], TRUNCATED, &[15, 16, 17, 18, 19]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_missed_something_is_told_after_the_stream_is_made_to_keep_more() {
    let nats = nats!();
    let log = keeping(&nats, 5).await;
    append_elsewhere(&log).await;
    let places = append(&log, 0..20).await;
    for _ in 0..2 {
        let more = keeping(&nats, 1_000).await;
        is_read(&more, places[2], TRUNCATED, &[15, 16, 17, 18, 19]).await;
        is_read(&more, places[17], Standing::Contiguous, &[18, 19]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_missed_the_beginning_of_a_channels_next_life_is_told() {
    let nats = nats!();
    let options = options().events(3).ended(Duration::from_millis(300));
    let log = options.clone().connect(&nats.url()).await.unwrap();
    append_elsewhere(&log).await;
    let place = append(&log, [0]).await[0];
    log.end(&room(), None).await.unwrap();
    eventually(async || (!log.extent(&room()).await.ok()?.ended).then_some(())).await;
    let other = options.connect(&nats.url()).await.unwrap();
    append(&log, 1..3).await;
    is_read(&other, place, Standing::Contiguous, &[1, 2]).await;
    append(&log, 3..7).await;
    is_read(&other, place, TRUNCATED, &[4, 5, 6]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_event_at_a_place_is_dropped_nobody_knows_that_nothing_is_missed() {
    let nats = nats!();
    let log = keeping(&nats, 3).await;
    let mut places = Vec::new();
    for n in 0..4 {
        places.extend(append(&log, [n]).await);
        append_elsewhere(&log).await;
    }
    let other = keeping(&nats, 3).await;
    is_read(&other, places[0], TRUNCATED, &[1, 2, 3]).await;
    is_read(&other, places[1], Standing::Contiguous, &[2, 3]).await;
}

/// What the server has stored, and does not find.
struct Hidden {
    from: PathBuf,
    to: PathBuf,
}

impl Hidden {
    fn messages_of(nats: &Nats) -> Self {
        let from = found(nats.daemon().directory(), "msgs").unwrap();
        let to = from.with_file_name("hidden");
        fs::rename(&from, &to).unwrap();
        Self { from, to }
    }

    fn show(self) {
        fs::rename(self.to, self.from).unwrap();
    }
}

fn found(directory: &Path, name: &str) -> Option<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
    let mut directories = entries.map(|it| it.path()).filter(|it| it.is_dir());
    directories.find_map(|it| match it.ends_with(name) {
        true => Some(it),
        false => found(&it, name),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_cannot_read_is_not_taken_for_gone() {
    let nats = nats!();
    let log = log_of(&nats).await;
    let places = log.append_all(&room(), &[record(); 3]).await.unwrap();
    // So that they lie in a file of their own, which is not the newest: after a restart it has that one
    // alone in its memory.
    let large = [b"data: ", &[b'x'; 800_000][..], b"\n"].concat();
    let large = Record::new(&large).unwrap();
    for _ in 0..12 {
        log.append(&channel("quiet"), &large).await.unwrap();
    }
    nats.restart();
    let hidden = Hidden::messages_of(&nats);
    let other = log_of(&nats).await;
    let page = other.read_after(&room(), places[0], Limit::default()).await;
    assert!(matches!(page, Err(ReadError::Unavailable(_))), "{page:?}");
    let extent = other.extent(&room()).await;
    assert!(
        matches!(extent, Err(ReadError::Unavailable(_))),
        "{extent:?}"
    );
    nats.kill();
    hidden.show();
    nats.restart();
    until_serving(&other).await;
    is_read(&other, places[0], Standing::Contiguous, &[0, 0]).await;
    assert!(other.extent(&room()).await.unwrap().exists);
}
