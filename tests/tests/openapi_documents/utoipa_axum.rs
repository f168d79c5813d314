//! A document that becomes a part of one which utoipa-axum has made of its routes.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::{Json, Router};
use serde_json::Value;
use sse_runtime::Problem;
use sse_runtime::openapi::Document;
use tower::ServiceExt;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::served::{Clock, ClockServer, Tick, TicksServerStream};

struct Tower;

impl Clock for Tower {
    async fn ticks(&self, stream: impl TicksServerStream<Tick>) -> Result<(), Problem> {
        stream.send(Tick { at: 7 }).await?;
        Ok(())
    }
}

#[utoipa::path(get, path = "/now", responses((status = 200, body = Tick)))]
async fn now() -> Json<Tick> {
    Json(Tick { at: 7 })
}

#[tokio::test]
async fn one_router_and_one_document_have_both() {
    let router = OpenApiRouter::new()
        .routes(routes!(now))
        .merge(ClockServer::new(Tower).into_router().into());
    let (router, mut document): (Router, _) = router.split_for_parts();
    Document::new("Clock", "1")
        .add::<ClockServer<Tower>>()
        .merge_into(&mut document)
        .expect("nothing clashes");
    let document: Value = serde_json::to_value(document).expect("it is JSON");
    for path in ["/now", "/ticks"] {
        assert!(document["paths"][path]["get"].is_object(), "{path}");
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let answer = router.clone().oneshot(request).await;
        assert!(
            answer.is_ok_and(|answer| answer.status() == StatusCode::OK),
            "{path}"
        );
    }
    assert!(document["components"]["schemas"]["Tick"].is_object());
}
