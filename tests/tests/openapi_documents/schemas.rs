//! Documents and the official schemas of OpenAPI 3.1 and 3.2, as `@hyperjump/json-schema` has them.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sse_runtime::openapi::Document;
use tests::passes;

use super::served::ClockServer;
use super::{EXAMPLES, directory, fetch, node, start};

#[tokio::test]
async fn the_documents_of_all_examples_are_valid() {
    let Some(mut validate) = node("openapi/validate.js") else {
        return;
    };
    let directory = directory("valid");
    for name in EXAMPLES {
        let example = start(name);
        for path in ["openapi.json", "openapi-3.1.json"] {
            let file = directory.join(format!("{name}-{path}"));
            fetch(&example, &format!("/{path}"), &file).await;
            validate.arg(file);
        }
    }
    passes(&mut validate);
}

fn write(document: &Value, file: &Path) {
    fs::write(file, document.to_string()).expect("a writable file");
}

#[test]
fn a_document_that_describes_data_as_text_is_valid() {
    let Some(mut validate) = node("openapi/validate.js") else {
        return;
    };
    let directory = directory("strict");
    let document = Document::new("Clock", "1").add::<ClockServer<()>>();
    let strict = document.content_schema();
    for (file, document) in [("3.2", strict.clone()), ("3.1", strict.version31())] {
        let document = document.build().expect("there is no mistake in it");
        let file = directory.join(file);
        write(&json!(document), &file);
        validate.arg(file);
    }
    passes(&mut validate);
}

#[test]
fn a_document_with_a_mistake_is_not() {
    let document = Document::new("Clock", "1").add::<ClockServer<()>>();
    let document = json!(document.build().expect("there is no mistake in it"));
    let directory = directory("invalid");
    let mistakes = [
        ("/info/version", json!(1)),
        ("/openapi", json!("3.1.0")), // which has no `itemSchema`
        ("/components/schemas/Problem/type", json!("record")),
        ("/paths/~1ticks/get/parameters", json!([{"name": "x"}])),
    ];
    for (nth, (place, value)) in mistakes.into_iter().enumerate() {
        let Some(mut validate) = node("openapi/validate.js") else {
            return;
        };
        let mut document = document.clone();
        let (parent, key) = place.rsplit_once('/').expect("a pointer has a slash");
        document.pointer_mut(parent).expect("it is there")[key] = value;
        let file = directory.join(nth.to_string());
        write(&document, &file);
        let status = validate.arg(file).status().expect("Node.js runs");
        assert!(!status.success(), "{place}");
    }
}
