//! Jobs that take their time, and a page that watches them: each writes a large file and hashes it.
//!
//! `cargo run --example job --features job` prints its URL, where a page waits, and a curl line for
//! each thing that it can do. `PORT` says where it listens: 3000 unless set, 0 for a free port.
//!
//! | request | answer |
//! |---|---|
//! | `POST /jobs` with `{"mebibytes": n}` | 202, `{"id": n}` and where its events are |
//! | `GET /jobs/{id}/events` | how far it is, at once and whenever that changes; then its result |
//! | `DELETE /jobs/{id}` | 202: it is going to stop |
//!
//! A job goes on whether or not anybody watches. Who comes back is told how far it is now, so there
//! is nothing to resume from. Its result ends the stream for good: a browser that reconnects by
//! itself is answered 204 and stays away, one that asks anew is told the result anew.
//!
//! At most [`RUNNING`] jobs run at a time, and one more is refused with 503. The newest [`KEPT`]
//! jobs are known; a finished one before them is forgotten. Nothing outlives the server.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::future::{IntoFuture, pending};
use std::io::{self, Read, Seek, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use sse_runtime::{Problem, Settings, Shutdown, server_sent_events};
use tempfile::tempfile;
use tokio::net::TcpListener;
use tokio::select;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

#[cfg(feature = "openapi")]
mod openapi;

const MEBIBYTE: usize = 1024 * 1024;
/// The largest file that a job may ask for, in MiB.
const LARGEST: u32 = 1024;
const RUNNING: usize = 4;
const KEPT: usize = 100;
/// How long streams may take to end after Ctrl-C.
const DRAIN: Duration = Duration::from_millis(500);

/// What becomes of a job: its name is the event's name, the rest its data.
#[derive(Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
enum Update {
    Progress { step: Step, percent: u32 },
    Finished { mebibytes: u32, sha256: String },
    Failed { detail: String },
    Cancelled { detail: &'static str },
}

#[derive(Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
enum Step {
    Writing,
    Hashing,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct EventsPayload {
    id: u64, // from the path
}

/// What becomes of jobs, as it happens.
#[server_sent_events(variants)]
trait Jobs {
    /// Tells how far a job is, and its result, with which the stream ends for good.
    #[sse(get = "/jobs/{id}/events", done(Finished, Failed, Cancelled))]
    async fn events(
        &self,
        payload: EventsPayload,
        stream: impl EventsServerStream<Update>,
    ) -> Result<(), Problem>;
}

impl Jobs for Workshop {
    async fn events(
        &self,
        payload: EventsPayload,
        stream: impl EventsServerStream<Update>,
    ) -> Result<(), Problem> {
        let mut updates = self.job(payload.id)?.updates;
        loop {
            // A client that reads slowly misses what is no longer so, and nothing else.
            let update = updates.borrow_and_update().clone();
            stream.send(update).await?;
            if updates.changed().await.is_err() {
                return Ok(());
            }
        }
    }
}

/// Where jobs are done.
struct Workshop {
    jobs: Mutex<BTreeMap<u64, Job>>,
    shutdown: Shutdown,
}

/// A job, as seen from outside.
#[derive(Clone)]
struct Job {
    updates: watch::Receiver<Update>,
    cancelled: Arc<AtomicBool>,
}

impl Job {
    fn is_running(&self) -> bool {
        matches!(*self.updates.borrow(), Update::Progress { .. })
    }
}

impl Workshop {
    fn new(shutdown: Shutdown) -> Self {
        Self {
            jobs: Mutex::default(),
            shutdown,
        }
    }

    fn jobs(&self) -> MutexGuard<'_, BTreeMap<u64, Job>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn job(&self, id: u64) -> Result<Job, Problem> {
        let unknown = || {
            Problem::new(StatusCode::NOT_FOUND).detail(format!("there is no job {id}, or no more"))
        };
        self.jobs().get(&id).cloned().ok_or_else(unknown)
    }

    /// Starts a job; its number.
    fn start(&self, mebibytes: u32) -> Result<u64, Busy> {
        let mut jobs = self.jobs();
        if jobs.values().filter(|job| job.is_running()).count() >= RUNNING {
            return Err(Busy);
        }
        if jobs.len() >= KEPT
            && let Some((&id, _)) = jobs.iter().find(|(_, job)| !job.is_running())
        {
            jobs.remove(&id);
        }
        // No two jobs have one number, not even on both sides of a restart.
        let id = jobs
            .last_key_value()
            .map_or_else(unix_time, |(id, _)| id + 1);
        let (updates, seen) = watch::channel(Update::Progress {
            step: Step::Writing,
            percent: 0,
        });
        let job = Job {
            updates: seen,
            cancelled: Arc::default(),
        };
        let work = Work {
            mebibytes,
            updates: updates.clone(),
            cancelled: Arc::clone(&job.cancelled),
            shutdown: self.shutdown.clone(),
        };
        jobs.insert(id, job);
        let working = spawn_blocking(move || work.run());
        tokio::spawn(async move {
            updates.send_replace(match working.await {
                Ok(Ok(sha256)) => Update::Finished { mebibytes, sha256 },
                Ok(Err(Stopped::Cancelled(detail))) => Update::Cancelled { detail },
                Ok(Err(Stopped::Failed(detail))) => Update::Failed { detail },
                Err(_) => Update::Failed {
                    detail: "the worker panicked".to_owned(),
                },
            });
        });
        Ok(id)
    }
}

/// What is to be done, on a thread where it may block.
struct Work {
    mebibytes: u32,
    updates: watch::Sender<Update>,
    cancelled: Arc<AtomicBool>,
    shutdown: Shutdown,
}

/// Why it was not done.
enum Stopped {
    Cancelled(&'static str),
    Failed(String),
}

impl Work {
    /// Writes the file and hashes it.
    fn run(&self) -> Result<String, Stopped> {
        // Without a name: it is gone when the work is over, however it ends.
        let mut file = tempfile()?;
        let mut block = vec![0; MEBIBYTE];
        let mut noise = Noise::new();
        for done in 0..self.mebibytes {
            self.tell(Step::Writing, done)?;
            noise.fill(&mut block);
            file.write_all(&block)?;
        }
        file.rewind()?;
        let mut hash = Sha256::new();
        for done in 0..self.mebibytes {
            self.tell(Step::Hashing, done)?;
            file.read_exact(&mut block)?;
            hash.update(&block);
        }
        Ok(hash
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect())
    }

    /// Tells how far it is, unless it is to stop.
    fn tell(&self, step: Step, done: u32) -> Result<(), Stopped> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(Stopped::Cancelled("somebody asked for that"));
        }
        if self.shutdown.is_started() {
            return Err(Stopped::Cancelled("the server is going down"));
        }
        let percent = done * 100 / self.mebibytes;
        self.updates.send_if_modified(|known| {
            let update = Update::Progress { step, percent };
            let is_news = *known != update;
            *known = update;
            is_news
        });
        Ok(())
    }
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::Failed(format!("its file: {error}"))
    }
}

