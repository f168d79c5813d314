//! Whatever a request holds, it is answered: with the payload as a stream, or with a 4xx that says
//! why. What a path fills is never what query or body say.

#![no_main]

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request};
use libfuzzer_sys::{Corpus, fuzz_target};
use serde::{Deserialize, Serialize};
use sse_runtime::{Problem, server_sent_events};
use tower::ServiceExt;

/// One field of each kind of type.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    topic: String,
    start_id: Option<u64>,
    tenant: Option<String>,
    session: Option<String>,
    limit: Option<u8>,
    ratio: Option<f32>,
    flag: Option<bool>,
    letter: Option<char>,
    #[serde(default)]
    tags: Vec<i32>,
    kind: Option<Kind>,
    nested: Option<Vec<(String, u8)>>,
}

#[derive(Serialize, Deserialize)]
enum Kind {
    Big,
    Small,
}

/// Answers with the payload.
#[server_sent_events(last_event_id = start_id, header(tenant = "x-tenant"), cookie(session = "sid"))]
trait Echo {
    #[sse(get = "/{topic}", data = json(topic))]
    async fn asked(
        &self,
        payload: Payload,
        stream: impl AskedServerStream<Payload>,
    ) -> Result<(), Problem>;

    #[sse(post = "/{topic}", data = json(topic))]
    async fn told(
        &self,
        payload: Payload,
        stream: impl ToldServerStream<Payload>,
    ) -> Result<(), Problem>;
}

struct Service;

impl Echo for Service {
    async fn asked(
        &self,
        payload: Payload,
        stream: impl AskedServerStream<Payload>,
    ) -> Result<(), Problem> {
        Ok(stream.send(payload).await?)
    }

    async fn told(
        &self,
        payload: Payload,
        stream: impl ToldServerStream<Payload>,
    ) -> Result<(), Problem> {
        Ok(stream.send(payload).await?)
    }
}

#[derive(Arbitrary, Debug)]
struct Asked<'a> {
    query: &'a str,
    last_event_ids: Vec<&'a [u8]>,
    tenant: Option<&'a [u8]>,
    cookie: Option<&'a [u8]>,
    body: Option<&'a [u8]>,
}

static APP: LazyLock<Router> = LazyLock::new(|| EchoServer::new(Service).into_router());
static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime")
});

fuzz_target!(|asked: Asked<'_>| -> Corpus {
    let Some(request) = request(&asked) else {
        return Corpus::Reject;
    };
    RUNTIME.block_on(async {
        let response = APP
            .clone()
            .oneshot(request)
            .await
            .unwrap_or_else(|never| match never {});
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20)
            .await
            .expect("a body");
        match status.as_u16() {
            200 => assert_eq!(&*body, b"data: \"right\"\n\n"),
            204 => assert!(body.is_empty()),
            400 | 413 | 415 => {
                let problem: serde_json::Value =
                    serde_json::from_slice(&body).expect("problem details");
                let detail = problem["detail"].as_str().expect("a detail");
                assert!(
                    detail.len() < 2048,
                    "an answer does not echo what was sent: {detail}"
                );
            }
            _ => panic!("{status}: {body:?}"),
        }
    });
    Corpus::Keep
});

fn request(asked: &Asked<'_>) -> Option<Request<Body>> {
    let uri = format!("/right?{}", asked.query);
    let mut request = match asked.body {
        None => Request::get(uri),
        Some(_) => Request::post(uri).header("content-type", "application/json"),
    };
    for id in &asked.last_event_ids {
        request = request.header("last-event-id", HeaderValue::from_bytes(id).ok()?);
    }
    if let Some(tenant) = asked.tenant {
        request = request.header("x-tenant", HeaderValue::from_bytes(tenant).ok()?);
    }
    if let Some(cookie) = asked.cookie {
        request = request.header("cookie", HeaderValue::from_bytes(cookie).ok()?);
    }
    request
        .body(Body::from(asked.body.unwrap_or_default().to_vec()))
        .ok()
}
