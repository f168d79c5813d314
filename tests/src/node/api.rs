//! What is asked and told beside the streams.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use sse_runtime::Problem;
use sse_runtime::log::{self, EventLog};

use super::service::Feed;
use super::{Health, NotPublished, Number, Presence, Published};
use crate::with_causes;

pub(super) fn router<L: EventLog>(hub: Feed<L>) -> Router {
    Router::new()
        .route("/channels/{channel}/events", post(publish::<L>))
        .route("/channels/{channel}/presence", get(presence::<L>))
        .route("/health", get(health::<L>))
        .with_state(hub)
}

async fn publish<L: EventLog>(
    State(hub): State<Feed<L>>,
    Path(channel): Path<String>,
    headers: HeaderMap,
    Json(number): Json<Number>,
) -> Response {
    let key = headers.get("idempotency-key").map(HeaderValue::to_str);
    let published = match key {
        None => hub.publish(&channel, &number).await,
        Some(Ok(key)) => hub.publish_once(&channel, key, &number).await,
        Some(Err(error)) => return (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    };
    match published {
        Ok(id) => Json(Published { id: id.to_string() }).into_response(),
        Err(error) => {
            let not_published = NotPublished {
                may_be_published: error.may_be_published(),
                error: with_causes(&error),
            };
            (Problem::from(error).status(), Json(not_published)).into_response()
        }
    }
}

async fn presence<L: EventLog>(
    State(hub): State<Feed<L>>,
    Path(channel): Path<String>,
) -> Result<Json<Presence>, (StatusCode, String)> {
    let present = hub.present(&channel).await;
    let present = present.map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))?;
    Ok(Json(Presence {
        who: present.who().map(str::to_owned).collect(),
        here: present.here(),
        elsewhere: present.elsewhere().collect(),
    }))
}

async fn health<L: EventLog>(State(hub): State<Feed<L>>) -> Json<Health> {
    let (serving, reason) = match hub.health() {
        log::Health::Serving => (true, None),
        log::Health::Impaired { reason } => (false, Some(reason)),
        other => (false, Some(format!("{other:?}"))),
    };
    Json(Health { serving, reason })
}
