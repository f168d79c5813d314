use axum::Json;
use axum::response::{IntoResponse, Response};
use futures::Stream;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sse_runtime::openapi::{Answer, problems};
use sse_runtime::{Problem, ServerStream, server_sent_events};
use utoipa::ToSchema;
use utoipa::openapi::Responses;

use crate::support::{document, operation};

#[server_sent_events]
trait Texts {
    #[sse(done = "[DONE]")]
    async fn it(&self, stream: impl ServerStream<String>) -> Result<(), Problem>;
}

#[test]
fn a_last_text_is_told_to_generators() {
    let (operation, _) = operation::<TextsServer<()>>();
    let content = &operation["responses"]["200"]["content"]["text/event-stream"];
    assert_eq!(content["x-speakeasy-sse-sentinel"], "[DONE]");
}

#[derive(Deserialize, ToSchema)]
struct Wanted {
    prompt: String,
}

#[derive(Serialize, ToSchema)]
struct Whole {
    text: String,
}

fn statuses(operation: &Value) -> Vec<&str> {
    let responses = operation["responses"].as_object().expect("there are some");
    responses.keys().map(String::as_str).collect()
}

#[server_sent_events]
trait Get {
    async fn it(&self, stream: impl ServerStream<String>) -> Result<(), Problem>;
}

#[test]
fn a_get_is_answered_as_its_server_does() {
    let (operation, _) = operation::<GetServer<()>>();
    assert_eq!(
        statuses(&operation),
        ["200", "204", "400", "503", "default"]
    );
    let responses = &operation["responses"];
    let headers = &responses["200"]["headers"];
    assert_eq!(
        headers["Cache-Control"]["schema"]["enum"],
        json!(["no-cache, no-transform"])
    );
    assert_eq!(
        headers["X-Accel-Buffering"]["schema"]["enum"],
        json!(["no"])
    );
    assert_eq!(responses["204"]["content"], Value::Null);
    assert_eq!(
        responses["503"]["headers"]["Retry-After"]["schema"]["type"],
        "integer"
    );
    for status in ["400", "503", "default"] {
        assert_eq!(
            responses[status]["content"]["application/problem+json"]["schema"],
            json!({"$ref": "#/components/schemas/Problem"}),
            "{status}",
        );
    }
    let document = document::<GetServer<()>>();
    let problem = &document["components"]["schemas"]["Problem"];
    assert_eq!(problem["required"], json!(["title", "status"]));
}

#[server_sent_events]
trait Post {
    #[sse(post = "/it")]
    async fn it(
        &self,
        payload: Wanted,
        stream: impl ServerStream<String>,
    ) -> Result<Option<Json<Whole>>, Problem>;
}

#[test]
fn a_body_may_be_too_large_or_no_json() {
    let (operation, _) = operation::<PostServer<()>>();
    assert_eq!(
        statuses(&operation),
        ["200", "204", "400", "413", "415", "503", "default"]
    );
}

#[test]
fn an_answer_in_place_of_a_stream_is_another_content_of_200() {
    let (operation, _) = operation::<PostServer<()>>();
    let content = &operation["responses"]["200"]["content"];
    assert_eq!(
        content["application/json"]["schema"],
        json!({"$ref": "#/components/schemas/Whole"})
    );
    assert!(content["text/event-stream"].is_object());
    let document = document::<PostServer<()>>();
    assert!(document["components"]["schemas"]["Whole"].is_object());
}

struct BoardError;

impl IntoResponse for BoardError {
    fn into_response(self) -> Response {
        StatusCode::GONE.into_response()
    }
}

impl Answer for BoardError {
    fn responses() -> Responses {
        problems([
            (StatusCode::GONE, "The board is closed."),
            (StatusCode::BAD_REQUEST, "The board has no such place."),
        ])
    }
}

#[server_sent_events]
trait Boards {
    async fn it(&self, stream: impl ServerStream<String>) -> Result<(), BoardError>;
}

#[test]
fn an_error_declares_its_statuses() {
    let (operation, _) = operation::<BoardsServer<()>>();
    assert_eq!(statuses(&operation), ["200", "204", "400", "410", "503"]);
    let responses = &operation["responses"];
    assert_eq!(responses["410"]["description"], "The board is closed.");
    let both = responses["400"]["description"].as_str().expect("a text");
    assert!(both.starts_with("The request does not fit"), "{both}");
    assert!(both.ends_with("The board has no such place."), "{both}");
}

#[server_sent_events]
trait Others {
    async fn free(&self, stream: impl ServerStream<String>)
    -> Result<Option<Response>, StatusCode>;

    async fn pulled(&self) -> Result<impl Stream<Item = Result<String, BoardError>>, BoardError>;
}

#[test]
fn what_types_do_not_tell_is_left_open() {
    let document = document::<OthersServer<()>>();
    let responses = &document["paths"]["/others/free"]["get"]["responses"];
    let content = responses["200"]["content"]
        .as_object()
        .expect("there is one");
    assert_eq!(content.keys().collect::<Vec<_>>(), ["text/event-stream"]);
    assert_eq!(responses["default"]["content"], Value::Null);
}

#[test]
fn the_errors_of_a_method_that_returns_a_stream_are_its_own() {
    let document = document::<OthersServer<()>>();
    let responses = &document["paths"]["/others/pulled"]["get"]["responses"];
    assert_eq!(responses["410"]["description"], "The board is closed.");
}
