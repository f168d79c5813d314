use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::{error, fmt};

use bytes::Bytes;
use http_body::{Body, Frame};

use super::driver::{Cut, Driver};

/// The body of a stream: each poll runs the service and takes what it has sent.
pub(super) struct EventStreamBody(pub(super) Driver);

impl Body for EventStreamBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let bytes = ready!(self.0.poll_bytes(cx));
        Poll::Ready(bytes.map(|bytes| bytes.map(Frame::data)))
    }
}

/// The body of an answer to HEAD: empty, and of no length that could be told. "A server MUST NOT send
/// Content-Length in such a response unless its field value equals the decimal number of octets that
/// would have been sent in the content of a response if the same request had used the GET method"
/// (RFC 9110 §8.6).
pub(super) struct NoBody;

impl Body for NoBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Poll::Ready(None)
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the client has not read the end of its stream in time")
    }
}

impl error::Error for Cut {}
