//! How long a line and an event may be.

use std::ops::ControlFlow;

use super::DecodeError;
use super::block::Stop;

#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) line: usize,
    pub(super) event: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line: 16 << 20,
            event: 16 << 20,
        }
    }
}

impl Limits {
    pub(super) fn line(self, bytes: usize) -> ControlFlow<Stop> {
        if bytes <= self.line {
            return ControlFlow::Continue(());
        }
        let limit = self.line;
        ControlFlow::Break(Stop::TooLong(DecodeError::LineTooLong { limit }))
    }

    pub(super) fn event(self, bytes: usize) -> ControlFlow<Stop> {
        if bytes <= self.event {
            return ControlFlow::Continue(());
        }
        let limit = self.event;
        ControlFlow::Break(Stop::TooLong(DecodeError::EventTooLong { limit }))
    }
}
