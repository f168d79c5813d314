use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sse_runtime::hub::{Gap, GapReason};
use sse_runtime::openapi::Document;
use sse_runtime::{Event, EventId, NameField, Problem, server_sent_events};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::support::{by_name, event, names, operation, resolve, written};

#[derive(Serialize, ToSchema)]
struct Note {
    /// What is to be read.
    message: String,
    kind: String,
    level: Level,
    seq: u64,
    wait: Option<u32>,
    more: Option<Level>,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Level {
    Low,
    High,
}

impl NameField for Level {}

macro_rules! events {
    ($event:ty, [$($keys:tt)*]) => {{
        #[server_sent_events]
        trait Api {
            #[sse($($keys)*)]
            async fn events(&self, stream: impl EventsServerStream<$event>) -> Result<(), Problem>;
        }
        operation::<ApiServer<()>>().1
    }};
}

#[test]
fn an_event_consists_of_what_is_mapped() {
    let events = events!(
        Note,
        [
            data = message,
            event = level,
            id = seq,
            retry = wait,
            error_event = none
        ]
    );
    assert_eq!(
        events,
        json!({
            "type": "object",
            "required": ["id", "event", "data"],
            "properties": {
                "id": {"type": "string", "description": "What a client resumes from: `Last-Event-ID`."},
                "event": {"$ref": "#/components/schemas/Level"},
                "retry": {
                    "type": "integer", "minimum": 0,
                    "description": "How long to wait before reconnecting, in milliseconds.",
                },
                "data": {"type": "string", "description": "What is to be read."},
            },
        })
    );
}

#[test]
fn without_mapping_the_data_is_the_event() {
    let events = events!(Note, [error_event = none]);
    assert_eq!(
        events["properties"]["data"],
        json!({"$ref": "#/components/schemas/Note"})
    );
    assert_eq!(events["required"], json!(["data"]));
}

#[test]
fn an_event_without_a_name_is_called_message_by_clients() {
    let events = events!(Note, []);
    assert_eq!(names(&events), ["message", "problem"]);
    assert_eq!(event(&events, "message")["required"], json!(["data"]));
    assert_eq!(
        event(&events, "problem")["required"],
        json!(["event", "data"])
    );
}

#[test]
fn an_option_that_is_none_is_no_line() {
    let events = events!(Note, [data = more, error_event = none]);
    assert_eq!(
        events["properties"]["data"],
        json!({"$ref": "#/components/schemas/Level"})
    );
    assert_eq!(events["required"], Value::Null);
}

#[test]
fn events_are_told_apart_where_their_names_are_known() {
    let constant = events!(Note, [event_name = "note"]);
    assert_eq!(names(&constant), ["note", "problem"]);
    assert!(constant["oneOf"].is_array());
    let listed = events!(Note, [event = level, data = message]);
    assert!(listed["oneOf"].is_array(), "{listed:#}");
    // A note may well be called `problem`.
    let free = events!(Note, [event = kind, data = message]);
    assert_eq!(names(&free), ["*", "problem"]);
    assert!(free["anyOf"].is_array(), "{free:#}");
}

#[derive(Serialize)]
struct Celsius(f64);

impl fmt::Display for Celsius {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} °C", self.0)
    }
}

#[derive(Serialize, ToSchema)]
struct Reading {
    /// At the door.
    #[schema(value_type = f64)]
    temperature: Celsius,
    sensor: String,
}

#[test]
fn data_is_described_as_it_is_written() {
    let events = events!(Reading, [data = text(temperature), error_event = none]);
    assert_eq!(
        events["properties"]["data"],
        json!({"type": "string", "description": "At the door."})
    );
    let events = events!(Reading, [data = json(sensor), error_event = none]);
    assert_eq!(events["properties"]["data"], json!({"type": "string"}));
    let events = events!(String, [error_event = none]);
    assert_eq!(events["properties"]["data"], json!({"type": "string"}));
    let events = events!(u64, [error_event = none]);
    assert_eq!(events["properties"]["data"]["type"], "integer");
    let events = events!(Vec<Level>, [error_event = none]);
    assert_eq!(
        events["properties"]["data"],
        json!({"type": "array", "items": {"type": "string", "enum": ["low", "high"]}})
    );
}

