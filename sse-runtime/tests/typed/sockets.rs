//! A service and the client that comes from the same trait, over sockets.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sse_runtime::client::{Client, ClientError, Policy};
use sse_runtime::{EventId, Problem, SendError, server_sent_events};
use tokio::net::TcpListener;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Step {
    Begun { of: u64 },
    Done(u64),
    Finished,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Numbered {
    id: EventId,
    step: Step,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Job {
    job_name: String,
    steps: u64,
    last_seen: Option<u64>,
}

/// Jobs, and how they go.
#[server_sent_events(client)]
trait Jobs {
    /// The steps of a job. A stream has three of them at most; then the client has to come back.
    #[sse(get = "/jobs/{job_name}", last_event_id = last_seen, id = id, variants, data = step)]
    async fn steps(
        &self,
        payload: Job,
        stream: impl StepsServerStream<Numbered>,
    ) -> Result<(), Problem>;

    /// The same at once.
    #[sse(post = "/jobs", variants, done = Finished)]
    async fn run(&self, payload: Job, stream: impl RunServerStream<Step>) -> Result<(), SendError>;
}

struct Service;

impl Service {
    fn step(job: &Job, number: u64) -> Step {
        match number {
            0 => Step::Begun { of: job.steps },
            number if number > job.steps => Step::Finished,
            number => Step::Done(number),
        }
    }
}

impl Jobs for Service {
    async fn steps(
        &self,
        payload: Job,
        stream: impl StepsServerStream<Numbered>,
    ) -> Result<(), Problem> {
        if payload.job_name != "a/b" {
            return Err(axum::http::StatusCode::NOT_FOUND.into());
        }
        let first = payload.last_seen.map_or(0, |seen| seen + 1);
        for number in first..first + 3 {
            let step = Self::step(&payload, number);
            let is_last = step == Step::Finished;
            stream
                .send(Numbered {
                    id: number.into(),
                    step,
                })
                .await?;
            if is_last {
                stream.close().await?;
            }
        }
        Ok(())
    }

    async fn run(&self, payload: Job, stream: impl RunServerStream<Step>) -> Result<(), SendError> {
        for number in 0..=payload.steps + 1 {
            stream.send(Self::step(&payload, number)).await?;
        }
        Ok(())
    }
}

async fn client() -> JobsClient {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/api", listener.local_addr().unwrap());
    let app = axum::Router::new().nest("/api", JobsServer::new(Service).into_router());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let soon = Policy::new()
        .floor(Duration::ZERO)
        .ceiling(Duration::from_millis(1));
    JobsClient::with(Client::new().policy(soon), base).unwrap()
}

fn job(name: &str) -> Job {
    Job {
        job_name: name.to_owned(),
        steps: 5,
        last_seen: None,
    }
}

#[tokio::test]
async fn a_client_gets_what_its_service_sends_over_as_many_connections_as_it_takes() {
    let mut events = client().await.steps(&job("a/b"));
    let mut steps = Vec::new();
    while let Some(event) = events.next().await {
        let event = event.unwrap();
        assert_eq!(event.id(), Some(&EventId::from(steps.len())));
        steps.push(event.into_inner().step);
    }
    let done = (1..=5).map(Step::Done);
    let expected = [Step::Begun { of: 5 }]
        .into_iter()
        .chain(done)
        .chain([Step::Finished]);
    assert_eq!(steps, expected.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_client_begins_where_its_payload_says() {
    let job = Job {
        last_seen: Some(4),
        ..job("a/b")
    };
    let mut events = client().await.steps(&job);
    let first = events.next().await.unwrap().unwrap();
    assert_eq!(first.step, Step::Done(5));
}

#[tokio::test]
async fn a_post_is_read_to_the_variant_that_ends_it() {
    let mut events = client().await.run(&job("a/b"));
    let mut steps = Vec::new();
    while let Some(event) = events.next().await {
        steps.push(event.unwrap().into_inner());
    }
    assert_eq!(steps.len(), 7);
    assert_eq!(steps.last(), Some(&Step::Finished));
}

#[tokio::test]
async fn a_refusal_has_the_problem_of_the_service() {
    let mut events = client().await.steps(&job("c"));
    let error = events.next().await.unwrap().unwrap_err();
    assert_eq!(
        error.problem().map(|problem| problem.status().as_u16()),
        Some(404)
    );
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn a_payload_that_cannot_be_sent_is_told() {
    let mut events = client().await.steps(&job(".."));
    let error = events.next().await.unwrap().unwrap_err();
    assert!(matches!(error, ClientError::Request(_)), "{error}");
    assert!(events.next().await.is_none());
}
