//! Logs: what is kept, what is told at the bounds, and that nobody waits in vain.

mod bounds;
mod conditions;
mod conformant;
mod heap;
mod ids;
mod interleavings;
mod keys;
mod memory;
mod model;
mod support;
