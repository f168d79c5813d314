//! Redirects, and what of a request goes along.

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::json;
use sse_runtime::client::{Client, ClientError, EventStream};

use crate::support::{Answer, Request, Server, get, last_error, next, soon};

fn header(name: &'static str, value: &'static str) -> (HeaderName, HeaderValue) {
    (
        HeaderName::from_static(name),
        HeaderValue::from_static(value),
    )
}

/// With everything that must not leak.
fn secretive(client: Client, url: &str) -> EventStream {
    let client = client.policy(soon()).headers(|| async {
        Ok::<_, std::convert::Infallible>(HeaderMap::from_iter([header("authorization", "secret")]))
    });
    let (cookie, cookies) = header("cookie", "sid=secret");
    let (key, value) = header("x-api-key", "secret");
    client
        .get(url)
        .unwrap()
        .header(cookie, cookies)
        .header(key, value)
        .stream()
}

fn tells_secrets(request: &Request) -> bool {
    request.head.contains("secret")
}

#[tokio::test]
async fn redirects_are_followed_and_the_next_attempt_begins_at_the_first_url() {
    for status in [301, 302, 303, 307, 308] {
        let mut server = Server::new([
            Answer::redirect(status, "/b?c"),
            Answer::stream("id: 7\ndata: a\n\n"),
        ])
        .await;
        let mut events = secretive(Client::new(), &format!("{}/a", server.url));
        assert_eq!(next(&mut events).await, "message:a");
        assert!(events.next().await.is_none());
        for line in ["get /a http/1.1", "get /b?c http/1.1", "get /a http/1.1"] {
            let request = server.request().await;
            assert_eq!(request.line(), line);
            assert!(tells_secrets(&request));
        }
    }
}

#[tokio::test]
async fn another_origin_is_told_nothing_but_where_to_go_on() {
    let mut abroad = Server::new([Answer::stream("data: b\n\n")]).await;
    let mut home = Server::new([
        Answer::stream("id: 7\ndata: a\n\n"),
        Answer::redirect(307, &abroad.url),
    ])
    .await;
    let mut events = secretive(Client::new(), &home.url);
    assert_eq!(next(&mut events).await, "message:a");
    assert_eq!(next(&mut events).await, "message:b");

    home.request().await;
    assert!(tells_secrets(&home.request().await));
    let request = abroad.request().await;
    assert!(!tells_secrets(&request), "{request:?}");
    assert_eq!(request.header("accept"), Some("text/event-stream"));
    assert_eq!(request.header("last-event-id"), Some("7"));
    assert_eq!(request.header("referer"), None);
}

#[tokio::test]
async fn secrets_do_not_come_back_after_a_way_through_another_origin() {
    let mut home = Server::new([]).await;
    let abroad = Server::new([Answer::redirect(302, &format!("{}/back", home.url))]).await;
    let start = Server::new([Answer::redirect(302, &abroad.url)]).await;
    let mut events = secretive(Client::new(), &start.url);
    assert!(events.next().await.is_none());
    assert!(!tells_secrets(&home.request().await));
}

#[tokio::test]
async fn the_default_headers_of_a_users_client_go_to_no_other_origin() {
    let mut abroad = Server::new([]).await;
    let home = Server::new([Answer::redirect(302, &abroad.url)]).await;
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .default_headers(HeaderMap::from_iter([header("authorization", "secret")]))
        .build()
        .unwrap();
    let error = last_error(&mut secretive(Client::from(http), &home.url)).await;
    assert!(
        error
            .to_string()
            .contains("the default headers of your reqwest client"),
        "{error}"
    );
    assert!(!abroad.was_asked_again());
}

#[tokio::test]
async fn a_users_client_that_follows_redirects_does_so_by_its_own_rules() {
    let mut abroad = Server::new([Answer::stream("data: a\n\n")]).await;
    let home = Server::new([Answer::redirect(302, &abroad.url)]).await;
    let client = Client::from(reqwest::Client::new()).policy(soon());
    let mut events = client.get(&home.url).unwrap().stream();
    assert_eq!(next(&mut events).await, "message:a");
    abroad.request().await;
}

#[tokio::test]
async fn redirects_in_a_circle_are_followed_up_to_a_limit() {
    let circle = || (0..20).map(|_| Answer::redirect(302, "/"));
    let mut server = Server::new(circle()).await;
    let error = last_error(&mut get(&server.url)).await;
    assert!(matches!(error, ClientError::Redirect(_)));
    assert_eq!(
        error.to_string(),
        "more than 10 redirects; raise `max_redirects` if that is meant"
    );
    for _ in 0..11 {
        server.request().await;
    }
    assert!(!server.was_asked_again());

    let mut server = Server::new(circle()).await;
    let client = Client::new().policy(soon().max_redirects(0));
    last_error(&mut client.get(&server.url).unwrap().stream()).await;
    server.request().await;
    assert!(!server.was_asked_again());
}

#[tokio::test]
async fn a_redirect_to_nowhere_ends_the_stream() {
    for (answer, told) in [
        (
            Answer::status("302 Found", "", ""),
            "redirect 302 has no location",
        ),
        (
            Answer::redirect(301, "ftp://a/b"),
            "redirect to `ftp://a/b`, which is no URL of http or https",
        ),
        (
            Answer::redirect(301, "http://"),
            "redirect to `http://`, which is no URL of http or https",
        ),
    ] {
        let server = Server::new([answer]).await;
        assert_eq!(last_error(&mut get(&server.url)).await.to_string(), told);
    }
}

fn post(url: &str) -> EventStream {
    let client = Client::new().policy(soon());
    client
        .post(url)
        .unwrap()
        .json(&json!({ "text": "hi" }))
        .unwrap()
        .stream()
}

#[tokio::test]
async fn a_post_is_redirected_as_it_is_by_307_and_308_and_as_a_get_by_the_others() {
    for status in [307, 308] {
        let mut server = Server::new([Answer::redirect(status, "/b")]).await;
        assert!(post(&server.url).next().await.is_none());
        for line in ["post / http/1.1", "post /b http/1.1"] {
            let request = server.request().await;
            assert_eq!((request.line(), &*request.body), (line, r#"{"text":"hi"}"#));
        }
    }
    for status in [301, 302, 303] {
        let mut server = Server::new([Answer::redirect(status, "/b")]).await;
        assert!(post(&server.url).next().await.is_none());
        server.request().await;
        let request = server.request().await;
        assert_eq!((request.line(), &*request.body), ("get /b http/1.1", ""));
        assert_eq!(request.header("content-type"), None);
    }
}

#[tokio::test]
async fn the_body_of_a_post_goes_to_no_other_origin() {
    let mut abroad = Server::new([]).await;
    let home = Server::new([Answer::redirect(307, &abroad.url)]).await;
    let error = last_error(&mut post(&home.url)).await;
    assert!(
        error
            .to_string()
            .ends_with("as its body would go to another origin"),
        "{error}"
    );
    assert!(!abroad.was_asked_again());
}

#[tokio::test]
async fn the_credentials_of_a_url_go_to_no_other_origin() {
    let mut abroad = Server::new([]).await;
    let home = Server::new([Answer::redirect(302, &abroad.url)]).await;
    let url = home.url.replace("http://", "http://me:secret@");
    assert!(get(&url).next().await.is_none());
    assert_eq!(abroad.request().await.header("authorization"), None);
}
