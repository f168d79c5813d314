//! An order and its event in one transaction.
fn main() {}
