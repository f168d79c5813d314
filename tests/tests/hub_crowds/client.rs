//! Clients that speak just enough HTTP/1.1, and control when they read.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

pub(crate) struct Client {
    socket: TcpStream,
    read: Vec<u8>,
    /// What is left of the chunk that has begun, with the line end behind it.
    chunk: usize,
    /// All bytes that were read from the socket.
    pub(crate) received: usize,
}

impl Client {
    /// Comes, and waits for the head of the answer.
    pub(crate) async fn new(address: SocketAddr, query: &str, last_event_id: &str) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        Self::over(socket, address, query, last_event_id).await
    }

    /// As [`new`](Self::new), with a small receive buffer, so that little is on its way to it.
    pub(crate) async fn narrow(address: SocketAddr, query: &str) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4096).expect("a small buffer");
        Self::over(socket, address, query, "").await
    }

    async fn over(
        socket: TcpSocket,
        address: SocketAddr,
        query: &str,
        last_event_id: &str,
    ) -> Self {
        let socket = socket.connect(address).await.expect("a connection");
        let mut client = Self {
            socket,
            read: Vec::new(),
            chunk: 0,
            received: 0,
        };
        let id = match last_event_id {
            "" => String::new(),
            id => format!("last-event-id: {id}\r\n"),
        };
        let request = format!(
            "GET /ticks?{query} HTTP/1.1\r\nhost: h\r\naccept: text/event-stream\r\n{id}\r\n"
        );
        let sent = client.socket.write_all(request.as_bytes()).await;
        sent.expect("sent");
        let head = loop {
            let end = client.read.windows(4).position(|it| it == b"\r\n\r\n");
            match end {
                Some(end) => break client.read.drain(..end + 4).collect::<Vec<_>>(),
                None => client.receive(u64::MAX).await,
            }
        };
        assert!(head.starts_with(b"HTTP/1.1 200"), "{}", text(&head));
        client
    }

    async fn receive(&mut self, most: u64) {
        let mut socket = (&mut self.socket).take(most);
        let received = socket.read_buf(&mut self.read).await.expect("read");
        assert!(received > 0, "the end came");
        self.received += received;
    }

    /// The next bytes of the stream, of one read of the socket or a few.
    pub(crate) async fn next(&mut self) -> Vec<u8> {
        self.next_at_most(u64::MAX).await
    }

    /// As [`next`](Self::next), by reads of so many bytes.
    pub(crate) async fn next_at_most(&mut self, bytes: u64) -> Vec<u8> {
        let mut payload = Vec::new();
        loop {
            let read = std::mem::take(&mut self.read);
            self.read = self.unwrap(&read, &mut payload).to_vec();
            if !payload.is_empty() {
                return payload;
            }
            self.receive(bytes).await;
        }
    }

    /// Takes the contents of chunks out of what was read; what is left begins in the line of a size.
    fn unwrap<'a>(&mut self, mut read: &'a [u8], payload: &mut Vec<u8>) -> &'a [u8] {
        loop {
            let taken = self.chunk.min(read.len());
            // The line end behind it is not of it.
            let content = taken.min(self.chunk.saturating_sub(2));
            payload.extend_from_slice(&read[..content]);
            self.chunk -= taken;
            read = &read[taken..];
            let Some(end) = read.windows(2).position(|it| it == b"\r\n") else {
                return read;
            };
            let size = usize::from_str_radix(text(&read[..end]), 16).expect("a size");
            assert!(size > 0, "the end came");
            self.chunk = size + 2;
            read = &read[end + 2..];
        }
    }

    /// Reads until so many blocks have come; what came.
    pub(crate) async fn blocks(&mut self, blocks: usize) -> String {
        let mut got = Vec::new();
        while text(&got).matches("\n\n").count() < blocks {
            got.extend(self.next().await);
        }
        text(&got).to_owned()
    }
}

pub(crate) fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("UTF-8")
}

/// The numbers of the ticks in it.
pub(crate) fn numbers(text: &str) -> Vec<u64> {
    let after = text.split("\"n\":").skip(1);
    let digits = after.map(|rest| rest.split(',').next().unwrap_or_default());
    digits
        .map(|digits| digits.parse().expect("a number"))
        .collect()
}
