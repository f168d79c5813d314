//! What cuts the stream.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// A cut comes after fewer bytes of an answer than this: some within the head, most after a few events.
const FARTHEST: usize = 1800;

/// How many bytes the publisher is ahead at least.
const AHEAD: usize = 2 * FARTHEST;

/// For scripts of this origin.
const PAGE: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n<!doctype html>";

#[derive(Debug)]
pub(super) struct Proxy {
    server: SocketAddr,
    cuts: AtomicUsize,
    most: usize,
    rng: Mutex<fastrand::Rng>,
    /// Bytes that were let through and that the publisher has not made use of.
    passed: Semaphore,
}

/// Where an answer is cut.
struct Cut {
    at: usize,
    reset: bool,
}

impl Proxy {
    pub(super) fn new(server: SocketAddr, seed: u64, most: usize) -> Self {
        Self {
            server,
            cuts: AtomicUsize::new(0),
            most,
            rng: Mutex::new(fastrand::Rng::with_seed(seed)),
            passed: Semaphore::new(AHEAD),
        }
    }

    pub(super) fn cuts(&self) -> usize {
        self.cuts.load(Ordering::Relaxed)
    }

    /// Waits until so many more bytes have been let through.
    pub(super) async fn let_through(&self, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let passed = self.passed.acquire_many(bytes).await;
        passed.expect("it is never closed").forget();
    }

    pub(super) async fn run(self: Arc<Self>, listener: TcpListener) {
        while let Ok((client, _)) = listener.accept().await {
            let proxy = Arc::clone(&self);
            tokio::spawn(async move {
                // A client or a server that goes ends its connection, and no more.
                let _ = proxy.connection(client).await;
            });
        }
    }

    async fn connection(&self, mut client: TcpStream) -> io::Result<()> {
        client.set_nodelay(true)?;
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            if client.read_buf(&mut request).await? == 0 {
                return Ok(());
            }
        }
        if !request.starts_with(b"GET /numbers") {
            return client.write_all(PAGE).await;
        }
        let mut server = TcpStream::connect(self.server).await?;
        server.write_all(&request).await?;
        let (from_server, mut to_server) = server.into_split();
        let (mut from_client, to_client) = client.into_split();
        tokio::select! {
            // The client has gone.
            _ = copy(&mut from_client, &mut to_server) => Ok(()),
            passed = self.pass(from_server, to_client, self.next_cut(), is_of_page(&request)) => passed,
        }
    }

    /// The next cut; none where they are used up.
    fn next_cut(&self) -> Option<Cut> {
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        (self.cuts() < self.most).then(|| Cut {
            at: rng.usize(..FARTHEST),
            reset: rng.bool(),
        })
    }

    /// Passes an answer on, up to the cut. That of a page is not cut within its head.
    async fn pass(
        &self,
        mut server: OwnedReadHalf,
        mut client: OwnedWriteHalf,
        cut: Option<Cut>,
        is_of_page: bool,
    ) -> io::Result<()> {
        let mut left = cut.as_ref().map_or(usize::MAX, |cut| cut.at);
        let mut buffer = Vec::with_capacity(16 << 10);
        if is_of_page {
            while head_of(&buffer).is_none() && server.read_buf(&mut buffer).await? > 0 {}
            left = left.saturating_add(head_of(&buffer).unwrap_or_default());
        }
        while left > 0 {
            if buffer.is_empty() && server.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
            buffer.truncate(left);
            client.write_all(&buffer).await?;
            left -= buffer.len();
            self.passed.add_permits(buffer.len());
            buffer.clear();
        }
        self.cuts.fetch_add(1, Ordering::Relaxed);
        if cut.is_some_and(|cut| cut.reset) {
            client.as_ref().set_zero_linger()?;
        }
        Ok(())
    }
}

/// Chromium, which says so of itself, takes a head that is cut off for a whole one.
fn is_of_page(request: &[u8]) -> bool {
    String::from_utf8_lossy(request)
        .to_ascii_lowercase()
        .contains("sec-fetch-mode:")
}

/// How long the head is, once it is there.
fn head_of(answer: &[u8]) -> Option<usize> {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    Some(end + 4)
}
