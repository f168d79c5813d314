//! A connection as HTTP sees it: its first bytes are there to be read, and what is written to it does
//! not pile up in the kernel.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::preface::{Preface, Version};
use super::socket::Segments;

#[derive(Debug)]
pub(super) struct Transport<I> {
    io: I,
    preface: Preface,
    segments: Segments,
}

impl<I: AsyncRead + Unpin> Transport<I> {
    pub(super) fn new(io: I) -> Self {
        Self {
            io,
            preface: Preface::default(),
            segments: Segments::default(),
        }
    }

    /// The version that the client speaks; `None` where it has sent nothing and gone.
    pub(super) async fn version(&mut self) -> io::Result<Option<Version>> {
        self.preface.version(&mut self.io).await
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Transport<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        self.preface.replay(buf);
        // What follows goes behind it at once: hyper makes its buffer twice as large for a head that
        // does not come in one piece.
        match Pin::new(&mut self.io).poll_read(cx, buf) {
            Poll::Pending if buf.filled().len() > before => Poll::Ready(Ok(())),
            read => read,
        }
    }
}

impl<I: AsyncWrite + Unpin + 'static> AsyncWrite for Transport<I> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        this.segments.poll_write(&mut this.io, cx, bufs)
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
