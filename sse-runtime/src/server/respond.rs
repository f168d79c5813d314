//! From a request to a response: the route that each method of a trait becomes.

use std::future::{Future, poll_fn};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::de::DeserializeOwned;

use super::body::EventStreamBody;
use super::context::Handle;
use super::driver::{Driver, Opening};
use super::last_event_id::LastEventId;
use super::limits::{Gate, Permit};
use super::live::Live;
use super::payload::{self, Plan};
use super::settings::Settings;
use super::{LiveStream, Outcome, Problem};
use crate::describe::{Descriptor, Endpoint, Verb};
use crate::wire::Frame;

/// A service with its settings: what the generated server type holds.
#[derive(Debug)]
pub struct Server<S> {
    service: Arc<S>,
    settings: Arc<Settings>,
}

impl<S> Server<S> {
    /// With default settings.
    #[must_use]
    pub fn new(service: Arc<S>) -> Self {
        Self {
            service,
            settings: Arc::default(),
        }
    }

    /// With these settings.
    #[must_use]
    pub fn settings(self, settings: Settings) -> Self {
        Self {
            settings: Arc::new(settings),
            ..self
        }
    }
}

impl<S> Clone for Server<S> {
    fn clone(&self) -> Self {
        Self {
            service: Arc::clone(&self.service),
            settings: Arc::clone(&self.settings),
        }
    }
}

