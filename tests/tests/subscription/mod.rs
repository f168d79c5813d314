//! A client that sees the bytes of an event stream.

use reqwest::{Client, RequestBuilder, Response, StatusCode};

/// An open stream.
pub(crate) struct Subscription {
    response: Response,
    bytes: Vec<u8>,
}

impl Subscription {
    /// Waits until the stream is open.
    pub(crate) async fn open(url: &str) -> Self {
        Self::of(Client::new().get(url)).await
    }

    /// As a client that comes back.
    pub(crate) async fn resume(url: &str, last_event_id: &str) -> Self {
        let request = Client::new().get(url);
        Self::of(request.header("last-event-id", last_event_id)).await
    }

    async fn of(request: RequestBuilder) -> Self {
        let request = request.header("accept", "text/event-stream");
        let response = request.send().await.expect("the server answers");
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(
            response.headers()["content-type"].to_str().ok(),
            Some("text/event-stream")
        );
        Self {
            response,
            bytes: Vec::new(),
        }
    }

    /// The next block as it is on the wire, without its blank line; `None` at the end.
    pub(crate) async fn block(&mut self) -> Option<String> {
        loop {
            if let Some(at) = self.bytes.windows(2).position(|pair| pair == b"\n\n") {
                let mut block: Vec<u8> = self.bytes.drain(..at + 2).collect();
                block.truncate(at);
                return Some(String::from_utf8(block).expect("a stream is UTF-8"));
            }
            match self.response.chunk().await.expect("the stream is not cut") {
                Some(bytes) => self.bytes.extend(bytes),
                None => {
                    assert!(self.bytes.is_empty(), "a stream ends after a blank line");
                    return None;
                }
            }
        }
    }

    /// The next blocks.
    pub(crate) async fn blocks<const N: usize>(&mut self) -> [String; N] {
        let mut blocks = [const { String::new() }; N];
        for block in &mut blocks {
            *block = self.block().await.expect("the stream goes on");
        }
        blocks
    }

    /// All blocks to the end.
    pub(crate) async fn rest(mut self) -> Vec<String> {
        let mut blocks = Vec::new();
        while let Some(block) = self.block().await {
            blocks.push(block);
        }
        blocks
    }
}
