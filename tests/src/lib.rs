//! What several of the tests need. The tests themselves are in `tests/`.

mod example;
mod paced;
mod program;

pub use example::Example;
pub use paced::Paced;
pub use program::{passes, program};
