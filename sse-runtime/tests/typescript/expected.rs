//! What comes out, to be read. `UPDATE_EXPECT=1 cargo test -p sse-runtime --features typescript --test
//! typescript` accepts what comes now.

use std::fs;
use std::path::Path;

use sse_runtime::typescript::Package;

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
