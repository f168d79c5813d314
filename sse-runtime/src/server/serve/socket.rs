//! Options of the sockets that are accepted.

use std::any::Any;
use std::io;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::TcpStream;

/// What the kernel may hold for a connection that it has not sent yet. Without it a client that does
/// not read makes it hold up to 4 MB, and what is sent grows old there.
#[cfg(any(target_os = "android", target_os = "linux"))]
const NOT_SENT: u32 = 16 * 1024;

#[derive(Debug, Clone, Copy)]
pub(super) struct Sockets {
    /// How long data may be on its way, or wait for the client to read, until it counts as gone.
    pub(super) user_timeout: Duration,
}

impl Sockets {
    pub(super) fn new() -> Self {
        Self {
            user_timeout: Duration::from_secs(30),
        }
    }

    /// Sets the options of a connection, where it is TCP.
    pub(super) fn prepare(&self, io: &dyn Any) {
        if let Some(stream) = io.downcast_ref::<TcpStream>()
            && let Err(error) = self.set(&SockRef::from(stream))
        {
            // As for one that is closed already. It is served all the same, if late.
            tracing::debug!(%error, "an option of a connection cannot be set");
        }
    }

    fn set(&self, socket: &SockRef<'_>) -> io::Result<()> {
        socket.set_tcp_nodelay(true)?;
        #[cfg(any(target_os = "android", target_os = "linux"))]
        {
            socket.set_tcp_notsent_lowat(NOT_SENT)?;
            socket.set_tcp_user_timeout(Some(self.user_timeout))?;
        }
        Ok(())
    }
}
