//! Redirects, as Fetch follows them, and stricter where headers of the user's are concerned.

use std::error::Error;
use std::fmt;

use http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LOCATION, CONTENT_TYPE,
    LOCATION,
};
use http::{HeaderMap, HeaderName, Method, StatusCode};
use reqwest::Url;

use super::builder::{Target, told};

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
    let told = || told(&String::from_utf8_lossy(location.as_bytes()));
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

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn target(method: Method, url: &str) -> Target {
        let mut target = Target::new(method, Url::parse(url).unwrap());
        for name in [
            "accept",
            "last-event-id",
            "authorization",
            "cookie",
            "x-own",
        ] {
            target.headers.insert(name, HeaderValue::from_static("a"));
        }
        target
    }

    fn to(location: &str) -> HeaderMap {
        HeaderMap::from_iter([(LOCATION, HeaderValue::try_from(location).unwrap())])
    }

    /// Where a GET of `from` goes on, and with how many of the five headers.
    fn followed(from: &str, location: &str) -> Result<(String, usize), String> {
        let mut target = target(Method::GET, from);
        match follow(&mut target, StatusCode::FOUND, &to(location)) {
            Ok(()) => Ok((target.url.into(), target.headers.len())),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn a_location_is_read_from_where_the_answer_came_from() {
        for (location, url) in [
            ("b?c#d", "https://h/a/b?c#d"),
            ("/b", "https://h/b"),
            ("?c", "https://h/a/x?c"),
            ("", "https://h/a/x?q"),
            ("//h/b", "https://h/b"),
            ("https://h:443/b", "https://h/b"),
            ("HTTPS://H/b", "https://h/b"),
        ] {
            assert_eq!(
                followed("https://h/a/x?q", location),
                Ok((url.to_owned(), 5))
            );
        }
    }

    #[test]
    fn another_scheme_host_or_port_is_another_origin() {
        for (from, location) in [
            ("http://h/", "https://h/"),
            ("http://h/", "http://i.h/"),
            ("http://i.h/", "http://h/"),
            ("http://h/", "http://h:81/"),
            ("http://127.0.0.1/", "http://localhost/"),
        ] {
            assert_eq!(followed(from, location), Ok((location.to_owned(), 2)));
        }
    }

    #[test]
    fn what_was_safe_is_not_continued_in_the_open() {
        assert_eq!(
            followed("https://h/", "http://h/").unwrap_err(),
            "redirect from https to `http://h/` is not followed"
        );
    }

    #[test]
    fn what_is_no_url_of_http_is_not_followed() {
        for location in [
            "ftp://h/",
            "data:,a",
            "file:///etc/passwd",
            "http://",
            "https://[",
            "javascript:1",
        ] {
            let error = followed("http://h/", location).unwrap_err();
            assert!(
                error.ends_with("which is no URL of http or https"),
                "{error}"
            );
        }
        let long = format!("ftp://{}", "x".repeat(10_000));
        assert!(followed("http://h/", &long).unwrap_err().len() < 300);
    }

    #[test]
    fn credentials_are_those_of_the_location_or_of_the_same_origin() {
        let credentials = |location: &str| {
            let mut target = target(Method::GET, "http://me:1@h/");
            follow(&mut target, StatusCode::FOUND, &to(location)).unwrap();
            assert_eq!(target.url.username(), "");
            target.credentials.map(|(user, _)| user)
        };
        assert_eq!(credentials("/b").as_deref(), Some("me"));
        assert_eq!(credentials("http://h/b").as_deref(), Some("me"));
        assert_eq!(credentials("http://i/b"), None);
        assert_eq!(credentials("http://you:2@i/b").as_deref(), Some("you"));
    }
}
