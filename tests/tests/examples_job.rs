//! The example `job`, as it really runs.

use std::fs;
use std::path::Path;

use reqwest::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tests::Example;

/// What a job hashes is the same every time; this was computed by another program.
const SHA256_OF_2_MIB: &str = "cb988878e4023d2b2db96a6c443ade0212ed22723c0875ad7a6aa8ccaab1cd8a";
const LAST_FRAME: &str = "id: sse-runtime:end-of-stream";

async fn start(job: &Example, mebibytes: i64) -> Response {
    let request = Client::new().post(job.at("/jobs"));
    let request = request.json(&json!({ "mebibytes": mebibytes }));
    request.send().await.expect("it answers")
}

/// Starts a job; the path of its events.
async fn started(job: &Example, mebibytes: i64) -> String {
    let answer = start(job, mebibytes).await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let path = answer.headers()[LOCATION]
        .to_str()
        .expect("a path")
        .to_owned();
    let answer: Value = answer.json().await.expect("JSON");
    assert_eq!(path, format!("/jobs/{}/events", answer["id"]));
    path
}

async fn get(job: &Example, path: &str) -> Response {
    Client::new()
        .get(job.at(path))
        .send()
        .await
        .expect("it answers")
}

/// The blocks of a stream that ends by itself.
async fn blocks(response: Response) -> Vec<String> {
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[CONTENT_TYPE], "text/event-stream");
    let text = response.text().await.expect("it ends well");
    text.split_terminator("\n\n").map(str::to_owned).collect()
}

/// The data of a result, which is followed by the end and nothing else.
fn result(blocks: &[String], name: &str) -> Value {
    let [.., result, end] = blocks else {
        panic!("no result: {blocks:?}");
    };
    assert_eq!(end, LAST_FRAME);
    let data = result.strip_prefix(&format!("event: {name}\ndata: "));
    let data = data.unwrap_or_else(|| panic!("not `{name}`: {result}"));
    serde_json::from_str(data).expect("JSON")
}

#[tokio::test]
async fn a_job_tells_how_far_it_is_and_then_its_result() {
    let job = Example::start("job");
    let events = started(&job, 2).await;
    let blocks = blocks(get(&job, &events).await).await;
    let expected = json!({ "mebibytes": 2, "sha256": SHA256_OF_2_MIB });
    assert_eq!(result(&blocks, "finished"), expected);
    let is_progress = |block: &&String| block.starts_with("event: progress\n");
    assert_eq!(blocks.iter().filter(is_progress).count(), blocks.len() - 2);
}

#[tokio::test]
async fn a_client_that_has_the_result_is_told_to_stay_away() {
    let job = Example::start("job");
    let events = started(&job, 1).await;
    let first = blocks(get(&job, &events).await).await;
    let id = LAST_FRAME.strip_prefix("id: ").expect("an id");
    let again = Client::new()
        .get(job.at(&events))
        .header("last-event-id", id)
        .send();
    assert_eq!(
        again.await.expect("it answers").status(),
        StatusCode::NO_CONTENT
    );
    // Who has just come gets the result, and only that.
    let late = blocks(get(&job, &events).await).await;
    assert_eq!(late.len(), 2);
    assert_eq!(result(&late, "finished"), result(&first, "finished"));
}

#[tokio::test]
async fn a_job_goes_on_when_its_watcher_has_gone() {
    let job = Example::start("job");
    let events = started(&job, 8).await;
    let mut watcher = get(&job, &events).await;
    watcher
        .chunk()
        .await
        .expect("it goes on")
        .expect("progress");
    drop(watcher);
    let blocks = blocks(get(&job, &events).await).await;
    assert_eq!(result(&blocks, "finished")["mebibytes"], 8);
}

#[tokio::test]
async fn a_cancelled_job_says_so() {
    let job = Example::start("job");
    let events = started(&job, 1024).await;
    let watcher = get(&job, &events).await;
    let cancel = Client::new()
        .delete(job.at(events.trim_end_matches("/events")))
        .send();
    assert_eq!(
        cancel.await.expect("it answers").status(),
        StatusCode::ACCEPTED
    );
    let blocks = blocks(watcher).await;
    assert_eq!(
        result(&blocks, "cancelled")["detail"],
        "somebody asked for that"
    );
}

#[tokio::test]
async fn a_failed_job_says_why() {
    let job = Example::start_with("job", |command| {
        command.env("TMPDIR", "/nonexistent");
    });
    let events = started(&job, 1).await;
    let blocks = blocks(get(&job, &events).await).await;
    let detail = result(&blocks, "failed");
    let detail = detail["detail"].as_str().expect("a text");
    assert!(detail.starts_with("its file: No such file"), "{detail}");
}

#[tokio::test]
async fn a_job_that_is_not_there_is_a_404() {
    let job = Example::start("job");
    assert_eq!(
        get(&job, "/jobs/1/events").await.status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        get(&job, "/jobs/one/events").await.status(),
        StatusCode::BAD_REQUEST
    );
    let cancel = Client::new().delete(job.at("/jobs/1")).send().await;
    assert_eq!(cancel.expect("it answers").status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_file_of_no_size_or_too_large_is_refused() {
    let job = Example::start("job");
    for mebibytes in [-1, 0, 1025] {
        let answer = start(&job, mebibytes).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json");
    }
}

#[tokio::test]
async fn a_fifth_job_is_refused_until_one_of_four_is_over() {
    let job = Example::start("job");
    let first = started(&job, 1024).await;
    for _ in 0..3 {
        started(&job, 1024).await;
    }
    let fifth = start(&job, 1).await;
    assert_eq!(fifth.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(fifth.headers().contains_key(RETRY_AFTER));
    let watcher = get(&job, &first).await;
    let cancel = Client::new()
        .delete(job.at(first.trim_end_matches("/events")))
        .send();
    assert_eq!(
        cancel.await.expect("it answers").status(),
        StatusCode::ACCEPTED
    );
    result(&blocks(watcher).await, "cancelled");
    started(&job, 1).await;
}

#[tokio::test]
async fn when_it_is_interrupted_watchers_are_told_to_come_back_and_no_file_is_left() {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interrupted-job");
    fs::create_dir_all(&scratch).expect("a writable directory");
    let job = Example::start_with("job", |command| {
        command.env("TMPDIR", &scratch);
    });
    let events = started(&job, 1024).await;
    let watcher = get(&job, &events).await;
    let _half = job.half_a_request();
    let stopped = tokio::task::spawn_blocking(move || job.stop());
    let blocks = blocks(watcher).await;
    assert!(
        blocks
            .last()
            .is_some_and(|last| last.starts_with("retry: ")),
        "{blocks:?}"
    );
    assert!(stopped.await.expect("within two seconds").success());
    assert_eq!(fs::read_dir(&scratch).expect("it is there").count(), 0);
}

#[tokio::test]
async fn a_page_watches() {
    let job = Example::start("job");
    let page = get(&job, "/").await;
    assert_eq!(page.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
    assert!(
        page.text()
            .await
            .expect("a page")
            .contains("new EventSource(")
    );
}
