//! What a server answers, byte by byte.

use std::fmt::Write;
use std::time::Duration;

/// One answer to one request, on a connection of its own.
#[derive(Clone, Debug)]
pub struct Answer {
    /// As it goes out, but that `{home}` and `{foreign}` in it become the URLs of the run there.
    head: String,
    /// Each goes out by itself.
    pieces: Vec<Vec<u8>>,
    /// How long the server waits after each.
    pause: Duration,
    /// How many bytes of the body a client has been sent when all has gone out.
    body: usize,
    end: End,
}

/// How a connection ends once all has gone out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By a FIN.
    Close,
    /// By a RST.
    Reset,
    /// Not at all: it stays silent until the client goes.
    Silence,
}

/// What ends a chunked body.
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

impl Answer {
    /// An event stream that says this and ends as it should.
    pub(super) fn stream(text: impl AsRef<[u8]>) -> Self {
        Self::stream_of("content-type: text/event-stream\r\n", [text])
    }

    /// A body in these chunks, each of which reaches a client by itself, below a head with these lines.
    pub(super) fn stream_of(
        lines: &str,
        chunks: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> Self {
        let head = format!("200 OK\r\n{lines}transfer-encoding: chunked\r\n");
        let chunks = chunks.into_iter();
        let chunks = chunks.filter(|chunk| !chunk.as_ref().is_empty());
        let mut body = 0;
        let framed = chunks.map(|chunk| {
            let chunk = chunk.as_ref();
            body += chunk.len();
            [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat()
        });
        let mut answer = Self::of(&head);
        answer.pieces = framed.chain([LAST_CHUNK.to_vec()]).collect();
        answer.body = body;
        answer
    }

    /// An event stream in these chunks.
    pub(super) fn chunks(chunks: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        Self::stream_of("content-type: text/event-stream\r\n", chunks)
    }

    /// A status line and lines of a head, without a body.
    pub(super) fn empty(status: &str) -> Self {
        Self::of(&format!("{status}\r\ncontent-length: 0\r\n"))
    }

    /// A body of some type.
    pub(super) fn page(status: &str, content_type: &str, body: &str) -> Self {
        let length = body.len();
        let mut answer = Self::of(&format!(
            "{status}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n"
        ));
        answer.pieces.push(body.as_bytes().to_vec());
        answer
    }

    /// An error as RFC 9457 has it.
    pub(super) fn problem(status: &str, title: &str) -> Self {
        let code = status.get(..3).unwrap_or(status);
        let body = format!(r#"{{"title":"{title}","status":{code},"detail":"as the test says"}}"#);
        Self::page(status, "application/problem+json", &body)
    }

    /// A redirect.
    pub(super) fn redirect(status: &str, location: &str) -> Self {
        Self::empty(status).header("location", location)
    }

    /// What stops a client.
    pub(super) fn stop() -> Self {
        Self::of("204 No Content\r\n")
    }

    /// These bytes and nothing else.
    pub(super) fn raw(bytes: &str) -> Self {
        Self {
            head: bytes.to_owned(),
            pieces: Vec::new(),
            pause: Duration::ZERO,
            body: 0,
            end: End::Close,
        }
    }

    /// A head of these lines, after which the client is told that the connection ends.
    fn of(lines: &str) -> Self {
        Self::raw(&format!("HTTP/1.1 {lines}connection: close\r\n\r\n"))
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        let end = self.head.len().saturating_sub(2);
        self.head.truncate(end);
        // Writing into a `String` does not fail.
        let _ = write!(self.head, "{name}: {value}\r\n\r\n");
        self
    }

    /// Without the last chunk, so that a client knows that something is missing.
    pub(super) fn broken(mut self, end: End) -> Self {
        if self.pieces.last().is_some_and(|last| last == LAST_CHUNK) {
            self.pieces.pop();
        }
        self.end = end;
        self
    }

    pub(super) fn ends(mut self, end: End) -> Self {
        self.end = end;
        self
    }

    /// So many bytes of what goes out with the head are body.
    pub(super) fn body(mut self, bytes: usize) -> Self {
        self.body = bytes;
        self
    }

    /// With so many milliseconds after each chunk.
    pub(super) fn paced_ms(mut self, pause: u64) -> Self {
        self.pause = Duration::from_millis(pause);
        self
    }

    pub(super) fn pause(&self) -> Duration {
        self.pause
    }

    pub(super) fn end(&self) -> End {
        self.end
    }

    /// What a client must have heard before the connection breaks, where it does.
    pub(super) fn breaks_after(&self) -> Option<usize> {
        let is_whole = self.pieces.last().is_some_and(|last| last == LAST_CHUNK);
        (!is_whole && self.body > 0).then_some(self.body)
    }

    /// What goes out: to a page of that origin, with the headers that let it read the answer.
    pub(super) fn pieces(&self, home: &str, foreign: &str, page: Option<&str>) -> Vec<Vec<u8>> {
        let mut head = self
            .head
            .replace("{home}", home)
            .replace("{foreign}", foreign);
        if let (Some(page), Some(at)) = (page, head.find("\r\n")) {
            head.insert_str(at + 2, &allowing(page));
        }
        let head = (!head.is_empty()).then(|| head.into_bytes());
        head.into_iter().chain(self.pieces.clone()).collect()
    }
}

/// The headers that let a page of another origin send what a client sends, and read all it is answered.
fn allowing(page: &str) -> String {
    format!(
        "access-control-allow-origin: {page}\r\n\
         access-control-allow-methods: GET, POST\r\n\
         access-control-allow-headers: authorization, content-type, last-event-id, x-custom\r\n\
         access-control-expose-headers: *\r\n\
         vary: origin\r\n"
    )
}
