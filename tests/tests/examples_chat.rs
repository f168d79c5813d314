//! The example `chat`, as it really runs. What the official client libraries make of it stands in
//! `openai.rs` and `anthropic.rs`.

use std::fs;
use std::path::Path;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tests::Example;

const OPENAI: &str = "/v1/chat/completions";
const ANTHROPIC: &str = "/v1/messages";

async fn post(chat: &Example, path: &str, body: &Value) -> Response {
    let request = Client::new().post(chat.at(path)).json(body);
    request.send().await.expect("it answers")
}

/// A request that both APIs take.
fn request(model: &str, words: usize, stream: bool) -> Value {
    let messages = [json!({ "role": "user", "content": "Recite it." })];
    json!({ "model": model, "max_tokens": words, "stream": stream, "messages": messages })
}

async fn text(response: Response) -> String {
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[CONTENT_TYPE], "text/event-stream");
    response.text().await.expect("it ends well")
}

/// The fields of the lines of a stream.
fn fields(stream: &str) -> Vec<&str> {
    stream
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(field, _)| field)
        .collect()
}

#[tokio::test]
async fn chunks_have_no_name_and_no_id_and_the_last_is_done() {
    let chat = Example::start("chat");
    let stream = text(post(&chat, OPENAI, &request("hare", 3, true)).await).await;
    assert_eq!(fields(&stream), ["data"; 6], "{stream}");
    assert!(
        stream.contains(r#""delta":{"content":"Ishmael. "}"#),
        "{stream}"
    );
    assert!(stream.ends_with("\n\ndata: [DONE]\n\n"), "{stream}");
}

#[tokio::test]
async fn events_are_named_as_their_type() {
    let chat = Example::start("chat");
    let stream = text(post(&chat, ANTHROPIC, &request("hare", 1, true)).await).await;
    let blocks: Vec<_> = stream.split_terminator("\n\n").collect();
    assert_eq!(blocks.len(), 6, "{stream}");
    for block in blocks {
        let (name, data) = block.split_once('\n').expect("two lines");
        let data: Value = serde_json::from_str(data.trim_start_matches("data: ")).expect("JSON");
        assert_eq!(
            name,
            format!("event: {}", data["type"].as_str().expect("a type"))
        );
    }
    assert!(stream.ends_with("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"));
}

#[tokio::test]
async fn what_does_not_ask_for_a_stream_is_answered_in_one_piece() {
    let chat = Example::start("chat");
    for (path, pointer) in [
        (OPENAI, "/choices/0/message/content"),
        (ANTHROPIC, "/content/0/text"),
    ] {
        let answer = post(&chat, path, &request("hare", 2, false)).await;
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/json");
        let answer: Value = answer.json().await.expect("JSON");
        assert_eq!(
            answer.pointer(pointer),
            Some(&json!("Call me ")),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn refusals_have_the_shape_of_their_api() {
    let chat = Example::start("chat");
    let refusals = [
        (
            r#"{"model": "snail", "max_tokens": 1, "messages": [{"role": "user", "content": ""}]}"#,
            404,
        ),
        (r#"{"model": "hare", "max_tokens": 1, "messages": []}"#, 400),
        (
            r#"{"model": "hare", "max_tokens": 1, "messages": "hello"}"#,
            400,
        ),
        (r#"{"model": 7, "max_tokens": 1, "messages": []}"#, 400),
        (r#"{"model": "#, 400),
        ("", 400),
    ];
    for (body, status) in refusals {
        for path in [OPENAI, ANTHROPIC] {
            let request = Client::new().post(chat.at(path)).body(body);
            let request = request.header(CONTENT_TYPE, "application/json");
            let answer = request.send().await.expect("it answers");
            assert_eq!(answer.status(), status, "{path}: {body}");
            let answer: Value = answer.json().await.expect("JSON");
            let expected = match (path, status) {
                (ANTHROPIC, 404) => "not_found_error",
                _ => "invalid_request_error",
            };
            assert_eq!(answer["error"]["type"], expected, "{path}: {body}");
            assert!(
                answer["error"]["message"]
                    .as_str()
                    .is_some_and(|message| !message.is_empty())
            );
            assert_eq!(path == ANTHROPIC, answer["type"] == "error", "{answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_given_up_recites_no_further_and_is_counted() {
    let mut chat = Example::start("chat");
    for (path, id) in [(OPENAI, "chatcmpl-0: "), (ANTHROPIC, "msg_1: ")] {
        let mut stream = post(&chat, path, &request("tortoise", 100, true)).await;
        let mut seen = Vec::new();
        while !String::from_utf8_lossy(&seen).contains("Call ") {
            seen.extend(
                stream
                    .chunk()
                    .await
                    .expect("it goes on")
                    .expect("it goes on"),
            );
        }
        drop(stream);
        assert_eq!(chat.line(id), format!("{id}disconnected, words: 1"));
    }
    let usage = Client::new().get(chat.at("/usage")).send().await;
    let usage: Value = usage.expect("it answers").json().await.expect("JSON");
    let expected = json!({ "requests": 2, "cancelled": 2, "prompt_words": 4, "recited_words": 2 });
    assert_eq!(usage, expected);
}

#[tokio::test]
async fn the_words_are_those_of_the_file_that_it_is_given() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("chat.txt");
    fs::write(&file, "one\ntwo  three\r\n").expect("a writable directory");
    let chat = Example::start_with("chat", |command| {
        command.arg(file);
    });
    let answer = post(&chat, ANTHROPIC, &request("hare", 100, false)).await;
    let answer: Value = answer.json().await.expect("JSON");
    assert_eq!(answer["content"][0]["text"], "one\ntwo  three\r\n");
    assert_eq!(answer["stop_reason"], "end_turn");
}

#[tokio::test]
async fn when_it_is_interrupted_open_streams_end_with_an_error_in_the_shape_of_their_api() {
    let chat = Example::start("chat");
    let openai = post(&chat, OPENAI, &request("tortoise", 100, true)).await;
    let anthropic = post(&chat, ANTHROPIC, &request("tortoise", 100, true)).await;
    let _half = chat.half_a_request();
    let stopped = tokio::task::spawn_blocking(move || chat.stop());
    for (stream, kind) in [(openai, "server_error"), (anthropic, "overloaded_error")] {
        let stream = text(stream).await;
        let error = stream.split_terminator("\n\n").last().expect("an error");
        let data = error
            .strip_prefix("event: error\ndata: ")
            .expect("the error event");
        let data: Value = serde_json::from_str(data).expect("JSON");
        assert_eq!(data["error"]["type"], kind);
    }
    assert!(stopped.await.expect("within two seconds").success());
}