/// The route of one method.
///
/// # Panics
/// When the payload or the event cannot work with the attribute in a way that only serde knows:
/// a mistake of the program, found when its router is built.
pub fn route<E, T, P, X, R, S, F, Fut>(server: &Server<S>, call: F) -> MethodRouter<R>
where
    E: Endpoint<T>,
    T: Send + 'static,
    P: DeserializeOwned + Send + 'static,
    X: FromRequestParts<R> + Send + 'static,
    R: Clone + Send + Sync + 'static,
    S: Send + Sync + 'static,
    F: Fn(Arc<S>, P, X, LiveStream<E, T>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future + Send + 'static,
    Fut::Output: Outcome,
{
    let shell = match Plan::new::<P>(E::DESCRIPTOR)
        .and_then(|plan| Shell::new(E::DESCRIPTOR, server, plan, E::variants()))
    {
        Ok(shell) => Arc::new(shell),
        Err(mistake) => mistaken(E::DESCRIPTOR, &mistake),
    };
    let service = Arc::clone(&server.service);
    let handler = move |State(state): State<R>, request: Request| {
        let (shell, service, call) = (Arc::clone(&shell), Arc::clone(&service), call.clone());
        async move {
            match accept::<E, T, P, X, R, S, F, Fut>(&shell, service, call, &state, request).await {
                Ok(response) | Err(response) => response,
            }
        }
    };
    match E::DESCRIPTOR.verb() {
        Verb::Get => get(handler),
        Verb::Post => post(handler),
    }
}

async fn accept<E, T, P, X, R, S, F, Fut>(
    shell: &Shell,
    service: Arc<S>,
    call: F,
    state: &R,
    request: Request,
) -> Result<Response, Response>
where
    E: Endpoint<T>,
    T: Send + 'static,
    P: DeserializeOwned,
    X: FromRequestParts<R>,
    F: Fn(Arc<S>, P, X, LiveStream<E, T>) -> Fut,
    Fut: Future + Send + 'static,
    Fut::Output: Outcome,
{
    let (mut parts, body) = request.into_parts();
    let Handle {
        live,
        last_event_id,
    } = shell.admit(&mut parts)?;
    let extracted = X::from_request_parts(&mut parts, state)
        .await
        .map_err(IntoResponse::into_response)?;
    let visit = shell.enter(&parts, &last_event_id)?;
    let payload: P = payload::read(&shell.plan, parts, body, &last_event_id)
        .await
        .map_err(IntoResponse::into_response)?;
    if visit.is_head {
        return Ok(stream_response(HeaderMap::new(), Body::empty()));
    }
    let service = call(
        service,
        payload,
        extracted,
        LiveStream::new(Arc::clone(&live)),
    );
    let service = Box::pin(async move { service.await.into_finish() });
    Ok(respond(
        Driver::new(live, service, visit.permit, visit.span),
        visit.accepts_event_stream,
    )
    .await)
}

/// An endpoint as it is served. Not generic: what does not depend on types of the user's.
struct Shell {
    descriptor: &'static Descriptor,
    settings: Arc<Settings>,
    plan: Plan,
    gate: Arc<Gate>,
}

/// What is kept of a request while its stream is open.
struct Visit {
    permit: Option<Permit>,
    span: tracing::Span,
    accepts_event_stream: bool,
    is_head: bool,
}

impl Shell {
    fn new<S>(
        descriptor: &'static Descriptor,
        server: &Server<S>,
        plan: Plan,
        variants: Option<&'static [&'static str]>,
    ) -> Result<Self, String> {
        crate::names::check_variants(variants.unwrap_or_default())?;
        let settings = Arc::clone(&server.settings);
        Ok(Self {
            descriptor,
            settings,
            plan,
            gate: Arc::default(),
        })
    }

    /// Lets a request in, unless it asks for a stream that has ended for good or the server is
    /// shutting down.
    fn admit(&self, parts: &mut Parts) -> Result<Handle, Response> {
        let last_event_id = LastEventId::of(parts).map_err(IntoResponse::into_response)?;
        if last_event_id.is_end_of_stream() {
            return Err(no_content());
        }
        if self
            .settings
            .shutdown_handle()
            .is_some_and(super::Shutdown::is_started)
        {
            return Err(self.turn_away(accepts_event_stream(&parts.headers)));
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
    fn enter(&self, parts: &Parts, last_event_id: &LastEventId) -> Result<Visit, Response> {
        let accepts_event_stream = accepts_event_stream(&parts.headers);
        let Some(permit) = self.gate.enter(self.settings.limits(), parts) else {
            return Err(self.turn_away(accepts_event_stream));
        };
        let span = tracing::info_span!(
            "sse.stream",
            service = self.descriptor.service_name(),
            method = self.descriptor.method_name(),
            last_event_id = last_event_id.get().map(tracing::field::debug),
            sent = tracing::field::Empty,
            bytes = tracing::field::Empty,
            close_reason = tracing::field::Empty,
        );
        let is_head = parts.method == Method::HEAD;
        Ok(Visit {
            permit: Some(permit),
            span,
            accepts_event_stream,
            is_head,
        })
    }

    fn turn_away(&self, accepts_event_stream: bool) -> Response {
        turn_away(self.descriptor, &self.settings, accepts_event_stream)
    }
}

async fn respond(mut driver: Driver, accepts_event_stream: bool) -> Response {
    match poll_fn(|cx| driver.poll_opening(cx)).await {
        Opening::Stream => {
            let headers = driver.live().take_headers();
            stream_response(headers, Body::new(EventStreamBody(driver)))
        }
        Opening::Answer(response) => response,
        Opening::NoContent => no_content(),
        Opening::TurnAway => turn_away(
            driver.live().descriptor,
            &driver.live().settings,
            accepts_event_stream,
        ),
    }
}

/// Headers that keep proxies from buffering, caching and compressing a stream. Those that the
/// service has set stay; `connection` is none of ours, and forbidden on HTTP/2.
fn stream_response(set: HeaderMap, body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("no-cache, no-transform"),
    );
    headers.insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    for (name, value) in &set {
        headers.insert(name, value.clone());
    }
    response
}

/// "a client can be told to stop reconnecting using the HTTP 204 No Content response code".
fn no_content() -> Response {
    // A 204 is cacheable by default, and one from a cache would keep clients away for longer.
    (
        StatusCode::NO_CONTENT,
        [(CACHE_CONTROL, HeaderValue::from_static("no-store"))],
    )
        .into_response()
}

/// Sends a client away that shall come back. An EventSource never returns after a 503, so it gets a
/// stream that ends at once.
fn turn_away(descriptor: &Descriptor, settings: &Settings, accepts_event_stream: bool) -> Response {
    let retry = settings.jittered_retry();
    tracing::debug!(
        service = descriptor.service_name(),
        method = descriptor.method_name(),
        ?retry,
        "stream turned away"
    );
    if accepts_event_stream {
        let mut body = Vec::new();
        let mut frame = Frame::new(&mut body);
        frame.retry(retry);
        frame.finish();
        return stream_response(HeaderMap::new(), Body::from(body));
    }
    let seconds = retry.as_secs() + u64::from(retry.subsec_nanos() > 0);
    let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE)
        .detail("no stream can be opened now; come back later");
    ([(RETRY_AFTER, HeaderValue::from(seconds))], problem).into_response()
}

/// Whether `Accept` names event streams. A browser's EventSource does ("Set request's header list's
/// Accept to `text/event-stream`"); `*/*` may be anything.
pub(super) fn accepts_event_stream(headers: &HeaderMap) -> bool {
    let values = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let names_it = parts
            .next()
            .is_some_and(|essence| essence.eq_ignore_ascii_case("text/event-stream"));
        let is_refused = parts
            .filter_map(|part| part.split_once('='))
            .any(|(name, value)| {
                name.trim().eq_ignore_ascii_case("q") && value.trim().parse() == Ok(0.0_f32)
            });
        names_it && !is_refused
    })
}

fn mistaken(descriptor: &Descriptor, mistake: &str) -> ! {
    panic!(
        "`{}::{}` cannot be served: {mistake}",
        descriptor.service_name(),
        descriptor.method_name()
    )
}
