//! A client that speaks just enough HTTP/1.1, and controls when it reads.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) struct Client {
    socket: TcpStream,
    seen: Vec<u8>,
}

impl Client {
    /// Sends the request for a stream.
    pub(crate) async fn get(address: SocketAddr, path: &str) -> Self {
        Self::over(TcpSocket::new_v4().unwrap(), address, path).await
    }

    /// As [`get`](Self::get), with a small receive buffer, so that little is on its way when it stalls.
    pub(crate) async fn get_narrow(address: SocketAddr, path: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        Self::over(socket, address, path).await
    }

    async fn over(socket: TcpSocket, address: SocketAddr, path: &str) -> Self {
        let mut socket = socket.connect(address).await.unwrap();
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        Self {
            socket,
            seen: Vec::new(),
        }
    }

    /// Reads until `text` has come.
    pub(crate) async fn read_until(&mut self, text: &str) {
        let mut from = 0;
        while !self.seen[from..]
            .windows(text.len())
            .any(|window| window == text.as_bytes())
        {
            from = self.seen.len().saturating_sub(text.len());
            let read = self.socket.read_buf(&mut self.seen).await.unwrap();
            assert!(read > 0, "the end came before {text:?}");
        }
    }

    /// Reads to the end of the connection, whichever way it ends; what has come in all.
    pub(crate) async fn read_to_end(mut self) -> String {
        while self
            .socket
            .read_buf(&mut self.seen)
            .await
            .is_ok_and(|read| read > 0)
        {}
        String::from_utf8_lossy(&self.seen).into_owned()
    }

    /// What has come so far.
    pub(crate) fn seen(&self) -> String {
        String::from_utf8_lossy(&self.seen).into_owned()
    }

    /// Resets the connection, as a client does whose machine lost its way.
    pub(crate) fn vanish(self) {
        self.socket.set_zero_linger().unwrap();
    }
}

/// Waits until `condition` holds.
pub(crate) async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(
            started.elapsed() < 20 * SECOND,
            "not within 20 seconds: {what}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// These tests count what is alive in the whole process, so they run one after the other.
pub(crate) async fn alone() -> tokio::sync::MutexGuard<'static, ()> {
    static ONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    ONE.lock().await
}
