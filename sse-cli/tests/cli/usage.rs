//! Command lines that are wrong.

use std::fs;

use crate::program::{Ended, run};

fn refused(arguments: &[&str]) -> Ended {
    let ended = run(arguments);
    assert_eq!((ended.status, &*ended.stdout), (Some(2), ""), "{ended:?}");
    ended
}

#[test]
fn a_mistake_is_told_with_what_to_write() {
    for (arguments, why) in [
        (
            &["ftp://localhost"][..],
            "ftp:// is not supported; use http:// or https://",
        ),
        (
            &["localhost", "-H", "a"],
            "it has no colon; write `Name: value`",
        ),
        (
            &["localhost", "-H", "@/nowhere"],
            "`/nowhere` cannot be read: No such file",
        ),
        (
            &["localhost", "-d", "@/nowhere"],
            "`/nowhere` cannot be read: No such file",
        ),
        (
            &["localhost", "-d", "a", "-X", "GET"],
            "a GET has no body; leave out --data, or --request GET",
        ),
        (
            &["localhost", "--last-event-id", "a\nb"],
            "remove CR, LF and NUL from it",
        ),
        (
            &["localhost", "--resume", "/nowhere/place"],
            "`/nowhere/place` cannot be written: No such",
        ),
    ] {
        let ended = refused(arguments);
        assert!(ended.stderr.contains(why), "{ended:?}");
    }
}

#[test]
fn a_file_that_holds_no_place_is_refused_and_kept() {
    let file = tempfile::NamedTempFile::new().expect("a writable directory");
    fs::write(file.path(), "{\"name\": \"sse\"}").expect("a writable file");
    let ended = refused(&["localhost", "--resume", file.path().to_str().expect("text")]);
    assert!(
        ended.stderr.contains("holds no place in a stream"),
        "{ended:?}"
    );
    assert!(
        ended.stderr.contains("delete this one to begin anew"),
        "{ended:?}"
    );
    assert_eq!(
        fs::read_to_string(file.path()).expect("it is there"),
        "{\"name\": \"sse\"}"
    );
}

#[test]
fn nothing_at_all_is_answered_with_the_help() {
    assert!(refused(&[]).stderr.contains("Usage: sse [OPTIONS] <URL>"));
}
