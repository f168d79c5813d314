//! What a package does against the service that it is written for.

use std::process::{Command, ExitStatus};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::Html;
use axum::routing::get;
use tests::program;
use tokio::net::TcpListener;

use crate::project::Project;
use crate::streams::{self, Service, StreamsServer};

/// Serves the service and these routes; the URL.
async fn served(others: Router) -> String {
    let service = Service::new().await.expect("it publishes");
    let app = StreamsServer::new(service).into_router().merge(others);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(axum::serve(listener, app).into_future());
    url
}

async fn status(mut command: Command, url: String) -> ExitStatus {
    command.arg(url);
    let mut command = tokio::process::Command::from(command);
    command.status().await.expect("Node.js runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn it_runs_in_node() {
    let Some(project) = Project::new("node") else {
        return;
    };
    project.depends_on(streams::NAME, &streams::package());
    project.has("run.ts");
    let url = served(Router::new()).await;
    assert!(status(project.module("node.ts"), url).await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_runs_in_a_browser() {
    let (Some(project), Some(_)) = (Project::new("browser"), program("SSE_TEST_CHROMIUM")) else {
        return;
    };
    project.depends_on(streams::NAME, &streams::package());
    let bundle = project.bundle("run.ts");
    let page = Html("<!doctype html><title>run</title><script src=page.js></script>");
    let others = Router::new().route("/", get(page)).route(
        "/page.js",
        get(([(CONTENT_TYPE, "text/javascript")], bundle)),
    );
    let url = served(others).await;
    assert!(status(project.script("browser.js"), url).await.success());
}
