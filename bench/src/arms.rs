//! The ways to serve that are compared, each in a room of its own.

pub(crate) mod common;
pub(crate) mod gateway;
pub(crate) mod nchan;
pub(crate) mod ours;
pub(crate) mod raw;

use std::fmt;

/// One way to serve an event stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arm {
    /// `axum::response::Sse` over a `tokio::sync::broadcast`, with `KeepAlive`.
    Common,
    /// The crate `sse-gateway` 2.0, as it comes.
    Gateway,
    /// nginx with the module nchan.
    Nchan,
    /// The least that can be done: a socket and the bytes.
    Raw,
    /// This project under `axum::serve`.
    Ours,
    /// This project under its own `serve`.
    Serve,
}

impl Arm {
    pub(crate) const ALL: [Self; 6] = [
        Self::Common,
        Self::Gateway,
        Self::Nchan,
        Self::Raw,
        Self::Ours,
        Self::Serve,
    ];

    /// As it is said on the command line of a server process.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Common => "common",
            Self::Gateway => "gateway",
            Self::Nchan => "nchan",
            Self::Raw => "raw",
            Self::Ours => "ours",
            Self::Serve => "serve",
        }
    }

    /// Where its clients listen to what is published.
    pub(crate) fn live(self) -> &'static str {
        match self {
            Self::Gateway => gateway::PATH,
            _ => "/live",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|arm| arm.name() == name)
    }
}

impl fmt::Display for Arm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Common => "axum `Sse`",
            Self::Gateway => "sse-gateway",
            Self::Nchan => "nchan",
            Self::Raw => "raw",
            Self::Ours => "ours",
            Self::Serve => "ours, `serve`",
        })
    }
}

#[cfg(test)]
mod tests {
    use sse_runtime::Endpoint;
    use sse_runtime::wire::Frame;

    use super::*;
    use crate::event::{Quote, Tick};

    #[test]
    fn what_is_compared_is_the_same_event_of_122_bytes() {
        let tick = Tick::<Quote>::nth(3);
        let mut by_hand = Vec::new();
        raw::encode(&mut by_hand, &tick).expect("it is JSON");
        let mut by_us = Vec::new();
        let mut frame = Frame::new(&mut by_us);
        ours::TicksStream::encode(&tick, &mut frame).expect("it can be sent");
        frame.finish();
        assert_eq!(by_us, by_hand);
        assert_eq!(by_us.len(), 122);
    }
}
