//! The runtime by another name: `sse_runtime` is not there, so generated code that named it would
//! not compile.

/// A dependency that is renamed in `Cargo.toml`.
pub mod renamed {
    use events::{Problem, server_sent_events};

    /// A clock.
    #[server_sent_events(crate = ::events, event_name = "tick")]
    pub trait Clock {
        /// Every second.
        async fn ticks(&self, stream: impl TicksServerStream<u64>) -> Result<(), Problem>;
    }
}

/// The same, as a text.
pub mod renamed_as_text {
    use events::{Context, Problem, server_sent_events};

    /// A clock.
    #[server_sent_events(crate = "::events")]
    pub trait Clock {
        /// Every second.
        async fn ticks(
            &self,
            context: Context,
            stream: impl TicksServerStream<u64>,
        ) -> Result<(), Problem>;
    }
}