/// Numbers that look like chance (Marsaglia's xorshift), the same for every job.
struct Noise(u64);

impl Noise {
    fn new() -> Self {
        Self(1)
    }

    fn fill(&mut self, block: &mut [u8]) {
        for number in block.chunks_exact_mut(8) {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            number.copy_from_slice(&self.0.to_le_bytes());
        }
    }
}

fn unix_time() -> u64 {
    let time = SystemTime::now().duration_since(UNIX_EPOCH);
    time.map_or(0, |time| time.as_secs())
}

// The routes that are no streams.

#[derive(Deserialize)]
struct Order {
    mebibytes: u32,
}

/// No place for one more job.
struct Busy;

impl IntoResponse for Busy {
    fn into_response(self) -> Response {
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE)
            .detail(format!("{RUNNING} jobs are running: wait for one of them"));
        ([(RETRY_AFTER, "5")], problem).into_response()
    }
}

async fn start(
    State(workshop): State<Arc<Workshop>>,
    order: Result<Json<Order>, JsonRejection>,
) -> Result<Response, Response> {
    let refused = |refused: JsonRejection| {
        Problem::new(refused.status())
            .detail(refused.body_text())
            .into_response()
    };
    let Json(Order { mebibytes }) = order.map_err(refused)?;
    if !(1..=LARGEST).contains(&mebibytes) {
        let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY).detail(format!(
            "`mebibytes` is {mebibytes}; it must be from 1 to {LARGEST}"
        ));
        return Err(problem.into_response());
    }
    let id = workshop
        .start(mebibytes)
        .map_err(IntoResponse::into_response)?;
    let location = [(LOCATION, format!("/jobs/{id}/events"))];
    Ok((StatusCode::ACCEPTED, location, Json(json!({ "id": id }))).into_response())
}

async fn cancel(
    State(workshop): State<Arc<Workshop>>,
    Path(id): Path<u64>,
) -> Result<StatusCode, Problem> {
    workshop.job(id)?.cancelled.store(true, Ordering::Relaxed);
    Ok(StatusCode::ACCEPTED)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let port: u16 = port
        .parse()
        .map_err(|_| format!("PORT is `{port}`; it must be a number from 0 to 65535"))?;
    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|error| format!("port {port}: {error}; PORT=0 picks a free one"))?;
    print_usage(&format!("http://{}", listener.local_addr()?));

    let shutdown = Shutdown::new().drain(DRAIN);
    let workshop = Arc::new(Workshop::new(shutdown.clone()));
    let jobs =
        JobsServer::from_arc(Arc::clone(&workshop)).settings(Settings::new().shutdown(&shutdown));
    let app = Router::new()
        .route("/", get(Html(include_str!("job.html"))))
        .route("/jobs", post(start))
        .route("/jobs/{id}", delete(cancel))
        .with_state(workshop)
        .merge(jobs.into_router());
    #[cfg(feature = "openapi")]
    let app = {
        let document =
            sse_runtime::openapi::Document::new("Jobs", "1.0.0").add::<JobsServer<Workshop>>();
        app.merge(openapi::routes(document)?)
    };

    let started = shutdown.started();
    let stop = async move {
        asked_to_stop().await;
        shutdown.start();
    };
    select! {
        served = axum::serve(listener, app).with_graceful_shutdown(stop).into_future() => served?,
        // Streams have ended by now. A request that does not come in whole is not waited for.
        () = async { started.await; sleep(DRAIN + DRAIN / 2).await } => {}
    }
    Ok(())
}

fn print_usage(url: &str) {
    println!(
        r#"listening on {url}

  start   curl -i {url}/jobs --json '{{"mebibytes": 200}}'
  watch   curl -N {url}/jobs/ID/events
  cancel  curl -X DELETE {url}/jobs/ID

or open {url} in a browser; Ctrl-C ends it"#
    );
}

/// Waits for Ctrl-C, or for SIGTERM where there is such a thing.
async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            select! {
                _ = tokio::signal::ctrl_c() => return,
                _ = terminate.recv() => return,
            }
        }
    }
    // Where no signal can be had, there is none to wait for.
    if tokio::signal::ctrl_c().await.is_err() {
        pending::<()>().await;
    }
}
