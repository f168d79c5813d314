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

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the client has not read the end of its stream in time")
    }
}

impl error::Error for Cut {}
