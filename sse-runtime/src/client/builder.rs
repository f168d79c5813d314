use std::error::Error;
use std::fmt;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use percent_encoding::percent_decode_str;
use reqwest::Url;
use serde::Serialize;

use super::driver::Driver;
use super::session::Rules;
use super::{Client, EventStream, Position};
use crate::excerpt::excerpt;

/// What a client asks for, again with each attempt.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) method: Method,
    /// Without the credentials, so that it can be shown.
    pub(super) url: Url,
    /// The user and the password that the URL had.
    pub(super) credentials: Option<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Bytes>,
}

/// A request for a stream. Nothing is sent before the stream is polled.
#[derive(Clone)]
#[must_use = "nothing is asked for without `stream`"]
pub struct RequestBuilder {
    client: Client,
    target: Target,
    is_repeatable: bool,
    position: Position,
}

impl Target {
    pub(super) fn new(method: Method, url: Url) -> Self {
        let mut target = Self {
            method,
            credentials: None,
            url,
            headers: HeaderMap::new(),
            body: None,
        };
        target.take_credentials();
        target
    }

    /// Takes them out of the URL, if there are any.
    pub(super) fn take_credentials(&mut self) {
        let url = &mut self.url;
        let password = url.password().unwrap_or_default();
        if url.username().is_empty() && password.is_empty() {
            return;
        }
        let text = |encoded: &str| percent_decode_str(encoded).decode_utf8_lossy().into_owned();
        self.credentials = Some((text(url.username()), text(password)));
        // A URL of http has a host, and so it can be without them.
        let _ = url.set_username("");
        let _ = url.set_password(None);
    }
}

impl fmt::Debug for RequestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBuilder")
            .field("method", &self.target.method)
            .field("url", &self.target.url.as_str())
            .finish_non_exhaustive()
    }
}

impl RequestBuilder {
    pub(super) fn new(client: Client, method: Method, url: &str) -> Result<Self, InvalidRequest> {
        let target = Target::new(method, read_url(url)?);
        Ok(Self {
            client,
            target,
            is_repeatable: false,
            position: Position::default(),
        })
    }

    /// Adds a header, which each attempt sends. One that has to be fresh each time, such as a token,
    /// is a matter of [`Client::headers`].
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.target.headers.append(name, value);
        self
    }

    /// Sets the body.
    pub fn body(mut self, content_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        self.target.headers.insert(CONTENT_TYPE, content_type);
        self.target.body = Some(body.into());
        self
    }

    /// Sets the body to `value` as JSON.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`] where `value` has no JSON form, or its `Serialize` fails.
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Result<Self, InvalidRequest> {
        let body = serde_json::to_vec(value).map_err(|error| {
            InvalidRequest(format!("the body of the request has no JSON form: {error}"))
        })?;
        Ok(self.body(HeaderValue::from_static("application/json"), body))
    }

    /// Goes on where another stream, perhaps of another process, has been.
    pub fn resume_from(self, position: Position) -> Self {
        Self { position, ..self }
    }

    /// Says of a POST that it may be sent again after the server has accepted it: that it resumes by
    /// `Last-Event-ID`, or does no harm twice. Otherwise a stream that breaks off ends with an error.
    pub fn repeatable(self) -> Self {
        Self {
            is_repeatable: true,
            ..self
        }
    }

    /// The stream.
    pub fn stream(self) -> EventStream {
        let rules = if self.target.method == Method::POST {
            Rules::post(self.is_repeatable)
        } else {
            Rules::get()
        };
        EventStream::new(Driver::new(self.client, self.target, rules, self.position))
    }
}

pub(super) fn read_url(text: &str) -> Result<Url, InvalidRequest> {
    let url = Url::parse(text)
        .map_err(|error| InvalidRequest(format!("`{}` is no URL: {error}", told(text))))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        scheme => Err(InvalidRequest(format!(
            "the scheme of `{}` is `{scheme}`; a stream is had over http or https",
            told(text)
        ))),
    }
}

/// A URL in a message: without what may be a password, also where it is none and nobody knows where
/// one would end.
pub(super) fn told(url: &str) -> String {
    let Some((secret, rest)) = url.rsplit_once('@') else {
        return excerpt(url, 200);
    };
    let scheme = secret
        .split_once("//")
        .map(|(scheme, _)| format!("{scheme}//"));
    excerpt(&format!("{}…@{rest}", scheme.unwrap_or_default()), 200)
}

/// Paths are added to it.
pub(super) fn read_base(text: &str) -> Result<Url, InvalidRequest> {
    let url = read_url(text)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(InvalidRequest(format!(
            "`{}` has a query or a fragment; leave it out of the URL of a service",
            told(text)
        )));
    }
    Ok(url)
}

/// A request that cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidRequest(String);

impl fmt::Display for InvalidRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for InvalidRequest {}
