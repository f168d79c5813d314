//! The example `watch`, which is a client of the example `quickstart`.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tests::Example;

/// A file that is not there yet.
fn place(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // It is there where a test has run before.
    let _ = std::fs::remove_file(&place);
    place
}

fn watch(quickstart: &Example, place: &Path) -> Example {
    Example::start_with("watch", |command| {
        command.args(["disk", quickstart.url()]).env("PLACE", place);
    })
}

/// Publishes on the topic that is watched; what the client prints of it.
async fn publish(quickstart: &Example, message: &str) -> String {
    let request = reqwest::Client::new().post(quickstart.at("/topics/disk"));
    let body = json!({"type": "alert", "message": message});
    let response = request.json(&body).send().await.expect("it answers");
    let answer: Value = response.json().await.expect("the answer is JSON");
    let id = answer["id"].as_u64().expect("an id is a number");
    format!("{id} alert: {message}")
}

/// Waits until the client has saved that it has come so far.
async fn saved(place: &Path, line: &str) {
    let id = line.split(' ').next().expect("a line begins with its id");
    let expected = json!(id);
    loop {
        let saved = std::fs::read(place).unwrap_or_default();
        let position: Value = serde_json::from_slice(&saved).unwrap_or_default();
        if position["last_event_id"] == expected {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_client_that_is_started_again_prints_what_it_has_missed_and_nothing_twice() {
    let place = place("started-again.place");
    let quickstart = Example::start("quickstart");
    let one = publish(&quickstart, "is full").await;
    let mut first = watch(&quickstart, &place);
    assert_eq!(first.line(""), one);
    saved(&place, &one).await;
    assert!(first.stop().success());

    let two = publish(&quickstart, "is slow").await;
    let three = publish(&quickstart, "is fine").await;
    let mut second = watch(&quickstart, &place);
    assert_eq!([second.line(""), second.line("")], [two, three]);
}
