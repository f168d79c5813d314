//! What the reference has no room for: one page a subject, every example run as a test.
//!
//! | page | about |
//! |---|---|
//! | [`stream_rules`] | how a stream opens, waits, fails and ends |
//! | [`hub`] | publishing once, delivering to many, missing nothing |
//! | [`engines`] | several nodes over Redis, NATS or Postgres: which one for what, and what happens when it fails |
//! | [`clients`] | what a client does in each situation that a network and a server can bring about |
//! | [`openapi`] | an OpenAPI document of what a server streams, and which tools read it |
//! | [`typescript`] | a package for TypeScript: typed clients for browsers and Node.js |
//! | [`operating`] | proxies, connections, shutdown, limits, tracing, metrics, CORS |
//! | [`testing`] | services and routers in tests, without sockets |
//! | [`from_axum_sse`] | from `axum::response::sse`, step by step |
//!
//! The attribute has [a page of its own](macro@crate::server_sent_events).

macro_rules! pages {
    ($($page:ident)*) => {$(
        #[doc = include_str!(concat!("guide/", stringify!($page), ".md"))]
        pub mod $page {}
    )*};
}

#[cfg(feature = "client")]
pages! { clients }
#[cfg(feature = "hub")]
pages! { engines hub }
#[cfg(feature = "openapi")]
pages! { openapi }
#[cfg(feature = "testing")]
pages! { testing }
#[cfg(feature = "typescript")]
pages! { typescript }
pages! { stream_rules operating from_axum_sse }
