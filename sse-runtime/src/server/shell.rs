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

use super::body::EventStreamBody;
use super::context::Handle;
use super::driver::{Driver, Opening, Service};
use super::last_event_id::LastEventId;
use super::limits::{Gate, Permit};
use super::live::Live;
use super::payload::Plan;
use super::response::{accepts_event_stream, no_content, stream_response, turn_away};
use super::settings::Settings;
use super::shutdown::Shutdown;
use crate::describe::{Descriptor, OpenAfter};

pub(super) struct Shell {
    descriptor: &'static Descriptor,
    settings: Arc<Settings>,
    plan: Plan,
    /// Whether the method may answer with something else than a stream.
    may_answer: bool,
    gate: Arc<Gate>,
}

/// The answer to a request that is not let in. Boxed, as it is rare and large.
type Refusal = Box<Response>;

/// What is kept of a request while its stream is open.
pub(super) struct Visit {
    pub(super) is_head: bool,
    accepts_event_stream: bool,
    permit: Permit,
    span: Span,
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
        }
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Lets a request in, unless it asks for a stream that has ended for good or the server is
    /// shutting down.
    pub(super) fn admit(&self, parts: &mut Parts) -> Result<Handle, Refusal> {
        let last_event_id =
            LastEventId::of(parts).map_err(|problem| Box::new(problem.into_response()))?;
        if last_event_id.is_end_of_stream() {
            return Err(Box::new(no_content()));
        }
        if self
            .settings
            .shutdown_handle()
            .is_some_and(Shutdown::is_started)
        {
            return Err(Box::new(
                self.turn_away(accepts_event_stream(&parts.headers)),
            ));
        }
        let live = Live::new(self.descriptor, Arc::clone(&self.settings));
        let handle = Handle {
            live,
            last_event_id,
        };
        parts.extensions.insert(handle.clone());
        Ok(handle)
    }

    /// Takes a place for the stream. After the extractors: who is refused by one of them takes none.
    pub(super) fn enter(
        &self,
        parts: &Parts,
        last_event_id: &LastEventId,
    ) -> Result<Visit, Refusal> {
        let accepts_event_stream = accepts_event_stream(&parts.headers);
        let Some(permit) = self.gate.enter(self.settings.limits(), parts) else {
            return Err(Box::new(self.turn_away(accepts_event_stream)));
        };
        let span = tracing::info_span!(
            "sse.stream",
            endpoint = %self.descriptor.endpoint_name(),
            last_event_id = last_event_id.get().map(tracing::field::display),
            sent = Empty,
            bytes = Empty,
            close_reason = Empty,
        );
        Ok(Visit {
            is_head: parts.method == Method::HEAD,
            accepts_event_stream,
            permit,
            span,
        })
    }

    pub(super) async fn respond(
        &self,
        live: Arc<Live>,
        service: Service,
        visit: Visit,
    ) -> Response {
        let open_after = self.open_after(visit.accepts_event_stream);
        let mut driver = Driver::new(live, service, open_after, visit.permit, visit.span);
        match poll_fn(|cx| driver.poll_opening(cx)).await {
            Opening::Stream => {
                let headers = driver.live().take_headers();
                stream_response(&headers, Body::new(EventStreamBody(driver)))
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
