//! The rows.

mod blocks;
mod connections;
mod cuts;
mod posts;
mod redirects;
mod refusals;
mod retry;
mod typed;

use super::Situation;

/// All situations.
#[must_use]
pub fn situations() -> Vec<Situation> {
    [
        cuts::rows(),
        blocks::rows(),
        retry::rows(),
        connections::rows(),
        refusals::rows(),
        redirects::rows(),
        posts::rows(),
        typed::rows(),
    ]
    .concat()
}
