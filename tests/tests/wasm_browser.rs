//! The clients in Rust in headless Chromium, built of `tests/page`: the situations, and a stream that is
//! cut 1 000 times. The page's side is in `js/wasm`.

use std::path::{Path, PathBuf};
use std::process::Command;

use tests::cut_stream::CutStream;
use tests::situations::Server;
use tests::{passes, program};
use wasm_bindgen_cli_support::Bindgen;

/// The command that has a page call what the module exports, where there are Node.js, a browser, and the
/// module.
fn page(what: &str, url: &str) -> Option<Command> {
    let node = program("SSE_TEST_NODE")?;
    program("SSE_TEST_CHROMIUM")?;
    let module = program("SSE_TEST_PAGE")?;
    let mut command = Command::new(node);
    command
        .arg("js/wasm/run.js")
        .arg(with_glue(&module, what))
        .args([what, url]);
    Some(command)
}

/// A directory with the module as a page loads it.
fn with_glue(module: &Path, of: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("wasm_browser-{of}"));
    let mut glue = Bindgen::new();
    let glue = glue.input_path(module).web(true).expect("no other target");
    let made = glue.typescript(false).generate(&directory);
    made.expect("a module of wasm-bindgen's version");
    directory
}

#[test]
fn they_do_what_the_table_of_situations_says() {
    let server = Server::start();
    if let Some(mut page) = page("situations", &server.url()) {
        passes(&mut page);
    }
}

#[test]
fn every_event_comes_once_and_in_order_over_1_000_cuts() {
    let stream = CutStream::start(7);
    let Some(mut page) = page("cuts", &stream.url()) else {
        return;
    };
    passes(&mut page);
    assert_eq!(stream.cuts(), CutStream::CUTS);
}
