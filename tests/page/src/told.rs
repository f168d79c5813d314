//! What a client tells, as the table of the situations has it in JSON.

use std::fmt::Display;

use api::situations::Change;
use serde_json::{Value, json};
use sse_runtime::client::{ClientError, Message, Received, Refusal};
use sse_runtime::wire::{Event, EventId, EventName};

/// Data that is longer is compared by its length, where it is one byte again and again.
const LONG: usize = 1000;

fn event(event: &str, data: &str, id: Option<&EventId>) -> Value {
    let one = data
        .get(..1)
        .filter(|one| data.len() > LONG && data.replace(*one, "").is_empty());
    json!({
        "kind": "event",
        "event": event,
        "data": one.unwrap_or(data),
        "times": one.map_or(1, |_| data.len()),
        "id": id.map(EventId::as_str),
    })
}

pub(crate) fn untyped(any: &Received<Event>) -> Value {
    let name = any.get_event().map_or("message", EventName::as_str);
    event(name, any.get_data().unwrap_or_default(), any.id())
}

pub(crate) fn message(message: &Received<Message>) -> Value {
    event(message.event(), message.data(), message.id())
}

/// An event that has no name, and whose data is its text.
pub(crate) fn text(text: &Received<impl Display>) -> Value {
    event("message", &text.to_string(), text.id())
}

pub(crate) fn change(change: &Received<Change>) -> Value {
    let (name, data) = match &**change {
        Change::Added { n } => ("added", format!(r#"{{"n":{n}}}"#)),
        Change::Removed { n } => ("removed", format!(r#"{{"n":{n}}}"#)),
        Change::Finished => ("finished", "null".to_owned()),
    };
    event(name, &data, change.id())
}

pub(crate) fn error(error: ClientError) -> Value {
    match error {
        ClientError::Gap(gap) => {
            json!({"kind": "gap", "reason": gap.reason().as_str(), "missed": gap.missed()})
        }
        ClientError::Problem(problem) => {
            let status = problem.status().as_u16();
            json!({"kind": "problem", "status": status, "title": problem.get_title()})
        }
        ClientError::Decode(_) => json!({"kind": "decode"}),
        ClientError::TooLong(_) => json!({"kind": "tooLong"}),
        ClientError::Redirect(_) => json!({"kind": "redirect"}),
        ClientError::Request(_) => json!({"kind": "unsent"}),
        ClientError::Refused(refusal) => status(&refusal),
        ClientError::NotAStream(refusal) if refusal.status() != 200 => status(&refusal),
        ClientError::NotAStream(_) => json!({"kind": "contentType"}),
        ClientError::Broken(_)
        | ClientError::Closed
        | ClientError::Connect(_)
        | ClientError::NoAnswer { .. }
        | ClientError::Silent { .. } => json!({"kind": "broken"}),
        ClientError::GaveUp { source, .. } => self::error(*source),
        other => panic!("no situation comes to this: {other:?}"),
    }
}

fn status(refusal: &Refusal) -> Value {
    let title = refusal.problem().map(|problem| problem.get_title());
    json!({"kind": "status", "status": refusal.status().as_u16(), "title": title})
}
