//! The runtime of generated TypeScript: its types, its parts, and what it does on real sockets, in
//! Node.js and in headless Chromium. The tests themselves are in `js/typescript`.

use std::process::Command;

use tests::cut_stream::CutStream;
use tests::situations::Server;
use tests::{passes, program};

/// A command of the Node.js that `js` pins, where it is there.
fn node<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Option<Command> {
    let mut command = Command::new(program("SSE_TEST_NODE")?);
    command.args(arguments);
    Some(command)
}

/// Runs a module against a server, where there is the platform.
fn run(platform: &str, module: &str, url: &str) {
    if platform == "browser" && program("SSE_TEST_CHROMIUM").is_none() {
        return;
    }
    if let Some(mut command) = node(["js/typescript/run.js", platform, module, url]) {
        passes(&mut command);
    }
}

/// Reads a stream that is cut again and again.
fn survives_cuts(platform: &str, is_there: bool) {
    let stream = CutStream::start(7);
    run(platform, "./cuts.ts", &stream.url());
    assert!(!is_there || stream.cuts() == CutStream::CUTS);
}

/// `tsc` with all that `strict` leaves out, as version 5.9 checks them and as the
/// latest does.
#[test]
fn it_and_the_tests_of_its_types_compile() {
    for compiler in ["typescript", "typescript-7"] {
        let tsc = format!("js/node_modules/{compiler}/bin/tsc");
        if let Some(mut command) = node([&*tsc, "--project", "js/typescript"]) {
            passes(&mut command);
        }
    }
}

#[test]
fn its_parts_do_what_their_tests_say() {
    if let Some(mut command) = node(["--test", "js/typescript/*.test.ts"]) {
        passes(&mut command);
    }
}

#[test]
fn it_does_what_the_table_of_situations_says_in_node() {
    run("node", "./situations.ts", &Server::start().url());
}

#[test]
fn it_does_what_the_table_of_situations_says_in_the_oldest_node() {
    run("node20", "./situations.ts", &Server::start().url());
}

#[test]
fn it_does_what_the_table_of_situations_says_in_a_browser() {
    run("browser", "./situations.ts", &Server::start().url());
}

#[test]
fn every_event_comes_once_and_in_order_over_1_000_cuts_in_node() {
    survives_cuts("node", program("SSE_TEST_NODE").is_some());
}

#[test]
fn every_event_comes_once_and_in_order_over_1_000_cuts_in_a_browser() {
    let programs = ["SSE_TEST_NODE", "SSE_TEST_CHROMIUM"];
    let is_there = programs.iter().all(|name| program(name).is_some());
    survives_cuts("browser", is_there);
}

#[test]
fn its_hook_does_under_react_what_its_test_says() {
    run("browser", "./react.ts", &Server::start().url());
}

#[test]
fn a_page_has_an_origin_and_cookies_that_are_not_its_own() {
    run("browser", "./page.ts", &Server::start().url());
}

#[test]
fn a_page_that_does_not_read_is_not_sent_everything() {
    if program("SSE_TEST_CHROMIUM").is_none() {
        return;
    }
    if let Some(mut command) = node(["js/typescript/slow.js"]) {
        passes(&mut command);
    }
}
