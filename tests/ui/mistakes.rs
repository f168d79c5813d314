//! What rustc says of mistakes in the attribute and beside it, word for word.
//!
//! `TRYBUILD=overwrite cargo test -p ui --test ui` accepts what it says now: read every difference.

#[test]
fn mistakes_are_explained_at_the_word() {
    trybuild::TestCases::new().compile_fail("fail/*.rs");
}
