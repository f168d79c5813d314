//! Whether documents are true: events of running examples, held to what is said of them.

use std::process::Stdio;

use serde::Serialize;
use serde_json::json;
use sse_runtime::{Problem, server_sent_events};
use tests::Example;
use utoipa::ToSchema;

use super::{directory, fetch, node, start};

#[derive(Serialize, ToSchema)]
pub(crate) struct Tick {
    /// Seconds since 1970.
    pub(crate) at: u64,
}

#[server_sent_events]
pub(crate) trait Clock {
    /// Streams the time.
    #[sse(get = "/ticks", done)]
    async fn ticks(&self, stream: impl TicksServerStream<Tick>) -> Result<(), Problem>;
}

/// The names of the first events of a stream, all of which are as described. `None` without Node.js.
async fn described(
    example: &Example,
    operation: &str,
    count: u32,
    path: &str,
    body: Option<&str>,
) -> Option<String> {
    let mut script = node("openapi/events.js")?;
    // What validates knows a document by the end of its name.
    let file = directory(operation).join("it.openapi.json");
    fetch(example, "/openapi.json", &file).await;
    script
        .arg(file)
        .args([operation, &count.to_string(), &example.at(path)])
        .args(body)
        .stderr(Stdio::inherit());
    let output = script.output().expect("Node.js runs");
    assert!(output.status.success(), "{path}");
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[tokio::test]
async fn variants_are_as_described() {
    let job = start("job");
    let started = reqwest::Client::new()
        .post(job.at("/jobs"))
        .json(&json!({"mebibytes": 4}))
        .send()
        .await
        .expect("it answers");
    let started: serde_json::Value = started.json().await.expect("with JSON");
    let path = format!("/jobs/{}/events", started["id"]);
    let names = described(&job, "jobsEvents", 1000, &path, None).await;
    if let Some(names) = names {
        assert!(names.ends_with("finished"), "{names}");
    }
}

#[tokio::test]
async fn mapped_events_and_a_gap_are_as_described() {
    let quickstart = start("quickstart");
    for message in ["soup", "42", "a\nb"] {
        let published = reqwest::Client::new()
            .post(quickstart.at("/topics/lunch"))
            .json(&json!({"message": message, "type": "alert"}))
            .send()
            .await;
        assert!(published.is_ok_and(|answer| answer.status().is_success()));
    }
    let path = "/topics/lunch/events?last_event_id=1&limit=3";
    let names = described(&quickstart, "notificationsStream", 4, path, None).await;
    assert!(names.is_none_or(|names| names == "gap alert"));
}

#[tokio::test]
async fn what_is_published_through_a_hub_is_as_described() {
    let ticker = start("ticker");
    let names = described(&ticker, "tickerQuotes", 100, "/quotes", None).await;
    assert!(names.is_none_or(|names| names == "message"));
    let path = "/quotes?last_event_id=foreign";
    let names = described(&ticker, "tickerQuotes", 100, path, None).await;
    assert!(names.is_none_or(|names| names == "gap message"));
}

#[tokio::test]
async fn streams_of_a_post_are_as_described() {
    let chat = start("chat");
    let ask = r#"{"model": "hare", "stream": true, "max_tokens": 8, "messages": [{"role": "user", "content": "Hi"}]}"#;
    let names = described(
        &chat,
        "openAiComplete",
        1000,
        "/v1/chat/completions",
        Some(ask),
    )
    .await;
    assert!(names.is_none_or(|names| names == "message"));
    let names = described(&chat, "anthropicMessage", 1000, "/v1/messages", Some(ask)).await;
    if let Some(names) = names {
        assert!(
            names.starts_with("message_start content_block_start"),
            "{names}"
        );
        assert!(names.ends_with("message_stop"), "{names}");
    }
}
