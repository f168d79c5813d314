//! What a server and its clients share: the trait, the events and the payloads.
//!
//! With `client` alone there is no axum, and it builds for a browser (`wasm32`): the trait and its
//! server are there with `server`, the client with `client`, the endpoints with either. What only the
//! trait needs is named by its path, as an import would be unused where there is no trait.

#[cfg(any(feature = "client", feature = "server"))]
pub mod cut;
#[cfg(any(feature = "client", feature = "server"))]
pub mod situations;

#[cfg(any(feature = "client", feature = "server"))]
mod prices {
    use serde::{Deserialize, Serialize};
    use sse_runtime::server_sent_events;

    /// What something costs.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Price {
        /// Its place in the order of changes.
        pub seq: u64,
        /// What costs that.
        pub symbol: String,
        /// The price.
        pub cents: u64,
    }

    /// Which prices.
    #[derive(Clone, Debug, Serialize, Deserialize)]
    pub struct Watch {
        /// Those of this market.
        pub market: String,
        /// Those after this one.
        pub after: Option<u64>,
    }

    /// Prices, as they change.
    #[server_sent_events(client)]
    pub trait Prices {
        /// Every change in a market.
        #[sse(
            get = "/markets/{market}/prices",
            id = seq,
            event = symbol,
            data = cents,
            last_event_id = after
        )]
        async fn changes(
            &self,
            context: sse_runtime::Context,
            payload: Watch,
            stream: impl ChangesServerStream<Price>,
        ) -> Result<(), sse_runtime::Problem>;
    }
}

#[cfg(any(feature = "client", feature = "server"))]
pub use prices::*;

/// That each half is there with its feature.
#[cfg(feature = "client")]
const _: fn(&PricesClient, &Watch) -> sse_runtime::client::Events<PricesChanges, Price> =
    PricesClient::changes;

#[cfg(feature = "server")]
const _: () = {
    const fn is_there<T: Prices>() {}
    let _ = is_there::<Nobody>;

    /// Serves nothing.
    struct Nobody;

    impl Prices for Nobody {
        async fn changes(
            &self,
            _context: sse_runtime::Context,
            _payload: Watch,
            _stream: impl ChangesServerStream<Price>,
        ) -> Result<(), sse_runtime::Problem> {
            Ok(())
        }
    }
};
