//! Where the fields of a payload come from, and what becomes of a request that does not fit.

use axum::Router;
use http::Request;
use serde::{Deserialize, Serialize};
use sse_runtime::{EventId, Problem, server_sent_events};

use crate::support::{Response, get, post, resume, send};

#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
struct Query {
    topic: String,
    limit: Option<u32>,
    #[serde(default)]
    tag: Vec<String>,
    start_id: Option<u64>,
    tenant_name: Option<String>,
    session: Option<String>,
    kind: Option<Kind>,
}

#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Big,
    Small,
}

/// Answers with the payload that it was given.
#[server_sent_events(last_event_id = start_id, header(tenant_name = "X-Tenant"), cookie(session = "sid"))]
trait Echo {
    #[sse(get = "/topics/{topic}")]
    async fn events(
        &self,
        payload: Query,
        stream: impl EventsServerStream<Query>,
    ) -> Result<(), Problem>;
}

struct Service;
impl Echo for Service {
    async fn events(
        &self,
        payload: Query,
        stream: impl EventsServerStream<Query>,
    ) -> Result<(), Problem> {
        Ok(stream.send(payload).await?)
    }
}

fn app() -> Router {
    EchoServer::new(Service).into_router()
}

async fn echoed(mut answer: Response) -> serde_json::Value {
    answer.event().await.json()
}

async fn refused(mut answer: Response) -> String {
    assert_eq!(answer.status(), 400);
    let problem = answer.problem().await;
    problem.get_detail().expect("a detail").to_owned()
}

#[tokio::test]
async fn each_field_comes_from_its_source() {
    let request =
        Request::get("/topics/caf%C3%A9%20bar?limit=5&tag=a&tag=b+c&kind=big&utm_source=x")
            .header("last-event-id", "17")
            .header("x-tenant", "acme")
            .header("cookie", "other=1; sid=abc");
    let payload = echoed(send(&app(), request.body("").unwrap()).await).await;
    assert_eq!(
        payload,
        serde_json::json!({
            "topic": "café bar", "limit": 5, "tag": ["a", "b c"], "startId": 17,
            "tenantName": "acme", "session": "abc", "kind": "big"
        })
    );
}

#[tokio::test]
async fn what_has_a_source_is_never_taken_from_the_query() {
    let uri = "/topics/good?topic=evil&startId=1&start_id=2&tenantName=evil&tenant_name=evil&session=evil";
    let payload = echoed(get(&app(), uri).await).await;
    assert_eq!(payload["topic"], "good");
    assert_eq!(payload["startId"], serde_json::Value::Null);
    assert_eq!(payload["tenantName"], serde_json::Value::Null);
    assert_eq!(payload["session"], serde_json::Value::Null);
}

#[tokio::test]
async fn parameters_of_an_enclosing_path_win_over_the_query() {
    let app = Router::new().nest("/{tenant_name}", app());
    let payload = echoed(get(&app, "/acme/topics/a?tenantName=evil").await).await;
    assert_eq!(payload["tenantName"], "acme");
}

#[tokio::test]
async fn the_last_event_id_may_come_by_query_and_the_header_wins() {
    assert_eq!(
        echoed(get(&app(), "/topics/a?last_event_id=3").await).await["startId"],
        3
    );
    assert_eq!(
        echoed(resume(&app(), "/topics/a?last_event_id=3", "4").await).await["startId"],
        4
    );
    let detail = refused(get(&app(), "/topics/a?last_event_id=x").await).await;
    assert!(
        detail.starts_with("field `startId` (from `last_event_id` in the query)"),
        "{detail}"
    );
    assert_eq!(
        echoed(resume(&app(), "/topics/a", "").await).await["startId"],
        serde_json::Value::Null
    );
}

