use serde::{Deserialize, Serialize};
use serde_json::json;
use sse_runtime::openapi::Document;
use sse_runtime::{Problem, ServerStream, server_sent_events};
use utoipa::openapi::{OpenApiBuilder, OpenApiVersion, Paths, Ref};
use utoipa::{OpenApi, ToSchema};

use crate::support::written;

#[derive(Serialize, ToSchema)]
struct Tick {
    n: u64,
}

#[server_sent_events]
trait Clock {
    async fn ticks(&self, stream: impl ServerStream<Tick>) -> Result<(), Problem>;
}

#[utoipa::path(get, path = "/now", operation_id = "now", responses((status = 200, body = Tick)))]
fn now() {}

#[derive(OpenApi)]
#[openapi(paths(now), info(title = "Mine", version = "2"))]
struct Mine;

fn clock() -> Document {
    Document::new("Clock", "1").add::<ClockServer<()>>()
}

fn refused(document: Document) -> String {
    match document.build() {
        Ok(_) => panic!("it is built"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_document_becomes_part_of_another() -> Result<(), Box<dyn std::error::Error>> {
    let mut mine = Mine::openapi();
    clock().merge_into(&mut mine)?;
    let mine = serde_json::to_value(mine)?;
    assert_eq!(mine["info"]["title"], "Mine");
    assert_eq!(mine["openapi"], "3.1.0");
    assert!(mine["paths"]["/now"]["get"].is_object());
    // As the document is one of 3.1.
    let content = &mine["paths"]["/clock/ticks"]["get"]["responses"]["200"]["content"];
    assert!(
        content["text/event-stream"]["schema"].is_object(),
        "{content:#}"
    );
    assert_eq!(mine["tags"], json!([{"name": "Clock"}]));
    Ok(())
}

#[test]
fn utoipa_merges_and_nests_it_as_well() -> Result<(), Box<dyn std::error::Error>> {
    let built = clock().version31().build()?;
    let merged = serde_json::to_value(Mine::openapi().merge_from(built.clone()))?;
    assert!(merged["paths"]["/clock/ticks"]["get"].is_object());
    assert!(merged["components"]["schemas"]["ClockTicksEvent"].is_object());
    let nested = serde_json::to_value(Mine::openapi().nest("/api", built))?;
    assert!(nested["paths"]["/api/clock/ticks"]["get"].is_object());
    Ok(())
}

mod elsewhere {
    use super::*;

    #[derive(Serialize, ToSchema)]
    pub(super) struct Tick {
        at: String,
    }

    #[server_sent_events]
    pub(super) trait Watch {
        async fn ticks(&self, stream: impl ServerStream<Tick>) -> Result<(), Problem>;
    }

    #[server_sent_events(path = "/elsewhere")]
    pub(super) trait Clock {
        async fn ticks(&self, stream: impl ServerStream<super::Tick>) -> Result<(), Problem>;
    }
}

#[test]
fn the_instances_of_a_generic_type_are_types_of_their_own() {
    #[derive(Serialize, ToSchema)]
    struct Page<T> {
        #[schema(inline)]
        items: Vec<T>,
    }

    #[server_sent_events]
    trait Pages {
        async fn ticks(&self, stream: impl ServerStream<Page<Tick>>) -> Result<(), Problem>;
        async fn counts(&self, stream: impl ServerStream<Page<u8>>) -> Result<(), Problem>;
    }

    let document = written(Document::new("Pages", "1").add::<PagesServer<()>>());
    let schemas = &document["components"]["schemas"];
    let item = |page: &str| &schemas[page]["properties"]["items"]["items"];
    assert_eq!(item("Page_Tick")["properties"]["n"]["type"], "integer");
    assert_eq!(item("Page_u8")["type"], "integer");
}

#[test]
fn two_types_of_one_name_are_an_error() {
    let document = clock().add::<elsewhere::WatchServer<()>>();
    assert_eq!(
        refused(document),
        "the document cannot be made: two different schemas are called `Tick`: \
         write `#[schema(as = …)]` at one of the types"
    );
}

#[test]
fn two_operations_of_one_id_are_an_error() {
    let document = clock().add::<elsewhere::ClockServer<()>>();
    assert_eq!(
        refused(document),
        "the document cannot be made: two operations have the id `clockTicks`: \
         rename one of the traits or methods"
    );
}

#[test]
fn the_same_route_twice_is_an_error() {
    let error = refused(clock().add::<ClockServer<()>>());
    assert!(
        error.contains("two operations answer `GET /clock/ticks`"),
        "{error}"
    );
}

#[test]
fn a_clash_leaves_the_other_document_as_it_was() {
    let mut mine = OpenApiBuilder::new()
        .openapi(OpenApiVersion::Version32)
        .paths(Paths::new())
        .components(Some(
            utoipa::openapi::ComponentsBuilder::new()
                .schema("Tick", Ref::from_schema_name("Other"))
                .build(),
        ))
        .build();
    let before = mine.clone();
    let error = clock()
        .merge_into(&mut mine)
        .map_err(|error| error.to_string());
    assert_eq!(
        error,
        Err(
            "the document cannot be made: two different schemas are called `Tick`: \
             write `#[schema(as = …)]` at one of the types"
                .to_owned()
        )
    );
    assert!(mine == before);
}

#[derive(Serialize, ToSchema)]
struct Lost {
    #[schema(schema_with = nowhere)]
    it: u8,
}

fn nowhere() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    Ref::from_schema_name("Nowhere").into()
}

#[server_sent_events]
trait Losing {
    async fn it(&self, stream: impl ServerStream<Lost>) -> Result<(), Problem>;
}

#[test]
fn a_reference_to_nothing_is_an_error() {
    let error = refused(Document::new("Test", "1").add::<LosingServer<()>>());
    assert!(error.contains("no schema is called `Nowhere`"), "{error}");
}

#[derive(Deserialize, ToSchema)]
struct Flattened {
    topic: String,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Deserialize, ToSchema)]
struct Rest {
    limit: u8,
}

#[server_sent_events]
trait Hiding {
    #[sse(get = "/{topic}")]
    async fn it(&self, payload: Flattened, stream: impl ServerStream<Tick>) -> Result<(), Problem>;
}

#[test]
fn a_payload_that_hides_its_fields_is_an_error() {
    let error = refused(Document::new("Test", "1").add::<HidingServer<()>>());
    assert!(
        error.contains("is not a struct whose fields serde reveals"),
        "{error}"
    );
}
