//! The kit that services are tested with, tested by services.

mod asking;
mod cutting;
mod failing;
mod faults;
mod reading;
mod recording;
mod support;
mod waiting;
