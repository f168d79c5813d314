#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations)]
#![deny(rust_2018_idioms, unused_qualifications, single_use_lifetimes)]
//! Everything generated is documented, and lints that a user turns on do not see it.

/// Of a library.
pub mod library {
    use sse_runtime::{Context, Problem, server_sent_events};

    /// A clock.
    #[server_sent_events(event_name = "tick")]
    pub trait Clock {
        /// Every second.
        ///
        /// As `{"a": 1}`, with [links](Clock::ticks).
        async fn ticks(
            &self,
            context: Context,
            stream: impl TicksServerStream<u64>,
        ) -> Result<(), Problem>;

        #[doc = concat!("Every", " ", "hour.")]
        #[doc(alias = "bells")]
        async fn hours(&self, stream: impl HoursServerStream<u64>) -> Result<(), Problem>;
    }
}

mod private {
    use sse_runtime::{Problem, server_sent_events};

    #[server_sent_events]
    pub(crate) trait Clock {
        async fn ticks(&self, stream: impl TicksServerStream<u64>) -> Result<(), Problem>;
    }

    #[derive(Debug)]
    pub(crate) struct Sundial;

    impl Clock for Sundial {
        async fn ticks(&self, _stream: impl TicksServerStream<u64>) -> Result<(), Problem> {
            Ok(())
        }
    }
}

#[test]
fn it_compiles() {
    let _: axum::Router = private::ClockServer::new(private::Sundial).into_router();
}
