//! Redirects, as Fetch follows them, and stricter where headers of the user's are concerned.

use std::error::Error;
use std::fmt;

use ::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LOCATION, CONTENT_TYPE,
    LOCATION,
};
use ::http::{HeaderMap, HeaderName, Method, StatusCode};
use reqwest::Url;

use super::builder::Target;
use crate::excerpt::excerpt;

/// What another origin is told.
const CROSSES: [HeaderName; 3] = [ACCEPT, CACHE_CONTROL, super::transport::LAST_EVENT_ID];

/// Whether an answer sends the client elsewhere. 300 and 304 do not.
pub(super) fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Turns `target` into what the answer to it says to ask for.
pub(super) fn follow(
    target: &mut Target,
    status: StatusCode,
    headers: &HeaderMap,
) -> Result<(), RedirectError> {
    let Some(location) = headers.get(LOCATION) else {
        return Err(RedirectError::Nowhere { status });
    };
    let told = || excerpt(&String::from_utf8_lossy(location.as_bytes()), 200);
    // A location may be relative.
    let url = str::from_utf8(location.as_bytes())
        .ok()
        .and_then(|location| target.url.join(location).ok())
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| RedirectError::Location { location: told() })?;
    if target.url.scheme() == "https" && url.scheme() == "http" {
        return Err(RedirectError::Downgrade { location: told() });
    }
    // "if one of the following is true: internalResponse's status is 301 or 302 and request's method is
    // `POST`; or internalResponse's status is 303 and request's method is not `GET` or `HEAD`, then:
    // set request's method to `GET` and request's body to null; and for each headerName of
    // request-body-header name, delete headerName from request's header list"
    if target.method == Method::POST && matches!(status.as_u16(), 301..=303) {
        target.method = Method::GET;
        target.body = None;
        for name in [
            CONTENT_ENCODING,
            CONTENT_LANGUAGE,
            CONTENT_LOCATION,
            CONTENT_TYPE,
        ] {
            target.headers.remove(name);
        }
    }
    if !is_same_origin(&target.url, &url) {
        if target.body.is_some() {
            return Err(RedirectError::BodyAbroad { location: told() });
        }
        let mut crossing = HeaderMap::new();
        for name in CROSSES {
            if let Some(value) = target.headers.remove(&name) {
                crossing.insert(name, value);
            }
        }
        target.headers = crossing;
        target.credentials = None;
    }
    target.url = url;
    target.take_credentials();
    Ok(())
}

pub(super) fn is_same_origin(a: &Url, b: &Url) -> bool {
    a.origin() == b.origin()
}

/// A redirect that is not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RedirectError {
    Nowhere {
        status: StatusCode,
    },
    Location {
        location: String,
    },
    Downgrade {
        location: String,
    },
    BodyAbroad {
        location: String,
    },
    /// The default headers of a client of the user's would go there.
    Abroad {
        url: String,
    },
    TooMany {
        limit: u32,
    },
}

impl fmt::Display for RedirectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere { status } => write!(f, "redirect {} has no location", status.as_u16()),
            Self::Location { location } => {
                write!(
                    f,
                    "redirect to `{location}`, which is no URL of http or https"
                )
            }
            Self::Downgrade { location } => {
                write!(f, "redirect from https to `{location}` is not followed")
            }
            Self::BodyAbroad { location } => write!(
                f,
                "redirect of a POST to `{location}` is not followed, as its body would go to another origin"
            ),
            Self::Abroad { url } => write!(
                f,
                "redirect to `{url}` is not followed, as the default headers of your reqwest client \
                 would go to another origin; give headers to the request instead, with a client of ours"
            ),
            Self::TooMany { limit } => {
                write!(
                    f,
                    "more than {limit} redirects; raise `max_redirects` if that is meant"
                )
            }
        }
    }
}

impl Error for RedirectError {}
