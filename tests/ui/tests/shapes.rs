#![deny(warnings)]
//! Every shape of a method, every kind of event, every extractor.

use axum::extract::{Path, State};
use futures::Stream;
use serde::{Deserialize, Serialize};
use sse_runtime::{Context, Event, Problem, ServerStream, server_sent_events};

#[derive(Serialize, Deserialize)]
enum Step {
    Progress { percent: u8 },
    Finished,
}

#[derive(Serialize)]
#[serde(tag = "type")]
enum Tagged {
    Delta { text: String },
}

#[derive(Serialize)]
struct Wrapped {
    id: Option<u64>,
    step: Step,
}

#[derive(Deserialize)]
struct Prompt {
    text: String,
}

#[server_sent_events(path = "/v1", reconnection_time = "2s")]
trait Shapes: Clone {
    const LIMIT: usize;
    type Error: axum::response::IntoResponse;

    async fn bare(&self, stream: impl ServerStream<String>) -> Result<(), Problem>;
    async fn untyped(&self, stream: impl UntypedServerStream<Event>) -> Result<(), Self::Error>;

    #[sse(post = "/chat")]
    async fn answer(
        &self,
        payload: Prompt,
        stream: impl AnswerServerStream<Vec<u8>>,
    ) -> Result<Option<axum::Json<String>>, Problem>;

    #[sse(get = "/rooms/{room}")]
    async fn extracted(
        &self,
        context: Context,
        Path(room): Path<String>,
        State(limit): State<u64>,
        stream: impl ExtractedServerStream<(String, u64)>,
    ) -> Result<(), Problem> {
        drop(context);
        stream.send((room, limit)).await?;
        Ok(())
    }

    async fn pull(
        &self,
        payload: Prompt,
    ) -> Result<impl Stream<Item = Result<String, Problem>> + Send, Problem>;

    async fn pull_without_send(
        &self,
    ) -> Result<impl Stream<Item = Result<String, Problem>>, Problem>;

    #[sse(id = id, variants, data = step)]
    async fn pull_by_default(
        &self,
    ) -> Result<impl Stream<Item = Result<Wrapped, Problem>> + Send, Problem> {
        Ok(futures::stream::empty())
    }

    #[sse(variants, done(Finished))]
    async fn steps(&self, stream: impl StepsServerStream<Step>) -> Result<(), Problem>;

    #[sse(variants = "type", error_event = "error", done)]
    async fn tagged(&self, stream: impl TaggedServerStream<Tagged>) -> Result<(), Problem>;
}

#[derive(Clone)]
struct Service;

impl Shapes for Service {
    const LIMIT: usize = 1;
    type Error = Problem;

    async fn bare(&self, stream: impl ServerStream<String>) -> Result<(), Problem> {
        stream.send(String::from("bare")).await?;
        Ok(())
    }

    async fn untyped(&self, stream: impl UntypedServerStream<Event>) -> Result<(), Problem> {
        stream.send(Event::default()).await?;
        Ok(())
    }

    async fn answer(
        &self,
        payload: Prompt,
        stream: impl AnswerServerStream<Vec<u8>>,
    ) -> Result<Option<axum::Json<String>>, Problem> {
        drop(stream);
        Ok(Some(axum::Json(payload.text)))
    }

    async fn pull(
        &self,
        payload: Prompt,
    ) -> Result<impl Stream<Item = Result<String, Problem>> + Send, Problem> {
        Ok(futures::stream::iter([Ok(payload.text)]))
    }

    async fn pull_without_send(
        &self,
    ) -> Result<impl Stream<Item = Result<String, Problem>>, Problem> {
        Ok(futures::stream::empty())
    }

    async fn steps(&self, stream: impl StepsServerStream<Step>) -> Result<(), Problem> {
        stream
            .send(Step::Progress {
                percent: Self::LIMIT as u8,
            })
            .await?;
        stream.send(Step::Finished).await?;
        Ok(())
    }

    async fn tagged(&self, stream: impl TaggedServerStream<Tagged>) -> Result<(), Problem> {
        stream
            .send(Tagged::Delta {
                text: String::new(),
            })
            .await?;
        Ok(())
    }
}

#[test]
fn it_compiles() {
    let router = ShapesServer::from_arc(std::sync::Arc::new(Service)).into_router();
    let _: axum::Router = router.with_state(3);
    let _ = Wrapped {
        id: None,
        step: Step::Finished,
    };
}