#[test]
fn an_untyped_event_may_be_any() {
    let events = events!(Event, []);
    assert_eq!(names(&events), ["*", "problem"]);
    let any = event(&events, "*");
    assert_eq!(any["required"], json!(["data"]));
    let mut properties: Vec<_> = any["properties"]
        .as_object()
        .expect("it has some")
        .keys()
        .collect();
    properties.sort_unstable();
    assert_eq!(properties, ["data", "event", "id", "retry"]);
}

/// What becomes of a job.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Update {
    /// How far it is.
    Progress {
        step: Level,
        percent: u32,
    },
    Moved(Place),
    Waiting,
    AllDone {
        sha256: String,
    },
}

#[derive(Serialize, ToSchema)]
struct Place {
    room: String,
}

#[test]
fn each_variant_is_an_event_with_its_content_as_data() {
    let events = events!(Update, [variants, done(AllDone)]);
    assert_eq!(
        names(&events),
        ["progress", "moved", "waiting", "all_done", "problem"]
    );
    let progress = event(&events, "progress");
    assert_eq!(progress["description"], "How far it is.");
    let data = &progress["properties"]["data"];
    assert_eq!(data["required"], json!(["step", "percent"]));
    assert_eq!(
        data["properties"]["step"],
        json!({"$ref": "#/components/schemas/Level"})
    );
    let moved = event(&events, "moved");
    assert_eq!(
        moved["properties"]["data"],
        json!({"$ref": "#/components/schemas/Place"})
    );
    let waiting = event(&events, "waiting");
    assert_eq!(waiting["properties"]["data"], json!({"type": "null"}));
    let done = event(&events, "all_done");
    assert_eq!(done["description"], "The stream ends with it, for good.");
}

#[derive(Serialize, ToSchema)]
#[serde(tag = "type")]
enum Tagged {
    /// How far it is.
    Progress {
        percent: u32,
    },
    Moved(Place),
    Waiting,
}

#[derive(Serialize, ToSchema)]
#[serde(tag = "type", content = "content")]
enum Adjacent {
    Progress { percent: u32 },
    Moved(Place),
    Waiting,
}

#[test]
fn a_tag_names_the_event_and_stays_in_its_data() {
    for events in [
        events!(Tagged, [variants = "type"]),
        events!(Adjacent, [variants = "type"]),
    ] {
        assert_eq!(names(&events), ["Progress", "Moved", "Waiting", "problem"]);
        let progress = event(&events, "Progress");
        let tag = &progress["properties"]["data"]["properties"]["type"];
        assert_eq!(tag["enum"], json!(["Progress"]));
    }
    let tagged = events!(Tagged, [variants = "type"]);
    assert_eq!(event(&tagged, "Progress")["description"], "How far it is.");
    let moved = event(&tagged, "Moved");
    let parts = moved["properties"]["data"]["allOf"]
        .as_array()
        .expect("of two parts");
    assert_eq!(parts[0], json!({"$ref": "#/components/schemas/Place"}));
}

#[derive(Serialize, ToSchema)]
struct Wrapped {
    seq: u64,
    update: Update,
}

#[test]
fn variants_may_be_those_of_a_field() {
    let events = events!(Wrapped, [variants, data = update, id = seq]);
    let moved = event(&events, "moved");
    assert_eq!(moved["required"], json!(["id", "event", "data"]));
    assert_eq!(
        moved["properties"]["data"],
        json!({"$ref": "#/components/schemas/Place"})
    );
}

/// Its schema says nothing, serde does.
#[derive(Serialize, Deserialize)]
enum Opaque {
    One(u8),
    Two,
}

impl PartialSchema for Opaque {
    fn schema() -> RefOr<Schema> {
        Value::schema()
    }
}

impl ToSchema for Opaque {}

#[test]
fn names_that_the_schema_hides_are_those_of_serde() {
    let events = events!(Opaque, [variants]);
    assert_eq!(names(&events), ["One|Two", "problem"]);
}

