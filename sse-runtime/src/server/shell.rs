//! An endpoint as it is served, without the types of the user's: what is decided about a request
//! before and after its extractors have run, and how its service becomes a response.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::Method;
use http::request::Parts;
use tracing::Span;
use tracing::field::Empty;

use super::EndReason;
use super::body::EventStreamBody;
use super::context::Handle;
use super::driver::{Driver, Opening, Service};
use super::last_event_id::LastEventId;
use super::limits::{Gate, Permit};
use super::live::Live;
use super::payload::Plan;
use super::response::{accepts_event_stream, no_content, stream_response, turn_away};
use super::served::Served;
use super::settings::Settings;
use crate::describe::{Descriptor, OpenAfter};
use crate::metrics;
use crate::problem::Problem;

pub(super) struct Shell {
    descriptor: &'static Descriptor,
    settings: Arc<Settings>,
    plan: Plan,
    /// Whether the method may answer with something else than a stream.
    may_answer: bool,
    gate: Arc<Gate>,
    metrics: metrics::Streams,
}

/// The answer to a request that is not let in. Boxed, as it is rare and large.
type Refusal = Box<Response>;

/// What is kept of a request while its stream is open.
pub(super) struct Visit {
    pub(super) is_head: bool,
    accepts_event_stream: bool,
    key: Option<String>,
    span: Span,
}

/// A request on its way to its service. Where it is refused before that, whatever its context was
/// asked to do at the end is done all the same.
pub(super) struct Arrival {
    live: Arc<Live>,
    has_arrived: bool,
    pub(super) last_event_id: LastEventId,
}

impl Arrival {
    /// It has arrived: from here on its driver sees to the end.
    pub(super) fn arrive(mut self) -> Arc<Live> {
        self.has_arrived = true;
        Arc::clone(&self.live)
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        if !self.has_arrived {
            self.live.finish(EndReason::Refused);
        }
    }
}

impl Shell {
    pub(super) fn new(
        descriptor: &'static Descriptor,
        settings: &Arc<Settings>,
        plan: Plan,
        may_answer: bool,
    ) -> Self {
        Self {
            descriptor,
            settings: Arc::clone(settings),
            plan,
            may_answer,
            gate: Arc::default(),
            metrics: metrics::Streams::of(descriptor),
        }
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Lets a request in, unless it asks for a stream that has ended for good or the server is
    /// shutting down.
    pub(super) fn admit(&self, parts: &mut Parts) -> Result<Arrival, Refusal> {
        let last_event_id =
            LastEventId::of(parts).map_err(|problem| Box::new(self.reject(problem)))?;
        if last_event_id.is_end_of_stream() {
            self.metrics.refused(EndReason::Closed);
            return Err(Box::new(no_content()));
        }
        let served = Served::of(parts);
        let live = Live::new(self.descriptor, Arc::clone(&self.settings), served);
        if live.is_shutting_down() {
            self.metrics.refused(EndReason::Shutdown);
            return Err(Box::new(
                self.turn_away(accepts_event_stream(&parts.headers)),
            ));
        }
        parts.extensions.insert(Handle {
            live: Arc::clone(&live),
            last_event_id: last_event_id.clone(),
        });
        Ok(Arrival {
            live,
            has_arrived: false,
            last_event_id,
        })
    }

    /// Answers a request that its extractors or its payload have not let in.
    pub(super) fn reject(&self, rejection: impl IntoResponse) -> Response {
        self.metrics.refused_as_invalid();
        rejection.into_response()
    }

    /// Keeps what is needed of a request that its extractors have let in.
    pub(super) fn visit(&self, parts: &Parts, last_event_id: &LastEventId) -> Visit {
        let span = tracing::info_span!(
            "sse.stream",
            endpoint = %self.descriptor.endpoint_name(),
            last_event_id = last_event_id.get().map(|id| tracing::field::debug(id.as_str())),
            sent = Empty,
            bytes = Empty,
            close_reason = Empty,
        );
        Visit {
            is_head: parts.method == Method::HEAD,
            accepts_event_stream: accepts_event_stream(&parts.headers),
            key: self.settings.limits().key(parts),
            span,
        }
    }

    /// Takes a place for the stream. As late as can be: who is refused before, or never sends the
    /// rest of its request, takes none.
    pub(super) fn enter(&self, visit: &mut Visit) -> Result<Permit, Refusal> {
        let permit = self.gate.enter(self.settings.limits(), visit.key.take());
        permit.ok_or_else(|| {
            self.metrics.refused_by_limit();
            Box::new(self.turn_away(visit.accepts_event_stream))
        })
    }

    pub(super) async fn respond(
        &self,
        live: Arc<Live>,
        service: Service,
        permit: Permit,
        visit: Visit,
    ) -> Response {
        let open_after = self.open_after(visit.accepts_event_stream);
        let metrics = self.metrics.stream();
        let mut driver = Driver::new(live, service, open_after, permit, metrics, visit.span);
        match poll_fn(|cx| driver.poll_opening(cx)).await {
            Opening::Stream => {
                driver.opened();
                let headers = driver.live().take_headers();
                stream_response(&headers, Body::new(EventStreamBody(driver)))
            }
            Opening::Answer(response) if is_passing(&response) && visit.accepts_event_stream => {
                self.turn_away(true)
            }
            Opening::Answer(response) => response,
            Opening::NoContent => no_content(),
            Opening::TurnAway => self.turn_away(visit.accepts_event_stream),
        }
    }

    fn open_after(&self, accepts_event_stream: bool) -> Option<Duration> {
        match self.descriptor.opening() {
            OpenAfter::ByDefault(_) if self.may_answer && !accepts_event_stream => None,
            OpenAfter::ByDefault(delay) | OpenAfter::After(delay) => Some(delay),
            OpenAfter::Never => None,
        }
    }

    fn turn_away(&self, accepts_event_stream: bool) -> Response {
        turn_away(self.descriptor, &self.settings, accepts_event_stream)
    }
}

/// Whether it tells of something that will pass, as a log that does not answer now.
fn is_passing(response: &Response) -> bool {
    let problem = response.extensions().get::<Problem>();
    problem.is_some_and(|problem| problem.is_passing)
}
