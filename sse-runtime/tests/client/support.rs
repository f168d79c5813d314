//! A server that answers each connection with the next of its answers, byte by byte as they are given.

use std::collections::VecDeque;
use std::time::Duration;

use sse_runtime::client::{Client, ClientError, EventStream, Message, Policy, Received};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// The head of a stream that ends with its connection.
pub(crate) const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";

/// What is written to one connection.
pub(crate) struct Answer {
    bytes: Vec<u8>,
    is_held: bool,
}

impl Answer {
    pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self {
            bytes,
            is_held: false,
        }
    }

    /// A stream of this text, which ends then.
    pub(crate) fn stream(text: &str) -> Self {
        Self::raw(format!("{HEAD}{text}"))
    }

    /// A response without a stream.
    pub(crate) fn status(status: &str, headers: &str, body: &str) -> Self {
        let length = body.len();
        Self::raw(format!(
            "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
        ))
    }

    pub(crate) fn redirect(status: u16, location: &str) -> Self {
        Self::status(
            &format!("{status} Elsewhere"),
            &format!("location: {location}\r\n"),
            "",
        )
    }

    /// Keeps the connection open until the client closes it.
    pub(crate) fn held(self) -> Self {
        Self {
            is_held: true,
            ..self
        }
    }
}

/// What a client has sent.
#[derive(Debug)]
pub(crate) struct Request {
    /// In lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    pub(crate) fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }
}

pub(crate) struct Server {
    pub(crate) url: String,
    requests: mpsc::UnboundedReceiver<Request>,
    left: mpsc::UnboundedReceiver<()>,
}

impl Server {
    /// Gives these answers, then 204.
    pub(crate) async fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::on(listener, answers)
    }

    pub(crate) fn on(listener: TcpListener, answers: impl IntoIterator<Item = Answer>) -> Self {
        let mut answers: VecDeque<Answer> = answers.into_iter().collect();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (seen, requests) = mpsc::unbounded_channel();
        let (leave, left) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let request = read_request(&mut socket).await;
                let gone = || Answer::status("204 No Content", "", "");
                let answer = answers.pop_front().unwrap_or_else(gone);
                let _ = seen.send(request);
                let leave = leave.clone();
                tokio::spawn(async move {
                    let _ = socket.write_all(&answer.bytes).await;
                    if answer.is_held {
                        while socket.read(&mut [0; 64]).await.is_ok_and(|read| read > 0) {}
                        let _ = leave.send(());
                    }
                    let _ = socket.shutdown().await;
                });
            }
        });
        Self {
            url,
            requests,
            left,
        }
    }

    /// The next request.
    pub(crate) async fn request(&mut self) -> Request {
        self.requests.recv().await.unwrap()
    }

    /// Whether there was another request so far.
    pub(crate) fn was_asked_again(&mut self) -> bool {
        self.requests.try_recv().is_ok()
    }

    /// The client has closed a connection that was held.
    pub(crate) async fn left(&mut self) {
        self.left.recv().await.unwrap();
    }
}

async fn read_request(socket: &mut TcpStream) -> Request {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match socket.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    let mut request = Request {
        head: String::from_utf8(head).unwrap().to_lowercase(),
        body: String::new(),
    };
    let length = request
        .header("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await.unwrap();
    request.body = String::from_utf8(body).unwrap();
    request
}

/// Comes back at once, nearly.
pub(crate) fn soon() -> Policy {
    Policy::new()
        .floor(Duration::from_millis(1))
        .ceiling(Duration::from_millis(2))
}

/// The events of a GET to `url`.
pub(crate) fn get(url: &str) -> EventStream {
    Client::new().policy(soon()).get(url).unwrap().stream()
}

/// The next event, as `name:data`.
pub(crate) async fn next(events: &mut EventStream) -> String {
    told(&events.next().await.unwrap().unwrap())
}

pub(crate) fn told(event: &Received<Message>) -> String {
    format!("{}:{}", event.event(), event.data())
}

/// The error with which a stream ends.
pub(crate) async fn last_error(events: &mut EventStream) -> ClientError {
    let error = events.next().await.unwrap().unwrap_err();
    assert!(events.next().await.is_none());
    error
}
