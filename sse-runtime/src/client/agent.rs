use std::error::Error;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, OnceLock};

use http::{HeaderMap, Method};

use super::platform::{Boxed, MaybeSend};
use super::{InvalidRequest, Policy, RequestBuilder};

/// What streams are asked for with: connections, headers and a [`Policy`].
///
/// It is cheap to clone, and the clones share their connections. Streams need a tokio runtime with
/// its clock and I/O, except in a browser.
#[derive(Clone)]
pub struct Client {
    http: Arc<OnceLock<reqwest::Client>>,
    /// It is the user's, of whose default headers nothing is known.
    pub(super) is_foreign: bool,
    headers: Option<Arc<dyn Headers>>,
    pub(super) policy: Policy,
    pub(super) max_event: usize,
}

/// Makes the headers of an attempt.
pub(super) trait Headers: Send + Sync {
    fn make(&self) -> Boxed<Result<HeaderMap, Box<dyn Error + Send + Sync>>>;
}

impl<F, R, E> Headers for F
where
    F: Fn() -> R + Send + Sync,
    R: Future<Output = Result<HeaderMap, E>> + MaybeSend + 'static,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    fn make(&self) -> Boxed<Result<HeaderMap, Box<dyn Error + Send + Sync>>> {
        let headers = self();
        Box::pin(async move { headers.await.map_err(Into::into) })
    }
}

impl Client {
    /// A client with the default policy.
    #[must_use]
    pub fn new() -> Self {
        Self {
            http: Arc::default(),
            is_foreign: false,
            headers: None,
            policy: Policy::new(),
            max_event: 16 << 20,
        }
    }

    /// Sets when its streams connect again, and when they give up.
    #[must_use]
    pub fn policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// Sends what `make` gives with each attempt: a token that is fresh, say. It goes to the origin that
    /// was asked for and to no other, in place of what the request itself says under the same names;
    /// but cookies go beside those of the request.
    /// An attempt whose headers cannot be had is repeated by the [`Policy`].
    ///
    /// ```
    /// use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
    /// use sse_runtime::client::Client;
    ///
    /// # async fn fetch_token() -> Result<String, std::io::Error> { Ok(String::new()) }
    /// let client = Client::new().headers(|| async {
    ///     let mut token = HeaderValue::try_from(format!("Bearer {}", fetch_token().await?))?;
    ///     token.set_sensitive(true);
    ///     Ok::<_, Box<dyn std::error::Error + Send + Sync>>(HeaderMap::from_iter([(AUTHORIZATION, token)]))
    /// });
    /// # drop(client);
    /// ```
    #[must_use]
    pub fn headers<F, R, E>(self, make: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<HeaderMap, E>> + MaybeSend + 'static,
        E: Into<Box<dyn Error + Send + Sync>> + 'static,
    {
        Self {
            headers: Some(Arc::new(make)),
            ..self
        }
    }

    /// Sets how many bytes the data, the name and the id of an event may have together. The default is
    /// 16 MiB. A longer event is one error and is skipped.
    #[must_use]
    pub fn max_event(self, bytes: usize) -> Self {
        Self {
            max_event: bytes,
            ..self
        }
    }

    /// Asks for a stream with GET, as a browser does.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`] where `url` is none of http or https.
    pub fn get(&self, url: impl AsRef<str>) -> Result<RequestBuilder, InvalidRequest> {
        RequestBuilder::new(self.clone(), Method::GET, url.as_ref())
    }

    /// Asks for a stream with POST, as services do that are sent more than a query can hold. It is
    /// sent once, unless it is said to be [repeatable](RequestBuilder::repeatable).
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`] where `url` is none of http or https.
    pub fn post(&self, url: impl AsRef<str>) -> Result<RequestBuilder, InvalidRequest> {
        RequestBuilder::new(self.clone(), Method::POST, url.as_ref())
    }

    /// The headers of an attempt.
    pub(super) async fn attempt_headers(&self) -> Result<HeaderMap, Box<dyn Error + Send + Sync>> {
        match &self.headers {
            Some(headers) => headers.make().await,
            None => Ok(HeaderMap::new()),
        }
    }

    /// Made at its first use: it looks for the certificates of the system, and may fail.
    pub(super) fn http(&self) -> Result<&reqwest::Client, reqwest::Error> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        let http = build()?;
        Ok(self.http.get_or_init(|| http))
    }
}

/// Redirects are followed by hand, as headers of the user's must not go to another origin. Nothing is
/// decompressed: a stream that is compressed is late.
#[cfg(not(target_family = "wasm"))]
fn build() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .build()
}

#[cfg(target_family = "wasm")]
fn build() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder().build()
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

/// A client of your own: with a proxy, with certificates, with cookies.
///
/// Where it follows redirects, as reqwest does by default, it does so by its own rules. With
/// `redirect::Policy::none()` they are followed as those of [`Client::new`], but never to another
/// origin: its default headers, which nobody can take away again, would go there too.
impl From<reqwest::Client> for Client {
    fn from(http: reqwest::Client) -> Self {
        Self {
            http: Arc::new(OnceLock::from(http)),
            is_foreign: true,
            ..Self::new()
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("policy", &self.policy)
            .field("max_event", &self.max_event)
            .finish_non_exhaustive()
    }
}
