//! Pieces of work without a socket, done as many times as one says, in a process of their own.

use std::hint::black_box;
use std::io;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::response::{IntoResponse, Response, Sse};
use axum::routing::get;
use futures::stream;
use http_body_util::BodyExt;
use serde::Serialize;
use sse_runtime::wire::Frame;
use sse_runtime::{EncodeError, Endpoint};
use tower::ServiceExt;

use crate::Miss;
use crate::arms::{common, ours};
use crate::event::{Page, Quote, Tick};
use crate::instruments::tally::{Counts, Heap};

/// An encoder starts over at this size, as if the bytes had been written.
const FULL: usize = 16 * 1024;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// The data of an event to JSON, and nothing else.
    Json(Size),
    /// An event to a block of the stream by our encoder.
    Encode(Size),
    /// The same by axum, through the body of an `Sse`.
    EncodeCommon(Size),
    /// The body of a stream of ours, frame by frame.
    Body,
    /// The body of an `Sse`, frame by frame.
    BodyCommon,
}

/// Which event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    Small,
    Large,
}

impl Work {
    const ALL: [Self; 8] = [
        Self::Json(Size::Small),
        Self::Json(Size::Large),
        Self::Encode(Size::Small),
        Self::Encode(Size::Large),
        Self::EncodeCommon(Size::Small),
        Self::EncodeCommon(Size::Large),
        Self::Body,
        Self::BodyCommon,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Json(Size::Small) => "json",
            Self::Json(Size::Large) => "json-large",
            Self::Encode(Size::Small) => "encode",
            Self::Encode(Size::Large) => "encode-large",
            Self::EncodeCommon(Size::Small) => "encode-common",
            Self::EncodeCommon(Size::Large) => "encode-common-large",
            Self::Body => "body",
            Self::BodyCommon => "body-common",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|work| work.name() == name)
    }

    /// Does it, and prints what was allocated for it and in how many parts it came.
    pub(crate) fn run(self, times: u64, heap: Option<Heap>) -> Result<(), Miss> {
        let parts = match self {
            Self::Json(size) => match size {
                Size::Small => json(&Tick::<Quote>::nth(0), times)?,
                Size::Large => json(&Tick::<Page>::page(0), times)?,
            },
            Self::Encode(size) => match size {
                Size::Small => encode::<ours::TicksStream, _>(&Tick::<Quote>::nth(0), times),
                Size::Large => encode::<ours::TicksPages, _>(&Tick::<Page>::page(0), times),
            }
            .map_err(io::Error::other)?,
            Self::EncodeCommon(size) => match size {
                Size::Small => in_task(encode_common(Tick::<Quote>::nth(0), times))?,
                Size::Large => in_task(encode_common(Tick::<Page>::page(0), times))?,
            },
            Self::Body => in_task(body(ours::Ticker::new().router(), times))?,
            Self::BodyCommon => in_task(body(
                Router::new().route("/stream", get(common::stream)),
                times,
            ))?,
        };
        println!("{} {parts}", Counts::now(heap).allocations);
        Ok(())
    }
}

fn json<D: Serialize>(tick: &Tick<D>, times: u64) -> io::Result<u64> {
    let mut out = Vec::with_capacity(2 * FULL);
    for _ in 0..times {
        if out.len() >= FULL {
            out.clear();
        }
        serde_json::to_writer(&mut out, black_box(&tick.data))?;
    }
    Ok(times)
}

fn encode<E: Endpoint<T>, T>(event: &T, times: u64) -> Result<u64, EncodeError> {
    let mut out = Vec::with_capacity(2 * FULL);
    for _ in 0..times {
        if out.len() >= FULL {
            out.clear();
        }
        let mut frame = Frame::new(&mut out);
        E::encode(black_box(event), &mut frame)?;
        frame.finish();
    }
    Ok(times)
}

async fn encode_common<D: Serialize + Send + 'static>(tick: Tick<D>, times: u64) -> u64 {
    let events = (0..times).map(move |_| common::event(black_box(&tick)));
    frames(Sse::new(stream::iter(events)).into_response()).await
}

async fn body(router: Router, events: u64) -> u64 {
    let request = Request::get(format!("/stream?events={events}")).body(Body::empty());
    let response = match request {
        Ok(request) => router.oneshot(request).await,
        Err(_) => return 0,
    };
    match response {
        Ok(response) => frames(response).await,
        Err(never) => match never {},
    }
}

/// Takes a body apart as a connection does: each frame is dropped before the next.
async fn frames(response: Response) -> u64 {
    let mut body = response.into_body();
    let mut frames = 0;
    while let Some(Ok(frame)) = body.frame().await {
        black_box(frame);
        frames += 1;
    }
    frames
}

/// In a task, as connections are.
fn in_task(work: impl Future<Output = u64> + Send + 'static) -> Result<u64, Miss> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let work = runtime.block_on(async { tokio::spawn(work).await });
    work.map_err(|error| Miss::failed(error.to_string()))
}
