//! The app of one connection without its type, so that what speaks HTTP is compiled once.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper_util::service::TowerToHyperService;
use tower_service::Service;

type Answer = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

/// Answers the requests of one connection.
pub(super) struct App(Box<dyn Fn(Request) -> Answer + Send>);

impl App {
    pub(super) fn new<S>(service: S) -> Self
    where
        S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
    {
        let service = TowerToHyperService::new(service);
        Self(Box::new(move |request| {
            Box::pin(hyper::service::Service::call(&service, request))
        }))
    }
}

impl hyper::service::Service<Request<Incoming>> for App {
    type Response = Response;
    type Error = Infallible;
    type Future = Answer;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        (self.0)(request.map(Body::new))
    }
}
