//! Tells HTTP/2 from HTTP/1.1 by the first bytes of a connection.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

/// "In HTTP/2, each endpoint is required to send a connection preface as a final confirmation of the
/// protocol in use", the client's "starts with a sequence of 24 octets" (RFC 9113 §3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The version that a client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    Http1,
    Http2,
}

/// The first bytes of a connection, which have been looked at and are to be read again.
#[derive(Debug, Default)]
pub(super) struct Preface {
    head: [u8; PREFACE.len()],
    /// What of `head` has been received.
    received: u8,
    /// What of `head` has been read again.
    read: u8,
}

impl Preface {
    /// Reads as far as it takes to know the version; `None` where the client has sent nothing and
    /// gone.
    pub(super) async fn version<I>(&mut self, io: &mut I) -> io::Result<Option<Version>>
    where
        I: AsyncRead + Unpin,
    {
        loop {
            let (head, rest) = self.head.split_at_mut(self.received.into());
            if !PREFACE.starts_with(head) {
                return Ok(Some(Version::Http1));
            }
            if rest.is_empty() {
                return Ok(Some(Version::Http2));
            }
            match io.read(rest).await? {
                0 if head.is_empty() => return Ok(None),
                // What there is of it is for HTTP/1.1 to complain about.
                0 => return Ok(Some(Version::Http1)),
                // At most 24.
                read => self.received += read as u8,
            }
        }
    }

    /// Puts what is to be read again into `buf`, as far as it has room.
    pub(super) fn replay(&mut self, buf: &mut ReadBuf<'_>) {
        let again = usize::from(self.read)..usize::from(self.received);
        let again = self.head.get(again).unwrap_or_default();
        let (again, _) = again.split_at(again.len().min(buf.remaining()));
        buf.put_slice(again);
        self.read += again.len() as u8;
    }
}
