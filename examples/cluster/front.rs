//! What stands before the nodes: it serves the page, sends each request to one of them, and starts
//! none again on another one. Any proxy that passes streams on would do, such as nginx.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{any, delete, get};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use sse_runtime::Problem;

use crate::nodes::Node;

#[derive(Clone)]
pub(crate) struct Front {
    nodes: Arc<[Node]>,
    turn: Arc<AtomicUsize>,
    client: Client<HttpConnector, Body>,
}

/// The front of the nodes, whose numbers are their places from 1 on.
///
/// | request | answer |
/// |---|---|
/// | `GET /` | the page |
/// | `DELETE /nodes/{node}` | kills that node |
/// | `/nodes/{node}/…` | what that node answers to `/…` |
/// | any other | what one of the nodes answers: that of `?prefer=`, if it runs, else they take turns |
pub(crate) fn router(nodes: Vec<Node>) -> Router {
    let front = Front {
        nodes: nodes.into(),
        turn: Arc::default(),
        client: Client::builder(TokioExecutor::new())
            // One that is kept could be to a node that was killed meanwhile.
            .pool_max_idle_per_host(0)
            .build_http(),
    };
    Router::new()
        .route("/", get(Html(include_str!("page.html"))))
        .route("/nodes/{node}", delete(kill))
        .route("/nodes/{node}/{*path}", any(to_one))
        .fallback(to_any)
        .with_state(front)
}

async fn kill(
    State(front): State<Front>,
    Path(number): Path<usize>,
) -> Result<StatusCode, Problem> {
    front.node(number)?.kill();
    Ok(StatusCode::ACCEPTED)
}

async fn to_one(
    State(front): State<Front>,
    Path((number, path)): Path<(usize, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let address = front.node(number)?.address();
    let address = address.ok_or_else(|| down(format!("node {number} does not run")))?;
    front.forward(address, &format!("/{path}"), request).await
}

#[derive(Deserialize)]
struct Preference {
    prefer: Option<usize>,
}

async fn to_any(
    State(front): State<Front>,
    Query(preference): Query<Preference>,
    request: Request,
) -> Result<Response, Problem> {
    let preferred = preference.prefer.and_then(|number| front.node(number).ok());
    let address = preferred.and_then(Node::address).or_else(|| front.next());
    let address = address.ok_or_else(|| down("no node runs".to_owned()))?;
    let path = request.uri().path().to_owned();
    front.forward(address, &path, request).await
}

impl Front {
    fn node(&self, number: usize) -> Result<&Node, Problem> {
        let node = number.checked_sub(1).and_then(|at| self.nodes.get(at));
        node.ok_or_else(|| {
            let detail = format!(
                "there is no node {number}; they are 1 to {}",
                self.nodes.len()
            );
            Problem::new(StatusCode::NOT_FOUND).detail(detail)
        })
    }

    /// The next one that runs.
    fn next(&self) -> Option<SocketAddr> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.nodes.len();
        let (after, before) = self.nodes.split_at(turn);
        before.iter().chain(after).find_map(Node::address)
    }

    /// A response that is cut at the node is cut here, so that a client knows that there is more.
    async fn forward(
        &self,
        address: SocketAddr,
        path: &str,
        mut request: Request,
    ) -> Result<Response, Problem> {
        let query = request.uri().query().unwrap_or_default();
        let uri = format!("http://{address}{path}?{query}").parse::<Uri>();
        *request.uri_mut() = uri.map_err(|error| down(error.to_string()))?;
        let response = self.client.request(request).await;
        Ok(response
            .map_err(|error| down(error.to_string()))?
            .into_response())
    }
}

fn down(detail: String) -> Problem {
    Problem::new(StatusCode::BAD_GATEWAY).detail(detail)
}
