use std::fmt;

use bytes::Bytes;
use http::Method;
use reqwest::Url;

use super::builder::{Target, read_base, read_url};
use super::driver::Driver;
use super::session::Rules;
use super::{Client, ClientError, Events, InvalidRequest, Position};
use crate::describe::{Decode, Verb};
use crate::request::{Request, RequestError};
use crate::wire::EventId;

/// A service at a URL, whose endpoints are asked for with a [`Client`]: what a generated client is.
#[derive(Clone)]
pub struct Service {
    client: Client,
    base: Url,
}

impl Service {
    /// The service at `base`, with a client of its own.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`] where `base` is no URL of http or https.
    pub fn new(base: impl AsRef<str>) -> Result<Self, InvalidRequest> {
        Self::with(Client::new(), base)
    }

    /// The service at `base`.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`] where `base` is no URL of http or https.
    pub fn with(client: Client, base: impl AsRef<str>) -> Result<Self, InvalidRequest> {
        let base = read_base(base.as_ref())?;
        Ok(Self { client, base })
    }

    /// The events of an endpoint, as `request` asks for them.
    pub fn events<E, T>(&self, request: Result<Request, RequestError>) -> Events<E, T>
    where
        E: Decode<T>,
    {
        let request = request.map_err(|error| ClientError::Request(error.into()));
        Events::new(request.and_then(|request| self.driver(Rules::of(E::DESCRIPTOR), request)))
    }

    fn driver(&self, rules: Rules, request: Request) -> Result<Driver, ClientError> {
        let invalid = |error: InvalidRequest| ClientError::Request(error.into());
        let base = self.base.as_str().trim_end_matches('/');
        let url = read_url(&format!("{base}{}", request.path_and_query)).map_err(invalid)?;
        let method = match request.verb {
            Verb::Get => Method::GET,
            Verb::Post => Method::POST,
        };
        let mut target = Target::new(method, url);
        for (name, value) in request.headers {
            target.headers.append(name, value);
        }
        target.body = request.body.map(Bytes::from);
        let position = match request.last_event_id.map(EventId::new) {
            Some(Ok(id)) => Position::after(id),
            Some(Err(error)) => return Err(ClientError::Request(error.into())),
            None => Position::default(),
        };
        Ok(Driver::new(self.client.clone(), target, rules, position))
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Its URL may hold a password.
        f.debug_struct("Service")
            .field("host", &self.base.host_str())
            .field("path", &self.base.path())
            .finish_non_exhaustive()
    }
}
