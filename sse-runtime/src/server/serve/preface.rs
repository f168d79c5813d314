//! Tells HTTP/2 from HTTP/1.1 by the first bytes of a connection.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

/// "In HTTP/2, each endpoint is required to send a connection preface as a final confirmation of the
/// protocol in use", the client's "starts with a sequence of 24 octets" (RFC 9113 §3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The version that a client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    Http1,
    Http2,
}

/// A connection whose first bytes have been looked at, and are read again.
#[derive(Debug)]
pub(super) struct Replayed<I> {
    io: I,
    head: [u8; PREFACE.len()],
    /// What of `head` has been received.
    received: u8,
    /// What of `head` has been read again.
    read: u8,
}

impl<I: AsyncRead + Unpin> Replayed<I> {
    pub(super) fn new(io: I) -> Self {
        Self {
            io,
            head: [0; PREFACE.len()],
            received: 0,
            read: 0,
        }
    }

    /// Reads as far as it takes to know the version; `None` where the client has sent nothing and
    /// gone.
    pub(super) async fn version(&mut self) -> io::Result<Option<Version>> {
        loop {
            let received = usize::from(self.received);
            let (head, rest) = self.head.split_at_mut(received);
            if !PREFACE.starts_with(head) {
                return Ok(Some(Version::Http1));
            }
            if rest.is_empty() {
                return Ok(Some(Version::Http2));
            }
            match self.io.read(rest).await? {
                0 if received == 0 => return Ok(None),
                // What there is of it is for HTTP/1.1 to complain about.
                0 => return Ok(Some(Version::Http1)),
                // At most 24.
                read => self.received += read as u8,
            }
        }
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Replayed<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let again = usize::from(this.read)..usize::from(this.received);
        let again = this.head.get(again).unwrap_or_default();
        let (again, _) = again.split_at(again.len().min(buf.remaining()));
        buf.put_slice(again);
        this.read += again.len() as u8;
        // What follows goes behind it at once: a reader that is given 24 bytes, and no request, makes
        // its buffer larger.
        match Pin::new(&mut this.io).poll_read(cx, buf) {
            Poll::Pending if !again.is_empty() => Poll::Ready(Ok(())),
            read => read,
        }
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Replayed<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
