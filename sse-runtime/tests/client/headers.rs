//! What is asked for.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;

use http::header::COOKIE;
use http::{HeaderMap, HeaderName, HeaderValue};
use sse_runtime::client::{Client, ClientError, Policy};

use crate::support::{Answer, Server, get, last_error, next, soon};

#[tokio::test]
async fn a_stream_is_asked_for_as_a_browser_does() {
    let mut server = Server::new([]).await;
    assert!(
        get(&format!("{}/events?a=b", server.url))
            .next()
            .await
            .is_none()
    );
    let request = server.request().await;
    assert_eq!(request.line(), "get /events?a=b http/1.1");
    assert_eq!(request.header("accept"), Some("text/event-stream"));
    assert_eq!(request.header("cache-control"), Some("no-cache"));
    assert_eq!(request.header("accept-encoding"), None);
    assert_eq!(request.header("last-event-id"), None);
}

#[tokio::test]
async fn each_attempt_has_the_headers_of_the_request_and_fresh_ones_of_the_client() {
    let mut server = Server::new([
        Answer::stream("data: a\n\n"),
        Answer::status("503 Busy", "", ""),
    ])
    .await;
    let made = Arc::new(AtomicU32::new(0));
    let client = Client::new().policy(soon()).headers(move || {
        let token = made.fetch_add(1, Ordering::Relaxed);
        async move {
            let name = HeaderName::from_static("authorization");
            let value = HeaderValue::try_from(format!("Bearer {token}"))?;
            Ok::<_, http::header::InvalidHeaderValue>(HeaderMap::from_iter([(name, value)]))
        }
    });
    let mut events = client
        .get(&server.url)
        .unwrap()
        .header(
            HeaderName::from_static("x-tenant"),
            HeaderValue::from_static("7"),
        )
        .header(
            HeaderName::from_static("accept"),
            HeaderValue::from_static("text/*"),
        )
        .stream();
    while events.next().await.is_some() {}
    for token in ["bearer 0", "bearer 1", "bearer 2"] {
        let request = server.request().await;
        assert_eq!(request.header("authorization"), Some(token));
        assert_eq!(request.header("x-tenant"), Some("7"));
        assert_eq!(request.header("accept"), Some("text/*"));
    }
}

#[tokio::test]
async fn headers_that_cannot_be_had_are_asked_for_again() {
    let server = Server::new([Answer::stream("data: a\n\n")]).await;
    let tries = Arc::new(AtomicU32::new(0));
    let client = Client::new().headers(move || {
        let tries = tries.fetch_add(1, Ordering::Relaxed);
        async move {
            match tries {
                0 | 1 => Err("no token"),
                _ => Ok(HeaderMap::new()),
            }
        }
    });
    let patient = client.clone().policy(soon());
    assert_eq!(
        next(&mut patient.get(&server.url).unwrap().stream()).await,
        "message:a"
    );

    let client = Client::new().headers(|| async { Err::<HeaderMap, _>("no token") });
    let client = client.policy(soon().max_attempts(2));
    let error = last_error(&mut client.get(&server.url).unwrap().stream()).await;
    let ClientError::GaveUp {
        attempts: 2,
        source,
        ..
    } = error
    else {
        panic!("{error}");
    };
    assert!(matches!(*source, ClientError::Headers(_)));
}

#[tokio::test]
async fn the_credentials_of_a_url_are_sent_as_a_header_and_never_shown() {
    let mut server = Server::new([Answer::redirect(302, "/b")]).await;
    let url = server.url.replace("http://", "http://me:p%40ss@");
    let request = Client::new().policy(soon()).get(url).unwrap();
    assert!(!format!("{request:?}").contains("ss"), "{request:?}");
    let mut events = request.stream();
    assert!(!format!("{events:?}").contains("p%40ss"), "{events:?}");
    assert!(events.next().await.is_none());
    for _ in 0..2 {
        // `me:p@ss`, in lower case.
        assert_eq!(
            server.request().await.header("authorization"),
            Some("basic bwu6cebzcw==")
        );
    }
}

#[tokio::test]
async fn cookies_of_the_request_are_sent_beside_fresh_ones_in_one_header() {
    let mut server = Server::new([Answer::status("503 Busy", "", "")]).await;
    let fresh = HeaderMap::from_iter([(COOKIE, HeaderValue::from_static("sid=7"))]);
    let client = Client::new().policy(soon()).headers(move || {
        let fresh = fresh.clone();
        async { Ok::<_, Infallible>(fresh) }
    });
    let mut events = client
        .get(&server.url)
        .unwrap()
        .header(COOKIE, HeaderValue::from_static("theme=dark"))
        .header(COOKIE, HeaderValue::from_static("lang=en"))
        .stream();
    assert!(events.next().await.is_none());
    for _ in 0..2 {
        assert_eq!(
            server.request().await.header("cookie"),
            Some("sid=7; theme=dark; lang=en")
        );
    }
}

#[tokio::test]
async fn headers_that_fail_at_once_are_not_asked_for_without_a_wait() {
    let policy = Policy::new().floor(Duration::ZERO).ceiling(Duration::ZERO);
    let made = AtomicU32::new(0);
    let client = Client::new().policy(policy).headers(move || {
        assert_eq!(made.fetch_add(1, Ordering::Relaxed), 0);
        async { Err::<HeaderMap, _>("there is no token") }
    });
    let mut events = client.get("http://localhost").unwrap().stream();
    let mut next = pin!(events.next());
    let mut context = Context::from_waker(Waker::noop());
    assert!(next.as_mut().poll(&mut context).is_pending());
}

#[tokio::test]
async fn an_id_that_no_header_can_hold_ends_the_stream() {
    let mut server = Server::new([Answer::stream("id: a\u{1}\ndata: a\n\n")]).await;
    let mut events = get(&server.url);
    next(&mut events).await;
    let error = last_error(&mut events).await;
    assert!(matches!(error, ClientError::Request(_)), "{error}");
    server.request().await;
    assert!(!server.was_asked_again());
}

#[test]
fn what_is_no_url_of_http_is_refused_at_once() {
    for (url, told) in [
        ("", "`` is no URL: relative URL without a base"),
        (
            "/events",
            "`/events` is no URL: relative URL without a base",
        ),
        ("http://", "`http://` is no URL: empty host"),
        (
            "ftp://a/b",
            "the scheme of `ftp://a/b` is `ftp`; a stream is had over http or https",
        ),
    ] {
        assert_eq!(Client::new().get(url).unwrap_err().to_string(), told);
    }
    for (url, told) in [
        (
            "http://me:secret@host:99999/",
            "`http://…@host:99999/` is no URL: invalid port number",
        ),
        (
            "http://me:secr/et@host/",
            "`http://…@host/` is no URL: invalid port number",
        ),
        (
            "me:secret@host",
            "the scheme of `…@host` is `me`; a stream is had over http or https",
        ),
    ] {
        assert_eq!(Client::new().get(url).unwrap_err().to_string(), told);
    }
    let endless = "x".repeat(1 << 20);
    assert!(Client::new().post(endless).unwrap_err().to_string().len() < 300);
}
