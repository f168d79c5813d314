use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sse_runtime::{EventId, Problem, server_sent_events};
use utoipa::ToSchema;

use crate::support::{document, operation};

#[derive(Serialize, ToSchema)]
struct Tick {
    n: u64,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    /// Which job.
    job_id: u64,
    #[serde(default)]
    symbols: Vec<String>,
    max_percent: Option<u8>,
    after_id: Option<EventId>,
    token: String,
    session_id: Option<String>,
}

fn parameter(operation: &Value, name: &str) -> Value {
    let parameters = operation["parameters"].as_array().expect("there are some");
    let found = parameters.iter().find(|it| it["name"] == name);
    found
        .unwrap_or_else(|| panic!("no `{name}` in {parameters:#?}"))
        .clone()
}

/// What becomes of jobs.
///
/// All of them.
#[server_sent_events]
trait Jobs {
    /// Tells how far
    /// a job is.
    ///
    /// It may take a while.
    ///
    /// Or not.
    #[deprecated]
    #[sse(
        get = "/jobs/{job_id}",
        last_event_id = after_id,
        header(token = "X-Token"),
        cookie(session_id = "sid")
    )]
    async fn events_of(
        &self,
        payload: Wanted,
        stream: impl EventsOfServerStream<Tick>,
    ) -> Result<(), Problem>;
}

#[test]
fn each_field_is_a_parameter_of_its_source() {
    let (operation, _) = operation::<JobsServer<()>>();
    assert_eq!(
        parameter(&operation, "job_id"),
        json!({
            "name": "job_id", "in": "path", "required": true, "description": "Which job.",
            "schema": {"type": "integer", "format": "int64", "minimum": 0},
        })
    );
    assert_eq!(
        parameter(&operation, "x-token"),
        json!({"name": "x-token", "in": "header", "required": true, "schema": {"type": "string"}})
    );
    assert_eq!(
        parameter(&operation, "sid"),
        json!({"name": "sid", "in": "cookie", "required": false, "schema": {"type": "string"}})
    );
    assert_eq!(
        parameter(&operation, "maxPercent"),
        json!({
            "name": "maxPercent", "in": "query", "required": false,
            "schema": {"type": "integer", "format": "int32", "minimum": 0},
        })
    );
    assert_eq!(
        parameter(&operation, "symbols"),
        json!({
            "name": "symbols", "in": "query", "required": false,
            "schema": {"type": "array", "items": {"type": "string"}},
        })
    );
    assert_eq!(operation["parameters"].as_array().map(Vec::len), Some(7));
    assert_eq!(operation["requestBody"], Value::Null);
}

#[test]
fn a_client_resumes_by_header_or_query() {
    let (operation, _) = operation::<JobsServer<()>>();
    let header = parameter(&operation, "Last-Event-ID");
    let query = parameter(&operation, "last_event_id");
    for (parameter, place) in [(&header, "header"), (&query, "query")] {
        assert_eq!(parameter["in"], place);
        assert_eq!(parameter["required"], false);
        assert_eq!(
            parameter["schema"],
            json!({"$ref": "#/components/schemas/EventId"})
        );
    }
    let response = &operation["responses"]["200"];
    assert_eq!(
        response["headers"]["Last-Event-ID"]["schema"],
        json!({"type": "string"})
    );
}

#[test]
fn documentation_is_carried_over() {
    let (operation, _) = operation::<JobsServer<()>>();
    assert_eq!(operation["operationId"], "jobsEventsOf");
    assert_eq!(operation["tags"], json!(["Jobs"]));
    assert_eq!(operation["summary"], "Tells how far a job is.");
    assert_eq!(operation["description"], "It may take a while.\n\nOr not.");
    assert_eq!(operation["deprecated"], true);
    let document = document::<JobsServer<()>>();
    assert_eq!(
        document["tags"],
        json!([{"name": "Jobs", "description": "What becomes of jobs.\n\nAll of them."}])
    );
}

#[server_sent_events]
trait Posts {
    #[sse(post = "/jobs/{job_id}", last_event_id = after_id, header(token = "x-token"))]
    async fn some(
        &self,
        payload: Wanted,
        stream: impl SomeServerStream<Tick>,
    ) -> Result<(), Problem>;
}

#[test]
fn the_body_of_a_post_is_what_has_no_other_source() {
    let (operation, _) = operation::<PostsServer<()>>();
    let body = &operation["requestBody"];
    let schema = &body["content"]["application/json"]["schema"];
    let mut keys: Vec<_> = schema["properties"]
        .as_object()
        .expect("an object")
        .keys()
        .collect();
    keys.sort_unstable();
    assert_eq!(keys, ["maxPercent", "sessionId", "symbols"]);
    // Nothing of it is needed, so it may be left out.
    assert_eq!(body["required"], false);
    assert_eq!(schema["required"], Value::Null);
    assert_eq!(operation["parameters"].as_array().map(Vec::len), Some(4));
}

#[derive(Deserialize, ToSchema)]
struct Question {
    prompt: String,
    seed: Option<u64>,
}

#[server_sent_events]
trait Answers {
    #[sse(post = "/answers")]
    async fn ask(
        &self,
        payload: Question,
        stream: impl AskServerStream<String>,
    ) -> Result<(), Problem>;
}

#[test]
fn a_payload_that_is_a_body_keeps_its_name() {
    let (operation, _) = operation::<AnswersServer<()>>();
    let body = &operation["requestBody"];
    assert_eq!(
        body["content"]["application/json"]["schema"],
        json!({"$ref": "#/components/schemas/Question"})
    );
    assert_eq!(body["required"], true);
    let schemas = &document::<AnswersServer<()>>()["components"]["schemas"];
    assert_eq!(schemas["Question"]["required"], json!(["prompt"]));
}

#[derive(Deserialize, ToSchema)]
struct Rest {
    rest: String,
}

#[server_sent_events(path = "/files")]
trait Files {
    #[sse(get = "/{*rest}")]
    async fn changes(
        &self,
        payload: Rest,
        stream: impl ChangesServerStream<String>,
    ) -> Result<(), Problem>;
}

#[test]
fn the_rest_of_a_path_is_one_parameter() {
    let document = document::<FilesServer<()>>();
    let operation = &document["paths"]["/files/{rest}"]["get"];
    assert_eq!(parameter(operation, "rest")["in"], "path");
}

#[server_sent_events]
trait Bare {
    async fn ticks(&self, stream: impl TicksServerStream<Tick>) -> Result<(), Problem>;
}

#[test]
fn a_method_without_a_payload_has_no_parameters() {
    let document = document::<BareServer<()>>();
    let operation = &document["paths"]["/bare/ticks"]["get"];
    assert_eq!(operation["parameters"], Value::Null);
    assert_eq!(operation["requestBody"], Value::Null);
    // Only what something refers to is there.
    let schemas = document["components"]["schemas"]
        .as_object()
        .expect("there are some");
    let names: Vec<_> = schemas.keys().collect();
    assert_eq!(names, ["BareTicksEvent", "Problem", "Tick"]);
}
