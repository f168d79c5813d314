//! The page `clients` of the guide, the situations and the tests are one table.

use tests::situations::{Client, situations};

const PAGE: &str = include_str!("../../../sse-runtime/src/guide/clients.md");

/// The first cell of each row of those tables whose first cells name situations.
fn rows_of_page() -> Vec<&'static str> {
    let cells = PAGE.lines().filter_map(|line| line.strip_prefix("| `"));
    cells.filter_map(|line| line.split('`').next()).collect()
}

fn sorted(mut names: Vec<&'static str>) -> Vec<&'static str> {
    names.sort_unstable();
    names
}

fn names() -> Vec<&'static str> {
    let situations = situations();
    sorted(situations.iter().map(|situation| situation.name).collect())
}

#[test]
fn each_row_of_the_page_is_a_situation_and_each_situation_a_row() {
    assert_eq!(sorted(rows_of_page()), names());
}

#[test]
fn each_situation_has_a_test() {
    assert_eq!(sorted(super::TESTED.to_vec()), names());
}

#[test]
fn what_comes_out_otherwise_in_typescript_is_said() {
    let (_, said) = PAGE.split_once("# In TypeScript").expect("a section");
    for situation in situations() {
        let mut exceptions = situation.cases.iter().flat_map(|case| &case.exceptions);
        let is_excepted = exceptions.any(|it| it.clients != [Client::Wasm]);
        let name = format!("`{}`", situation.name);
        assert_eq!(said.contains(&name), is_excepted, "{name}");
    }
}

#[test]
fn the_cases_of_a_situation_are_told_apart_by_name() {
    for situation in situations() {
        let mut names: Vec<_> = situation.cases.iter().map(|case| &case.name).collect();
        let cases = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), cases, "of `{}`", situation.name);
    }
}
