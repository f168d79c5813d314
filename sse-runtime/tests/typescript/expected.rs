#![allow(dead_code, reason = "what is described here is never run")]
//! What comes out, to be read. `UPDATE_EXPECT=1 cargo test -p sse-runtime --features typescript --test
//! typescript` accepts what comes now.

use std::fs;
use std::path::Path;

use serde::Serialize;
use sse_runtime::typescript::Package;
use sse_runtime::{Problem, ServerStream, server_sent_events};
use ts_rs::TS;

use crate::services::{HTTPOdditiesServer, JobBoardServer, NotificationsServer};

fn package() -> Package {
    Package::new("@acme/streams-client")
        .version("1.2.0")
        .react()
        .add::<NotificationsServer<()>>()
        .add::<JobBoardServer<()>>()
        .add::<HTTPOdditiesServer<()>>()
}

#[test]
fn a_package_says_what_its_services_say() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/typescript/expected");
    let accepts = std::env::var_os("UPDATE_EXPECT").is_some();
    for (path, text) in package().files().expect("a package") {
        if path.starts_with("src/runtime") {
            continue;
        }
        let path = directory.join(path);
        if accepts {
            fs::create_dir_all(path.parent().expect("it is in a directory")).expect("writable");
            fs::write(&path, &text).expect("writable");
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            text == expected,
            "`{}` is no longer:\n{text}",
            path.display()
        );
    }
}

#[test]
fn variants_that_may_be_absent_are_no_event_then() {
    #[derive(Serialize, TS)]
    enum Change {
        Added(String),
        Cleared,
    }
    #[derive(Serialize, TS)]
    #[serde(tag = "type")]
    enum Step {
        Begun,
    }
    #[derive(Serialize, TS)]
    struct Entry {
        change: Option<Change>,
        step: Option<Step>,
    }
    #[server_sent_events]
    trait Entries {
        #[sse(variants, data = change)]
        async fn changes(&self, stream: impl ServerStream<Entry>) -> Result<(), Problem>;
        #[sse(variants = "type", data = step)]
        async fn steps(&self, stream: impl ServerStream<Entry>) -> Result<(), Problem>;
    }
    let package = Package::new("entries").add::<EntriesServer<()>>();
    let module = &package.files().expect("a package")[Path::new("src/entries.ts")];
    assert!(
        module.contains("names: [\"Added\", \"Cleared\"]"),
        "{module}"
    );
    assert!(
        module.contains("Begun: Extract<Step, { type: \"Begun\" }>"),
        "{module}"
    );
}
