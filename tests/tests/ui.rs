//! What rustc says of mistakes in the attribute and beside it, word for word, and that what is
//! right compiles without a warning.
//!
//! `TRYBUILD=overwrite cargo test -p tests --test ui` accepts what it says now: read every
//! difference.

#[test]
fn mistakes_are_explained_at_the_word() {
    trybuild::TestCases::new().compile_fail("ui/fail/*.rs");
}

#[test]
fn what_is_right_compiles() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}
