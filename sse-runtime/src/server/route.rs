//! The route that each method of a trait becomes: the generic shell around what answers a request.

use std::future::Future;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use http::HeaderMap;
use serde::de::DeserializeOwned;

use super::body::NoBody;
use super::payload::{self, Plan};
use super::response::stream_response;
use super::settings::Settings;
use super::shell::Shell;
use super::{LiveStream, Outcome};
use crate::describe::{Descriptor, Endpoint, Verb};
use crate::names::reserved_name;
use crate::wire::EventName;

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
    let shell = match Plan::new::<P>(E::DESCRIPTOR).and_then(|plan| {
        check_variants(E::variants().unwrap_or_default())?;
        Ok(Shell::new(
            E::DESCRIPTOR,
            &server.settings,
            plan,
            Fut::Output::MAY_ANSWER,
        ))
    }) {
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
    let arrival = shell.admit(&mut parts).map_err(|refusal| *refusal)?;
    let extracted = X::from_request_parts(&mut parts, state)
        .await
        .map_err(|rejection| shell.reject(rejection))?;
    let mut visit = shell.visit(&parts, &arrival.last_event_id);
    let payload: P = payload::read(shell.plan(), parts, body, &arrival.last_event_id)
        .await
        .map_err(|error| shell.reject(error))?;
    if visit.is_head {
        return Ok(stream_response(&HeaderMap::new(), Body::new(NoBody)));
    }
    let permit = shell.enter(&mut visit).map_err(|refusal| *refusal)?;
    let live = arrival.arrive();
    let service = call(
        service,
        payload,
        extracted,
        LiveStream::new(Arc::clone(&live)),
    );
    let service = Box::pin(async move { service.await.into_finish() });
    Ok(shell.respond(live, service, permit, visit).await)
}

/// Checks the names of an enum's variants, as far as serde reveals them.
fn check_variants(names: &[&str]) -> Result<(), String> {
    for name in names {
        if let Some(purpose) = reserved_name(name) {
            return Err(format!(
                "the variant `{name}` has a name that is reserved for {purpose}: rename it"
            ));
        }
        if let Err(error) = EventName::new(*name) {
            return Err(format!(
                "the variant `{name:?}` cannot name an event: {error}"
            ));
        }
    }
    Ok(())
}

fn mistaken(descriptor: &Descriptor, mistake: &str) -> ! {
    panic!(
        "`{}` cannot be served: {mistake}",
        descriptor.endpoint_name()
    )
}
