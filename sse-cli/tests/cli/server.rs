//! A server whose every answer is written by the test.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::program::PATIENCE;

/// The head of a stream that ends with its connection.
const STREAM: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";

#[derive(Debug)]
pub(crate) struct Server(TcpListener);

/// A request, and the connection it has come on.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
    socket: TcpStream,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").expect("a free port"))
    }

    /// A URL, whose scheme is left out as one does.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.0.local_addr().expect("it is bound"))
    }

    /// Waits for a request.
    pub(crate) fn asked(&self) -> Asked {
        let patience = Timespec {
            tv_sec: PATIENCE.as_secs().cast_signed(),
            tv_nsec: 0,
        };
        let come = poll(&mut [PollFd::new(&self.0, PollFlags::IN)], Some(&patience));
        assert_eq!(come, Ok(1), "no request has come");
        let (socket, _) = self.0.accept().expect("a connection");
        socket.set_read_timeout(Some(PATIENCE)).expect("a time");
        Asked::read(socket)
    }

    /// Waits for a request, and begins to answer it with a stream.
    pub(crate) fn streams(&self) -> Asked {
        let mut asked = self.asked();
        asked.stream("");
        asked
    }
}

impl Asked {
    fn read(socket: TcpStream) -> Self {
        let mut reader = BufReader::new(socket.try_clone().expect("a handle"));
        let mut lines = (&mut reader).lines().map(|line| line.expect("a head"));
        let line = lines.next().expect("a request");
        let headers: HashMap<_, _> = lines
            .take_while(|line| !line.is_empty())
            .filter_map(|line| {
                let (name, value) = line.split_once(": ")?;
                Some((name.to_owned(), value.to_owned()))
            })
            .collect();
        let length = headers
            .get("content-length")
            .map_or(0, |length| length.parse().expect("a number"));
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("a body");
        let body = String::from_utf8(body).expect("text");
        Self {
            line,
            headers,
            body,
            socket,
        }
    }

    /// A header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Sends bytes at once. A client that has gone misses nothing.
    pub(crate) fn write(&mut self, bytes: &str) {
        let _ = self.socket.write_all(bytes.as_bytes());
    }

    /// Begins to answer with a stream, and what comes of it at once.
    pub(crate) fn stream(&mut self, beginning: &str) {
        self.write(&format!("{STREAM}{beginning}"));
    }

    /// Answers with all of a body.
    pub(crate) fn answer(mut self, status: &str, content_type: &str, body: &str) {
        let length = body.len();
        self.write(&format!(
            "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        ));
    }

    /// Waits until the client has closed the connection.
    pub(crate) fn left(mut self) {
        let mut rest = Vec::new();
        // A reset is an end as well.
        let _ = self.socket.read_to_end(&mut rest);
        assert_eq!(rest, b"", "it asks for no more");
    }
}
