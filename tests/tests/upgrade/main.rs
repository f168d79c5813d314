//! This version and the one before it: nodes of both on one engine.

mod previous;
mod rolling;