#[test]
fn heartbeats_errors_and_the_last_text_are_events_too() {
    let events = events!(
        Note,
        [ping_event = "ping", error_event = "failed", done = "[DONE]"]
    );
    let all: Vec<_> = by_name(&events).into_iter().map(|(name, _)| name).collect();
    assert_eq!(all, ["message", "message", "ping", "failed"]);
    let last = &events["anyOf"][1]["properties"]["data"];
    assert_eq!(*last, json!({"type": "string", "enum": ["[DONE]"]}));
    assert_eq!(events["anyOf"][1]["required"], json!(["id", "data"]));
    let failed = event(&events, "failed");
    assert_eq!(
        failed["properties"]["data"],
        json!({"$ref": "#/components/schemas/Problem"})
    );
    // Where all data have a tag, a heartbeat has one as well.
    let events = events!(Tagged, [variants = "type", ping_event = "ping"]);
    let ping = event(&events, "ping");
    assert_eq!(ping["properties"]["data"]["required"], json!(["type"]));
}

#[derive(Deserialize, ToSchema)]
struct Resumed {
    after: Option<EventId>,
}

#[server_sent_events(last_event_id = after)]
trait Rooms {
    async fn messages(
        &self,
        payload: Resumed,
        stream: impl MessagesServerStream<Note>,
    ) -> Result<(), Problem>;
}

#[test]
fn what_can_be_resumed_has_ids_and_tells_a_gap() {
    let (_, events) = operation::<RoomsServer<()>>();
    assert_eq!(names(&events), ["message", "gap", "problem"]);
    let note = event(&events, "message");
    assert_eq!(note["properties"]["id"]["type"], "string");
    assert_eq!(
        note["required"],
        json!(["data"]),
        "what is not in a log has none"
    );
    let gap = event(&events, Gap::EVENT);
    assert_eq!(gap["required"], json!(["id", "event", "data"]));
    let reasons = [
        GapReason::Truncated,
        GapReason::Ahead,
        GapReason::Reset,
        GapReason::Foreign,
    ];
    assert_eq!(
        gap["properties"]["data"]["properties"]["reason"]["enum"],
        json!(reasons.map(GapReason::as_str))
    );
}

#[server_sent_events(variants)]
trait Jobs {
    async fn updates(&self, stream: impl UpdatesServerStream<Update>) -> Result<(), Problem>;
    #[sse(variants = none)]
    async fn lines(&self, stream: impl LinesServerStream<String>) -> Result<(), Problem>;
}

#[test]
fn json_may_be_described_as_the_text_that_it_is() {
    let document = written(
        Document::new("Test", "1")
            .content_schema()
            .add::<JobsServer<()>>(),
    );
    let schemas = &document["components"]["schemas"];
    let moved = event(&schemas["JobsUpdatesEvent"], "moved");
    assert_eq!(
        moved["properties"]["data"],
        json!({
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": "#/components/schemas/Place"},
        })
    );
    let line = event(&schemas["JobsLinesEvent"], "message");
    assert_eq!(line["properties"]["data"], json!({"type": "string"}));
}

#[test]
fn version_3_1_has_the_same_events_under_schema() {
    let of = |document: Document, version: &str, key: &str| {
        let document = written(document.add::<JobsServer<()>>());
        assert_eq!(document["openapi"], version);
        let operation = &document["paths"]["/jobs/updates"]["get"];
        let content = &operation["responses"]["200"]["content"]["text/event-stream"];
        assert_eq!(content.as_object().map(serde_json::Map::len), Some(1));
        resolve(&document, &content[key]).clone()
    };
    let newer = of(Document::new("Test", "1"), "3.2.0", "itemSchema");
    let older = of(Document::new("Test", "1").version31(), "3.1.0", "schema");
    assert_eq!(newer, older);
    assert_eq!(names(&newer).len(), 5);
}

#[derive(Serialize, ToSchema)]
struct Pause {
    #[schema(value_type = u64)]
    wait: Duration,
}

#[test]
fn advice_is_milliseconds_whatever_its_type_is() {
    let events = events!(Pause, [retry = wait, error_event = none]);
    assert_eq!(events["properties"]["retry"]["type"], "integer");
}
