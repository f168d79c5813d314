//! The body of a response into what its stream says.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use http_body::Body as _;

use super::event::{End, Event, Item, Position};
use crate::names::END_OF_STREAM;
use crate::wire::{self, DecodeError, Decoder};

/// How much of one response is kept. A test that is sent more than this most likely reads a stream
/// that never ends, and never waits either.
const KEPT: usize = 64 << 20;

/// Why a stream is not read on.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// It is over a limit of the decoder, which then goes on.
    Decode(DecodeError),
    /// It has more bytes than are kept.
    TooMuch,
}

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Decode(error) => error.fmt(f),
            Self::TooMuch => write!(
                f,
                "more than {KEPT} bytes came; does the stream send without ever waiting?"
            ),
        }
    }
}

#[derive(Debug)]
pub(super) struct Reading {
    /// Until it has ended or was cut.
    body: Option<Body>,
    /// After how many bytes it is to be cut.
    cut_at: Option<usize>,
    /// What the server cut it with.
    error: Option<axum::Error>,
    received: Vec<u8>,
    decoder: Decoder,
    /// The line at hand, as far as it has come: the decoder passes over comments.
    line: Vec<u8>,
    /// What was received and is not taken yet.
    items: VecDeque<Result<Item, Stop>>,
    is_for_good: bool,
    pub(super) position: Position,
}

impl Reading {
    pub(super) fn new(body: Body, position: Position) -> Self {
        Self {
            body: Some(body),
            cut_at: None,
            error: None,
            received: Vec::new(),
            decoder: Decoder::new(),
            line: Vec::new(),
            items: VecDeque::new(),
            is_for_good: false,
            position,
        }
    }

    /// There is nothing to come, and its client is to stay away.
    pub(super) fn ends_for_good(&mut self) {
        self.body = None;
        self.is_for_good = true;
    }

    /// Loses the connection when so many bytes have been received in all.
    pub(super) fn cut_at(&mut self, byte: usize) {
        self.cut_at = Some(byte);
        self.cut_if_due();
    }

    /// All that was received.
    pub(super) fn received(&self) -> &[u8] {
        &self.received
    }

    /// What the server cut the connection with.
    pub(super) fn error(&self) -> Option<&axum::Error> {
        self.error.as_ref()
    }

    /// The next thing that the stream says. Nothing is lost where this is not waited for.
    pub(super) fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Result<Item, Stop>> {
        loop {
            if let Some(item) = self.take() {
                return Poll::Ready(item);
            }
            if self.body.is_none() {
                return Poll::Ready(Ok(Item::End(self.end())));
            }
            if let Err(stop) = ready!(self.poll_bytes(cx)) {
                return Poll::Ready(Err(stop));
            }
        }
    }

    /// The next thing of what was received.
    pub(super) fn take(&mut self) -> Option<Result<Item, Stop>> {
        let item = self.items.pop_front()?;
        if let Ok(item) = &item {
            self.position.pass(item);
        }
        Some(item)
    }

    /// Waits for the end of the body, whatever it is. All that comes is still to be taken.
    pub(super) fn poll_all(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Stop>> {
        while self.body.is_some() {
            ready!(self.poll_bytes(cx))?;
        }
        Poll::Ready(Ok(()))
    }

    fn end(&self) -> End {
        let is_cut = self.error.is_some() || self.is_cut();
        match self.is_for_good {
            _ if is_cut => End::Cut,
            true => End::ForGood,
            false => End::ForNow,
        }
    }

    fn is_cut(&self) -> bool {
        self.cut_at.is_some_and(|byte| self.received.len() >= byte)
    }

    fn cut_if_due(&mut self) {
        if self.is_cut() {
            self.body = None;
        }
    }

    /// Receives the next bytes, or that there are none.
    fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Stop>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(Ok(()));
        };
        match ready!(Pin::new(body).poll_frame(cx)) {
            None => self.body = None,
            Some(Err(error)) => {
                self.error = Some(error);
                self.body = None;
            }
            // A stream has no trailers; those of another response are of no use to a test.
            Some(Ok(frame)) => {
                if let Ok(bytes) = frame.into_data() {
                    return Poll::Ready(self.receive(&bytes));
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Copies the bytes, so that the frame is dropped at once as by a connection that has written it.
    fn receive(&mut self, bytes: &Bytes) -> Result<(), Stop> {
        let most = self.cut_at.unwrap_or(usize::MAX);
        let most = most.saturating_sub(self.received.len());
        let bytes = bytes.get(..most).unwrap_or(bytes);
        if self.received.len() + bytes.len() > KEPT {
            self.body = None;
            return Err(Stop::TooMuch);
        }
        self.received.extend_from_slice(bytes);
        for piece in bytes.split_inclusive(|byte| matches!(byte, b'\r' | b'\n')) {
            self.piece(piece);
        }
        self.cut_if_due();
        Ok(())
    }

    /// Takes a line, or a part of one.
    fn piece(&mut self, piece: &[u8]) {
        self.line.extend_from_slice(piece);
        if let Some(line) = self
            .line
            .strip_suffix(b"\n")
            .or(self.line.strip_suffix(b"\r"))
        {
            // "If the line starts with a U+003A COLON character (:) Ignore the line." (§9.2.6)
            if let Some(comment) = line.strip_prefix(b":") {
                let comment = String::from_utf8_lossy(comment).into_owned();
                self.items.push_back(Ok(Item::Comment(comment)));
            }
            self.line.clear();
        }
        self.decoder.push(Bytes::copy_from_slice(piece));
        loop {
            let item = match self.decoder.next_item() {
                Ok(None) => return,
                Ok(Some(wire::Item::Message(message))) => Ok(Item::Event(Event::of(&message))),
                Ok(Some(wire::Item::LastEventId(id))) => Ok(Item::LastEventId(id.to_owned())),
                Ok(Some(wire::Item::Retry(time))) => Ok(Item::Retry(time)),
                Err(error) => Err(Stop::Decode(error)),
            };
            self.is_for_good = self.decoder.last_event_id() == END_OF_STREAM;
            self.items.push_back(item);
        }
    }
}