#[tokio::test]
async fn a_value_that_does_not_fit_is_400_with_field_and_source() {
    let app = app();
    let cases = [
        (
            "/topics/a?limit=abc",
            "field `limit` (from the query): invalid value: string \"abc\", expected u32",
        ),
        (
            "/topics/a?limit=-1",
            "field `limit` (from the query): invalid value: string \"-1\", expected u32",
        ),
        (
            "/topics/a?limit=4294967296",
            "field `limit` (from the query): invalid value: string \"4294967296\", expected u32",
        ),
        (
            "/topics/a?limit=",
            "field `limit` (from the query): invalid value: string \"\", expected u32",
        ),
        (
            "/topics/a?limit=1&limit=2",
            "field `limit` (from the query): it is given 2 times, expected once",
        ),
        (
            "/topics/a?tag=%FF",
            "field `tag` (from the query): it is not UTF-8",
        ),
        (
            "/topics/a?kind=huge",
            "field `kind` (from the query): unknown variant `huge`, expected `big` or `small`",
        ),
    ];
    for (uri, expected) in cases {
        assert_eq!(refused(get(&app, uri).await).await, expected, "{uri}");
    }
    assert!(
        refused(get(&app, "/topics/%FF").await)
            .await
            .contains("UTF-8")
    );
    assert_eq!(
        refused(resume(&app, "/topics/a", "abc").await).await,
        "field `startId` (from the `Last-Event-ID` header): invalid value: string \"abc\", expected u64"
    );
}

#[tokio::test]
async fn odd_last_event_ids_are_400_where_the_type_refuses_them() {
    let app = app();
    let long = refused(resume(&app, "/topics/a", "9".repeat(64 * 1024)).await).await;
    assert!(
        long.len() < 300,
        "a long value is not echoed: {} bytes",
        long.len()
    );
    assert!(
        refused(resume(&app, "/topics/a", b"\xff\xfe").await)
            .await
            .contains("not UTF-8")
    );
    let twice = Request::get("/topics/a")
        .header("last-event-id", "1")
        .header("last-event-id", "2");
    let twice = send(&app, twice.body("").unwrap()).await;
    assert!(
        refused(twice)
            .await
            .contains("more than one `Last-Event-ID`")
    );
    assert!(
        refused(get(&app, "/topics/a?last_event_id=1&last_event_id=2").await)
            .await
            .contains("more than one")
    );
    assert!(
        refused(get(&app, "/topics/a?last_event_id=%00").await)
            .await
            .contains("last_event_id")
    );
}

#[tokio::test]
async fn an_event_id_field_takes_any_id() {
    #[derive(Deserialize)]
    struct Resume {
        after: Option<EventId>,
    }
    #[server_sent_events(last_event_id = after)]
    trait Api {
        async fn events(
            &self,
            payload: Resume,
            stream: impl EventsServerStream<usize>,
        ) -> Result<(), Problem>;
    }
    struct Lengths;
    impl Api for Lengths {
        async fn events(
            &self,
            payload: Resume,
            stream: impl EventsServerStream<usize>,
        ) -> Result<(), Problem> {
            Ok(stream
                .send(payload.after.map_or(0, |id| id.as_str().len()))
                .await?)
        }
    }
    let app = ApiServer::new(Lengths).into_router();
    assert_eq!(
        resume(&app, "/api/events", "x".repeat(64 * 1024))
            .await
            .text()
            .await,
        "data: 65536\n\n"
    );
    assert_eq!(
        resume(&app, "/api/events", "grüße").await.text().await,
        "data: 7\n\n"
    );
}

