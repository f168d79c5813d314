//! Answers that are no stream, and no answers at all.

use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sse_runtime::client::{Client, ClientError};
use tokio::net::{TcpListener, TcpSocket};

use crate::support::{Answer, Server, get, last_error, next, soon};

#[tokio::test]
async fn a_refusal_that_stays_is_told_with_the_problem_of_the_server() {
    let problem = r#"{"title":"No such topic","detail":"there is no topic `lunch`","status":404}"#;
    let mut server = Server::new([Answer::status(
        "404 Not Found",
        "content-type: application/problem+json\r\n",
        problem,
    )])
    .await;
    let error = last_error(&mut get(&server.url)).await;
    assert_eq!(error.status().unwrap(), 404);
    assert_eq!(
        error.problem().unwrap().get_detail(),
        Some("there is no topic `lunch`")
    );
    assert_eq!(
        error.to_string(),
        "the server refused: 404 No such topic: there is no topic `lunch`"
    );
    server.request().await;
    assert!(!server.was_asked_again());
}

#[tokio::test]
async fn what_a_server_says_stays_on_one_line_of_a_log() {
    let problem = |title: &str| {
        Answer::status(
            "400 Bad Request",
            "content-type: application/problem+json\r\n",
            &serde_json::json!({ "title": title }).to_string(),
        )
    };
    let server = Server::new([problem("a\nERROR \u{1b}[31mb")]).await;
    let error = last_error(&mut get(&server.url)).await;
    assert_eq!(
        error.to_string(),
        r"the server refused: 400 a\nERROR \u{1b}[31mb"
    );
    assert_eq!(error.problem().unwrap().get_title(), "a\nERROR \u{1b}[31mb");

    let server = Server::new([problem(&"x".repeat(10_000))]).await;
    let error = last_error(&mut get(&server.url)).await;
    assert!(error.to_string().chars().count() < 1100);
}

#[tokio::test]
async fn a_refusal_that_passes_is_waited_out() {
    let server = Server::new([
        Answer::status("503 Service Unavailable", "retry-after: 0\r\n", ""),
        Answer::status("500 Oops", "", ""),
        Answer::stream("data: a\n\n"),
    ])
    .await;
    assert_eq!(next(&mut get(&server.url)).await, "message:a");
}

#[tokio::test]
async fn who_gives_up_tells_the_last_refusal() {
    let busy = || {
        Answer::status(
            "503 Busy",
            "content-type: text/plain\r\n",
            "come back later",
        )
    };
    let server = Server::new([busy(), busy(), busy()]).await;
    let client = Client::new().policy(soon().max_attempts(2));
    let error = last_error(&mut client.get(&server.url).unwrap().stream()).await;
    assert!(
        error
            .to_string()
            .starts_with("gave up after 2 attempts in "),
        "{error}"
    );
    assert_eq!(error.status().unwrap(), 503);
    assert_eq!(
        error.source().unwrap().to_string(),
        r#"the server refused: status 503, content type "text/plain", body "come back later""#
    );
}

#[tokio::test]
async fn an_answer_that_is_no_stream_is_told_with_a_beginning_of_it() {
    let json = format!("[{}1]", "1,".repeat(10_000));
    let server = Server::new([Answer::status(
        "200 OK",
        "content-type: application/json\r\n",
        &json,
    )])
    .await;
    let error = last_error(&mut get(&server.url)).await;
    let ClientError::NotAStream(answer) = error else {
        panic!("{error}");
    };
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.content_type(), Some("application/json"));
    assert_eq!(answer.body(), json.get(..4096).unwrap());
}

#[tokio::test]
async fn an_answer_in_a_coding_that_was_not_asked_for_is_no_stream() {
    let head = "content-type: text/event-stream\r\ncontent-encoding: gzip\r\n";
    let server = Server::new([Answer::status("200 OK", head, "\u{1f}\u{8b}")]).await;
    let error = last_error(&mut get(&server.url)).await;
    let told = error.to_string();
    assert!(told.contains(r#"content encoding "gzip""#), "{told}");
}

#[tokio::test]
async fn a_server_that_is_not_there_yet_is_waited_for() {
    // A port that is taken and does not listen.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    let socket = Arc::new(Mutex::new(Some(socket)));
    let server = Arc::new(Mutex::new(None));
    let policy = soon().on_retry({
        let (socket, server) = (socket.clone(), server.clone());
        move |retry| {
            assert!(matches!(retry.error(), ClientError::Connect(_)));
            if let Some(socket) = socket.lock().unwrap().take() {
                let listener: TcpListener = socket.listen(8).unwrap();
                let answers = [Answer::stream("data: a\n\n")];
                *server.lock().unwrap() = Some(Server::on(listener, answers));
            }
        }
    });
    let client = Client::new().policy(policy);
    assert_eq!(
        next(&mut client.get(url).unwrap().stream()).await,
        "message:a"
    );
}

#[tokio::test]
async fn a_query_is_in_no_error() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    let client = Client::new().policy(soon().max_attempts(1));
    let url = format!("http://{address}/events?token=secret");
    let error = last_error(&mut client.get(url).unwrap().stream()).await;
    let mut told = format!("{error:?}");
    let mut source = error.source();
    while let Some(error) = source {
        told += &format!(" {error}");
        source = error.source();
    }
    assert!(told.contains(&format!("{address}/events")), "{told}");
    assert!(!told.contains("secret"), "{told}");
}

#[tokio::test]
async fn an_attempt_without_an_answer_is_given_up() {
    let mut server = Server::new([Answer::raw("HTTP/1.1 200 OK\r\n").held()]).await;
    let policy = soon().open_timeout(Duration::from_millis(50));
    let client = Client::new().policy(policy.max_attempts(1));
    let error = last_error(&mut client.get(&server.url).unwrap().stream()).await;
    let ClientError::GaveUp { source, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(source.to_string(), "the server did not answer for 50ms");
    server.left().await;
}
