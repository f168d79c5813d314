//! A server that answers each connection with the next of its answers, byte by byte as they are given.

use std::time::Duration;

use sse_runtime::client::Policy;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// What is written to one connection, which is closed then.
pub(crate) type Answer = String;

pub(crate) const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
pub(crate) const GONE: &str = "HTTP/1.1 204 No Content\r\n\r\n";

pub(crate) struct Server {
    pub(crate) url: String,
    heads: mpsc::UnboundedReceiver<String>,
}

impl Server {
    /// Gives these answers, then 204.
    pub(crate) async fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers: Vec<Answer> = answers.into_iter().collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (seen, heads) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut answers = answers.into_iter();
            while let Ok((mut socket, _)) = listener.accept().await {
                let head = read_head(&mut socket).await;
                let answer = answers.next().unwrap_or_else(|| GONE.to_owned());
                let _ = seen.send(head);
                let _ = socket.write_all(answer.as_bytes()).await;
                let _ = socket.shutdown().await;
            }
        });
        Self { url, heads }
    }

    /// The head of the next request, in lower case.
    pub(crate) fn head(&mut self) -> String {
        self.heads.try_recv().unwrap()
    }
}

async fn read_head(socket: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match socket.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap().to_lowercase()
}

/// Comes back at once, nearly.
pub(crate) fn soon() -> Policy {
    Policy::new()
        .floor(Duration::from_millis(1))
        .ceiling(Duration::from_millis(2))
}
