//! Whatever text is appended, a client reads that.

use fastrand::Rng;
use sse_runtime::log::Page;
use sse_runtime::wire::{Decoder, Item};
use tokio_postgres::types::ToSql;

use crate::support::{all, append, client, end, read, with_log};

/// What our decoder makes of a page: names and data.
fn decoded(page: &Page) -> Vec<(String, String)> {
    let mut decoder = Decoder::new();
    let mut events = Vec::new();
    for run in page.runs() {
        decoder.push(run.wire());
        while let Some(item) = decoder.next_item().expect("a stream") {
            if let Item::Message(message) = item {
                events.push((message.event().to_owned(), message.data().to_owned()));
            }
        }
    }
    events
}

fn random_text(rng: &mut Rng, pieces: &[&str]) -> String {
    let count = rng.usize(..8);
    let pieces = (0..count).map(|_| rng.choice(pieces).copied().unwrap_or_default());
    pieces.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_reads_the_text_that_was_appended() {
    const DATA: [&str; 14] = [
        "\r", "\n", "\r\n", " ", ":", "data: ", "id: 7", "ü", "🦀", "\u{feff}", "\u{2028}", "x",
        "'", "\\n",
    ];
    const NAMES: [&str; 6] = ["a", " ", ":", "ü", "🦀", "\\r"];
    let Some((server, log)) = with_log().await else {
        return;
    };
    let application = client(&server).await;
    let mut rng = Rng::with_seed(0x5e);
    let mut expected = Vec::new();
    let start = end(&log, "texts").await;
    for _ in 0..300 {
        let (name, data) = (random_text(&mut rng, &NAMES), random_text(&mut rng, &DATA));
        let with: [&(dyn ToSql + Sync); 2] = [&name, &data];
        let appended = application
            .query("select sse_append('texts', $1, $2)", &with)
            .await;
        appended.unwrap_or_else(|error| panic!("{name:?}, {data:?}: {error:?}"));
        // "If the event type buffer is not an empty string, change the type" (WHATWG HTML §9.2.6).
        let name = if name.is_empty() {
            "message".to_owned()
        } else {
            name
        };
        expected.push((name, data.replace("\r\n", "\n").replace('\r', "\n")));
    }
    let mut events = Vec::new();
    let mut at = start;
    while events.len() < expected.len() {
        let page = read(&log, "texts", at).await;
        events.extend(decoded(&page));
        at = page.next();
    }
    assert_eq!(events, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_and_a_node_write_the_same_lines() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let application = client(&server).await;
    for data in ["", "x", " x", "a: b"] {
        append(&log, "by a node", data).await;
        let with: [&(dyn ToSql + Sync); 1] = [&data];
        let append = "select sse_append('by a function', '', $1)";
        application.query(append, &with).await.expect("appended");
    }
    let lines =
        |events: Vec<(String, String)>| events.into_iter().map(|it| it.1).collect::<Vec<_>>();
    let (node, function) = (
        all(&log, "by a node").await,
        all(&log, "by a function").await,
    );
    assert_eq!(lines(node), lines(function));
}
