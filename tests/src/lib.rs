//! What several of the tests need. The tests themselves are in `tests/`.

mod causes;
pub mod cut_stream;
mod example;
pub mod logs;
mod loopback;
pub mod node;
mod paced;
mod program;
mod proxy;
pub mod servers;
pub mod situations;
pub mod trust;

pub use causes::with_causes;
pub use example::Example;
pub use paced::Paced;
pub use program::{passes, program};
pub use proxy::{Fault, Proxy};
