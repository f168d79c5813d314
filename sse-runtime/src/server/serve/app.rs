//! The app of one connection without its type, so that what speaks HTTP is compiled once.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper_util::service::TowerToHyperService;
use tower_service::Service;

use super::super::served::Served;

type Answer = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

/// Answers the requests of one connection.
pub(super) struct App {
    service: Box<dyn Fn(Request) -> Answer + Send>,
    served: Arc<Served>,
}

impl App {
    pub(super) fn new<S>(service: S, served: Arc<Served>) -> Self
    where
        S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
    {
        let service = TowerToHyperService::new(service);
        Self {
            service: Box::new(move |request| {
                Box::pin(hyper::service::Service::call(&service, request))
            }),
            served,
        }
    }
}

impl hyper::service::Service<Request<Incoming>> for App {
    type Response = Response;
    type Error = Infallible;
    type Future = Answer;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Served::clone(&self.served));
        (self.service)(request)
    }
}
