//! What a scrape says of a running server, metric by metric.

mod allocations;
mod documented;
mod hubs;
mod ongoing;
mod scrape;
mod server;
mod streams;
