//! What measures: instructions, CPU time, memory, and counts that are exact.

pub(crate) mod callgrind;
pub(crate) mod cpu;
pub(crate) mod kernel;
pub(crate) mod paired;
pub(crate) mod tally;
