//! Requests, and responses that are no streams.

use axum::body::Body;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sse_runtime::describe::NoPayload;
use sse_runtime::testing::{Client, End};
use sse_runtime::{Problem, server_sent_events};

use crate::support::client;

#[tokio::test]
async fn a_post_carries_json_and_is_answered_as_it_asks() {
    let client = client();
    let question = |stream: bool| json!({"about": "soup", "stream": stream});
    let mut stream = client.post("/answers").json(&question(true)).await;
    assert_eq!(stream.event().await.data(), "about");
    assert_eq!(stream.event().await.data(), "soup");
    assert_eq!(stream.end().await, End::ForNow);
    let mut answer = client.post("/answers").json(&question(false)).await;
    assert_eq!(answer.json::<Value>().await, json!({"about": "soup"}));
}

#[tokio::test]
async fn a_body_can_be_anything() {
    let request = client().post("/answers").body("{");
    let answer = request.clone().await;
    assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let answer = request.header("content-type", "application/json").await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_request_of_another_kind_is_sent_as_it_is() {
    let head = http::Request::head("/numbers?to=3").body("");
    let mut answer = client().request(head.expect("a request")).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    assert_eq!(answer.text().await, "");
}

#[tokio::test]
async fn a_header_replaces_one_of_its_name() {
    let echo = |headers: http::HeaderMap| async move {
        let accepts = headers.get_all("accept").iter();
        let accepts: Vec<_> = accepts.filter_map(|it| it.to_str().ok()).collect();
        accepts.join(" and ")
    };
    let client = Client::new(axum::Router::new().route("/", axum::routing::get(echo)));
    assert_eq!(client.get("/").await.text().await, "text/event-stream");
    let mut other = client.get("/").header("accept", "application/json").await;
    assert_eq!(other.text().await, "application/json");
}

#[tokio::test]
async fn an_id_is_sent_as_the_bytes_that_it_has() {
    let echo = |headers: http::HeaderMap| async move {
        headers
            .get("last-event-id")
            .map(|id| id.as_bytes().to_vec())
            .unwrap_or_default()
    };
    let client = Client::new(axum::Router::new().route("/", axum::routing::get(echo)));
    for id in ["7", "süß", ""] {
        assert_eq!(client.get("/").last_event_id(id).await.text().await, id);
    }
}

#[tokio::test]
async fn a_payload_is_a_request_by_where_its_fields_come_from() {
    #[derive(Serialize, Deserialize)]
    struct Payload {
        topic: String,
        seen: Option<u64>,
        tag: Vec<String>,
        limit: u32,
        trace: Vec<String>,
    }
    #[server_sent_events(last_event_id = seen, header(trace = "X-Trace"))]
    trait Api {
        #[sse(get = "/{topic}")]
        async fn got(
            &self,
            payload: Payload,
            stream: impl GotServerStream<Value>,
        ) -> Result<(), Problem>;
        #[sse(post = "/{topic}")]
        async fn posted(
            &self,
            payload: Payload,
            stream: impl PostedServerStream<Value>,
        ) -> Result<(), Problem>;
        #[sse(get = "/empty", last_event_id = none, header = none)]
        async fn empty(&self, stream: impl EmptyServerStream<u8>) -> Result<(), Problem>;
    }
    struct Service;
    impl Api for Service {
        async fn got(
            &self,
            payload: Payload,
            stream: impl GotServerStream<Value>,
        ) -> Result<(), Problem> {
            Ok(stream.send(json!(["got", payload])).await?)
        }
        async fn posted(
            &self,
            payload: Payload,
            stream: impl PostedServerStream<Value>,
        ) -> Result<(), Problem> {
            Ok(stream.send(json!(["posted", payload])).await?)
        }
        async fn empty(&self, stream: impl EmptyServerStream<u8>) -> Result<(), Problem> {
            Ok(stream.send(1).await?)
        }
    }
    let app = axum::Router::new().nest("/api", ApiServer::new(Service).into_router());
    let client = Client::new(app).base("/api");
    let texts = |texts: [&str; 2]| texts.map(str::to_owned).to_vec();
    let payload = Payload {
        topic: "a/b ü".to_owned(),
        seen: Some(7),
        tag: texts(["x", "&"]),
        limit: 3,
        trace: texts(["1", "2"]),
    };
    let mut got = client.open(ApiGot, &payload).await;
    assert_eq!(got.event().await.json::<Value>(), json!(["got", payload]));
    let mut posted = client.open(ApiPosted, &payload).await;
    assert_eq!(
        posted.event().await.json::<Value>(),
        json!(["posted", payload])
    );
    let mut empty = client.open(ApiEmpty, &NoPayload {}).await;
    assert_eq!(empty.event().await.data(), "1");
}

#[tokio::test]
async fn any_service_of_http_can_be_asked() {
    let service = tower::service_fn(|request: http::Request<Body>| async move {
        let said = http_body_util::Full::<bytes::Bytes>::from(request.uri().to_string());
        Ok::<_, std::io::Error>(http::Response::new(said))
    });
    assert_eq!(Client::new(service).get("/a?b").await.text().await, "/a?b");
}
