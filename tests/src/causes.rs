//! What an error says, and what its causes do.

use std::error::Error;
use std::iter;

/// An error with all of its causes, in one line.
#[must_use]
pub fn with_causes(error: &dyn Error) -> String {
    let causes = iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
