//! What an error says, and what its causes do.

use std::error::Error;
use std::iter;

/// An error with all of its causes, the nearest first: `cannot connect: connection refused`.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let causes = iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::super::super::{AppendError, ReadError};
    use super::*;

    #[test]
    fn each_cause_follows_on_what_it_has_caused() {
        let refused = AppendError::Refused("no room".into());
        let says = refused.to_string();
        let unavailable = ReadError::Unavailable(refused.into());
        let expected = format!("{unavailable}: {says}: no room");
        assert_eq!(with_causes(&unavailable), expected);
    }

    #[test]
    fn an_error_without_a_cause_is_what_it_says() {
        assert_eq!(with_causes(&io::Error::other("cut")), "cut");
    }
}