#[tokio::test]
async fn headers_that_are_not_utf8_are_400() {
    let request = Request::get("/topics/a").header("x-tenant", b"\xff".as_slice());
    let detail = refused(send(&app(), request.body("").unwrap()).await).await;
    assert_eq!(
        detail,
        "field `tenantName` (from the header `x-tenant`): it is not UTF-8"
    );
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    shop: String,
    items: Vec<Item>,
    note: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Item {
    count: u32,
}

#[server_sent_events]
trait Orders {
    #[sse(post = "/shops/{shop}/orders")]
    async fn place(
        &self,
        payload: Order,
        stream: impl PlaceServerStream<Order>,
    ) -> Result<(), Problem>;
}

impl Orders for Service {
    async fn place(
        &self,
        payload: Order,
        stream: impl PlaceServerStream<Order>,
    ) -> Result<(), Problem> {
        Ok(stream.send(payload).await?)
    }
}

#[tokio::test]
async fn a_post_reads_a_json_body() {
    let app = OrdersServer::new(Service).into_router();
    let payload = echoed(
        post(
            &app,
            "/shops/1/orders",
            r#"{"items": [{"count": 2}], "shop": "evil"}"#,
        )
        .await,
    )
    .await;
    assert_eq!(
        payload,
        serde_json::json!({"shop": "1", "items": [{"count": 2}], "note": null})
    );
    let cases = [
        (
            r#"{"items": [{"count": 2}, {"count": "x"}]}"#,
            "field `items[1].count` (from the body): invalid type: string \"x\", expected u32",
        ),
        (
            r#"{"items": 5}"#,
            "field `items` (from the body): invalid type: integer `5`, expected a sequence",
        ),
        ("{}", "field `items` (from the body): it is missing"),
        (r#"{"items": [], "items": []}"#, "duplicate field `items`"),
        (
            r#"{"items": [], "price": 1}"#,
            "field `price` (from the body): unknown field `price`, expected one of `shop`, `items`, `note`",
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(
            refused(post(&app, "/shops/1/orders", body).await).await,
            expected,
            "{body}"
        );
    }
    for body in ["[]", "{", "{} x", "null"] {
        assert!(
            refused(post(&app, "/shops/1/orders", body).await)
                .await
                .starts_with("the body is not a JSON object")
        );
    }
    assert_eq!(
        refused(post(&app, "/shops/1/orders", "").await).await,
        "field `items` (from the body): it is missing"
    );
}

#[tokio::test]
async fn a_body_that_is_not_json_or_too_large_is_refused_as_such() {
    let app = OrdersServer::new(Service).into_router();
    let request = Request::post("/shops/1/orders").header("content-type", "text/plain");
    assert_eq!(send(&app, request.body("{}").unwrap()).await.status(), 415);
    let large = format!(r#"{{"items": [], "note": "{}"}}"#, "x".repeat(3_000_000));
    assert_eq!(post(&app, "/shops/1/orders", &large).await.status(), 413);
}

#[derive(Deserialize)]
struct Renamed {
    #[serde(rename = "from")]
    _start_id: Option<u64>,
}

#[tokio::test]
#[should_panic(expected = "add `#[serde(alias = \"_start_id\")]` to the field")]
async fn a_free_rename_of_a_mapped_field_is_found_when_the_router_is_built() {
    #[server_sent_events(last_event_id = _start_id)]
    trait Api {
        async fn events(
            &self,
            payload: Renamed,
            stream: impl EventsServerStream<u8>,
        ) -> Result<(), Problem>;
    }
    impl Api for Service {
        async fn events(&self, _: Renamed, _: impl EventsServerStream<u8>) -> Result<(), Problem> {
            Ok(())
        }
    }
    let _: Router = ApiServer::new(Service).into_router();
}

#[tokio::test]
#[should_panic(expected = "is not a struct whose fields serde reveals")]
async fn a_payload_that_hides_its_fields_is_found_when_the_router_is_built() {
    #[derive(Deserialize)]
    struct Flat {
        #[serde(flatten)]
        _rest: std::collections::HashMap<String, String>,
    }
    #[server_sent_events]
    trait Api {
        async fn events(
            &self,
            payload: Flat,
            stream: impl EventsServerStream<u8>,
        ) -> Result<(), Problem>;
    }
    impl Api for Service {
        async fn events(&self, _: Flat, _: impl EventsServerStream<u8>) -> Result<(), Problem> {
            Ok(())
        }
    }
    let _: Router = ApiServer::new(Service).into_router();
}

#[tokio::test]
async fn a_refusal_never_echoes_more_than_an_excerpt() {
    let long = "x".repeat(100_000);
    let app = OrdersServer::new(Service).into_router();
    let bodies = [
        format!("\"{long}\""),
        format!(r#"{{"items": "{long}"}}"#),
        format!(r#"{{"items": [], "{long}": 1}}"#),
    ];
    for body in bodies {
        let detail = refused(post(&app, "/shops/1/orders", &body).await).await;
        assert!(detail.len() < 1024, "{} bytes", detail.len());
    }
    let detail =
        refused(get(&self::app(), &format!("/topics/a?kind={}", &long[..30_000])).await).await;
    assert!(detail.len() < 1024, "{} bytes", detail.len());
}
