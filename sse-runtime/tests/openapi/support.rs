use serde_json::Value;
use sse_runtime::describe::Endpoints;
use sse_runtime::openapi::Document;

/// A document of one server, as JSON.
pub(crate) fn document<S: Endpoints<Document>>() -> Value {
    written(Document::new("Test", "1").add::<S>())
}

pub(crate) fn written(document: Document) -> Value {
    let document = document.build().expect("there is no mistake in it");
    serde_json::to_value(document).expect("it is JSON")
}

/// The one operation of a document, with the schema of its events.
pub(crate) fn operation<S: Endpoints<Document>>() -> (Value, Value) {
    let document = document::<S>();
    let paths = document["paths"].as_object().expect("there are paths");
    let [item] = *paths.values().collect::<Vec<_>>() else {
        panic!("there is one path");
    };
    let item = item.as_object().expect("a path has operations");
    let operation = item.values().next().expect("it has one").clone();
    let content = &operation["responses"]["200"]["content"]["text/event-stream"];
    let events = resolve(&document, &content["itemSchema"]).clone();
    (operation, events)
}

/// The schema that is meant.
pub(crate) fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(place) => {
            let place = place.strip_prefix('#').expect("it is in the document");
            document.pointer(place).expect("it is there")
        }
        None => schema,
    }
}

/// The events of an endpoint, each by its names: `*` where any is allowed.
pub(crate) fn by_name(events: &Value) -> Vec<(String, Value)> {
    let all = events["oneOf"].as_array().or(events["anyOf"].as_array());
    let all = all.cloned().unwrap_or_else(|| vec![events.clone()]);
    let named = |event: Value| {
        let names = event["properties"]["event"]["enum"].as_array();
        let names = names.map(|names| {
            let names = names.iter().filter_map(Value::as_str);
            names.collect::<Vec<_>>().join("|")
        });
        (names.unwrap_or_else(|| "*".to_owned()), event)
    };
    all.into_iter().map(named).collect()
}

/// The event of this name.
pub(crate) fn event(events: &Value, name: &str) -> Value {
    let found = by_name(events).into_iter().find(|(it, _)| it == name);
    found
        .unwrap_or_else(|| panic!("no event `{name}` in {events:#}"))
        .1
}

pub(crate) fn names(events: &Value) -> Vec<String> {
    by_name(events).into_iter().map(|(name, _)| name).collect()
}
