//! What several of the tests need. The tests themselves are in `tests/`.

mod example;
mod program;

pub use example::Example;
pub use program::{passes, program};
