//! A service that is described, and run.

use std::collections::HashMap;
use std::time::Duration;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use sse_runtime::hub::{Deliver, Hub, PublishError};
use sse_runtime::log::MemoryLog;
use sse_runtime::typescript::Package;
use sse_runtime::{Context, Event, EventId, NameField, Problem, server_sent_events};
use ts_rs::TS;

pub(crate) const NAME: &str = "@acme/streams-client";

pub(crate) fn package() -> Package {
    Package::new(NAME).react().add::<StreamsServer<()>>()
}

/// The first integer that is no `number`.
const UNSAFE: u64 = (1 << 53) + 1;

#[derive(Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Update {
    Progress { percent: u8, eta: Option<u32> },
    Total(u64),
    Finished,
}

#[derive(Serialize, TS)]
pub(crate) struct Numbered {
    seq: u64,
    update: Update,
}

#[derive(Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Job {
    job_name: String,
    #[serde(default)]
    #[ts(as = "Option<_>", optional)]
    steps: Vec<String>,
    is_verbose: Option<bool>,
    after: Option<u64>,
    token: Option<String>,
    session: Option<String>,
}

#[derive(Serialize, TS)]
pub(crate) struct Report {
    text: String,
    kind: Kind,
    at: u64,
}

#[derive(Clone, Copy, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    ClearSky,
    Storm,
}
impl NameField for Kind {}

#[derive(Deserialize, TS)]
pub(crate) struct Numbers {
    numbers: Vec<u64>,
    options: Option<Options>,
    named: HashMap<String, Option<i64>>,
}

#[derive(Deserialize, TS)]
pub(crate) struct Options {
    label: Option<String>,
}

#[derive(Serialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Sum {
    Partial { sum: u64 },
    Sum { sum: u64, label: Option<String> },
}

#[derive(Deserialize, TS)]
pub(crate) struct After {
    after: Option<EventId>,
}

#[server_sent_events]
pub(crate) trait Streams {
    /// Tells how far a job is; `broken` fails, `none` is not there.
    #[sse(
        get = "/jobs/{job_name}/updates",
        variants,
        data = update,
        id = seq,
        last_event_id = after,
        header(token = "X-Token"),
        cookie(session = "session"),
        done
    )]
    async fn watch(
        &self,
        ctx: Context,
        payload: Job,
        stream: impl WatchServerStream<Numbered>,
    ) -> Result<(), Problem>;

    /// Adds numbers up.
    #[sse(post = "/sums", variants = "type", done = Sum)]
    async fn add_up(
        &self,
        payload: Numbers,
        stream: impl AddUpServerStream<Sum>,
    ) -> Result<(), Problem>;

    #[sse(get = "/weather", data = text, event = kind, id = at, done = "[DONE]")]
    async fn weather(&self, stream: impl WeatherServerStream<Report>) -> Result<(), Problem>;

    #[sse(get = "/anything", done)]
    async fn anything(&self, stream: impl AnythingServerStream<Event>) -> Result<(), Problem>;

    #[sse(get = "/news", last_event_id = after, event_name = "news")]
    async fn news(
        &self,
        payload: After,
        stream: impl NewsServerStream<Vec<u64>>,
    ) -> Result<(), Problem>;
}

pub(crate) struct Service(Hub<StreamsNews>);

impl Service {
    pub(crate) async fn new() -> Result<Self, PublishError> {
        let news = Hub::new(MemoryLog::default(), StreamsNews);
        news.publish("news", &vec![1, UNSAFE]).await?;
        Ok(Self(news))
    }
}

impl Streams for Service {
    async fn watch(
        &self,
        ctx: Context,
        payload: Job,
        stream: impl WatchServerStream<Numbered>,
    ) -> Result<(), Problem> {
        let numbered = |seq, update| Numbered { seq, update };
        let progress = |percent, eta| Update::Progress { percent, eta };
        match (payload.job_name.as_str(), payload.after) {
            ("none", _) => {
                Err(Problem::new(StatusCode::NOT_FOUND).detail("there is no job `none`"))
            }
            ("broken", _) => {
                stream.send(numbered(1, progress(1, None))).await?;
                Err(Problem::new(StatusCode::CONFLICT).detail("it is broken"))
            }
            // What came with the request comes back, as percents.
            (_, None) => {
                let percent = payload.steps.len() as u8;
                let eta = payload.token.and_then(|token| token.parse().ok());
                stream.send(numbered(1, progress(percent, eta))).await?;
                let percent = u8::from(payload.is_verbose == Some(true));
                stream
                    .send(numbered(UNSAFE, progress(percent, None)))
                    .await?;
                ctx.reconnect(Duration::from_millis(1));
                Ok(())
            }
            (_, Some(UNSAFE)) => {
                stream
                    .send(numbered(UNSAFE + 1, Update::Total(UNSAFE)))
                    .await?;
                stream.send(numbered(UNSAFE + 2, Update::Total(7))).await?;
                stream.send(numbered(UNSAFE + 3, Update::Finished)).await?;
                Ok(())
            }
            (_, Some(after)) => {
                Err(Problem::new(StatusCode::GONE).detail(format!("nothing comes after {after}")))
            }
        }
    }

    async fn add_up(
        &self,
        payload: Numbers,
        stream: impl AddUpServerStream<Sum>,
    ) -> Result<(), Problem> {
        let mut sum = 0;
        for number in payload.numbers {
            sum += number;
            stream.send(Sum::Partial { sum }).await?;
        }
        sum += payload.named.into_values().flatten().count() as u64;
        let label = payload.options.and_then(|options| options.label);
        stream.send(Sum::Sum { sum, label }).await?;
        Ok(())
    }

    async fn weather(&self, stream: impl WeatherServerStream<Report>) -> Result<(), Problem> {
        for (at, kind, text) in [
            (1, Kind::ClearSky, "sun\n  and \"more\""),
            (2, Kind::Storm, ""),
        ] {
            let text = text.to_owned();
            stream.send(Report { text, kind, at }).await?;
        }
        Ok(())
    }

    async fn anything(&self, stream: impl AnythingServerStream<Event>) -> Result<(), Problem> {
        let event = Event::new().data("first");
        stream.send(event).await?;
        Ok(())
    }

    async fn news(
        &self,
        payload: After,
        stream: impl NewsServerStream<Vec<u64>>,
    ) -> Result<(), Problem> {
        let news = self.0.subscribe("news").after(payload.after);
        let news = news.otherwise(Deliver::All);
        Ok(stream.forward(news.await?).await?)
    }
}
