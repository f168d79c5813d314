//! TCP as streams want it: nothing waits to be sent for long, and what waits is little.

use std::any::Any;
use std::io::{self, IoSlice};
use std::pin::Pin;
#[cfg(target_os = "linux")]
use std::task::ready;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::AsyncWrite;
#[cfg(target_os = "linux")]
use tokio::io::Interest;
use tokio::net::TcpStream;

/// Beyond this the kernel begins no new segment while what it holds has not been sent. Without it a
/// client that does not read makes it hold up to 4 MB, and what is sent grows old there.
#[cfg(target_os = "linux")]
const NOT_SENT: u32 = 8 * 1024;
/// A segment that has been begun ends with the write that makes it this large.
#[cfg(target_os = "linux")]
const SEGMENT: usize = 4 * 1024;
/// So many slices are written at once; of more the kernel takes none.
#[cfg(target_os = "linux")]
const SLICES: usize = libc::UIO_MAXIOV as usize;

/// Options of the sockets that are accepted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    /// How long data may be on its way, or wait for the client to read, until it counts as gone.
    pub(super) user_timeout: Duration,
}

impl Options {
    /// Sets the options of a connection, where it is TCP.
    pub(super) fn set(&self, io: &dyn Any) {
        if let Some(stream) = io.downcast_ref::<TcpStream>()
            && let Err(error) = self.try_set(&SockRef::from(stream))
        {
            // As for one that is closed already. It is served all the same, if late.
            tracing::debug!(%error, "an option of a connection cannot be set");
        }
    }

    fn try_set(&self, socket: &SockRef<'_>) -> io::Result<()> {
        socket.set_tcp_nodelay(true)?;
        #[cfg(target_os = "linux")]
        {
            socket.set_tcp_notsent_lowat(NOT_SENT)?;
            socket.set_tcp_user_timeout(Some(self.user_timeout))?;
        }
        Ok(())
    }
}

/// Ends the segments of the kernel's queue.
///
/// The kernel looks at `TCP_NOTSENT_LOWAT` when it begins a segment, and goes on to fill one that it
/// has begun: up to 64 KiB, where the client was fast before it stopped reading. So segments are ended
/// here, with `MSG_EOR`; not by every write, as what no packet has carried yet shall share one.
#[derive(Debug, Default)]
pub(super) struct Segments {
    /// What has been written since one was ended.
    #[cfg(target_os = "linux")]
    open: usize,
}

impl Segments {
    pub(super) fn poll_write<I: AsyncWrite + Unpin + 'static>(
        &mut self,
        io: &mut I,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        #[cfg(target_os = "linux")]
        if let Some(stream) = (io as &dyn Any).downcast_ref() {
            return self.poll_send(stream, cx, bufs);
        }
        Pin::new(io).poll_write_vectored(cx, bufs)
    }

    #[cfg(target_os = "linux")]
    fn poll_send(
        &mut self,
        stream: &TcpStream,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let bufs = bufs.get(..SLICES).unwrap_or(bufs);
        let offered: usize = bufs.iter().map(|buf| buf.len()).sum();
        let ends = self.open + offered >= SEGMENT;
        let flags = libc::MSG_NOSIGNAL | if ends { libc::MSG_EOR } else { 0 };
        let send = || SockRef::from(stream).send_vectored_with_flags(bufs, flags);
        loop {
            ready!(stream.poll_write_ready(cx))?;
            match stream.try_io(Interest::WRITABLE, send) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
                Ok(written) => {
                    // What is left of a write that was taken in part comes again, and ends it then.
                    let has_ended = ends && written == offered;
                    self.open = if has_ended { 0 } else { self.open + written };
                    return Poll::Ready(Ok(written));
                }
            }
        }
    }
}
