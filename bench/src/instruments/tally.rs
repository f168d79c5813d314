//! Exact counts of a server process: writes to sockets, and what is on its heap.

use std::alloc::System;
use std::fmt;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};

use axum::serve::Listener;
use stats_alloc::StatsAlloc;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// The allocator of a process that counts.
pub(crate) type Heap = &'static StatsAlloc<System>;

/// A process is one server, so it has one count.
static WRITES: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

/// What a server process has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Calls that wrote to a socket, as many parts as each of them had.
    pub(crate) writes: u64,
    pub(crate) bytes: u64,
    /// Allocations, those included that grow one.
    pub(crate) allocations: u64,
    /// Bytes on the heap now.
    pub(crate) live: u64,
}

impl Counts {
    pub(crate) fn now(heap: Option<Heap>) -> Self {
        let heap = heap.map(StatsAlloc::stats).unwrap_or_default();
        // What grows in place counts as allocated where it grows, and as freed where it shrinks.
        let live = heap.bytes_allocated - heap.bytes_deallocated;
        Self {
            writes: WRITES.load(Relaxed),
            bytes: BYTES.load(Relaxed),
            allocations: (heap.allocations + heap.reallocations) as u64,
            live: live as u64,
        }
    }
}

/// One line, which is read back.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            writes,
            bytes,
            allocations,
            live,
        } = self;
        writeln!(f, "{writes} {bytes} {allocations} {live}")
    }
}

impl FromStr for Counts {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        let numbers: Result<Vec<u64>, _> = line.split_whitespace().map(str::parse).collect();
        match numbers.as_deref() {
            Ok(&[writes, bytes, allocations, live]) => Ok(Self {
                writes,
                bytes,
                allocations,
                live,
            }),
            _ => Err(format!("`{line}` is no line of counts")),
        }
    }
}

/// A socket whose writes are counted.
pub(crate) struct Tallied<S>(pub(crate) S);

fn tally(result: io::Result<usize>) -> io::Result<usize> {
    if let Ok(bytes) = result {
        WRITES.fetch_add(1, Relaxed);
        BYTES.fetch_add(bytes as u64, Relaxed);
    }
    result
}

impl Tallied<TcpStream> {
    pub(crate) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        tally(self.0.try_write(bytes))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tallied<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf).map(tally)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0)
            .poll_write_vectored(cx, bufs)
            .map(tally)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tallied<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

/// A listener whose connections are counted.
pub(crate) struct TalliedListener(pub(crate) TcpListener);

impl Listener for TalliedListener {
    type Io = Tallied<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (socket, address) = Listener::accept(&mut self.0).await;
        // It fails where the client is gone already.
        let _ = socket.set_nodelay(true);
        (Tallied(socket), address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}
