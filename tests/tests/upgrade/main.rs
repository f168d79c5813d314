//! This version and those before it: nodes of two on one engine, and what was stored.

mod previous;
mod rolling;
mod stored;
