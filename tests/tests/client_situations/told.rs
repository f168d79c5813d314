//! What a client in Rust tells, as the table says it.

use std::fmt::Display;

use api::situations::Change;
use sse_runtime::client::{ClientError, Message, Received, Refusal};
use sse_runtime::wire::{Event, EventId, EventName};
use tests::situations::Item;

/// Data that is longer is compared by its length, where it is one byte again and again.
const LONG: usize = 1000;

fn event(event: &str, data: &str, id: Option<&EventId>) -> Item {
    let one = data
        .get(..1)
        .filter(|one| data.len() > LONG && data.replace(*one, "").is_empty());
    Item::Event {
        event: event.to_owned(),
        data: one.unwrap_or(data).to_owned(),
        times: one.map_or(1, |_| data.len()),
        id: id.map(|id| id.as_str().to_owned()),
    }
}

pub(crate) fn untyped(any: &Received<Event>) -> Item {
    let name = any.get_event().map_or("message", EventName::as_str);
    event(name, any.get_data().unwrap_or_default(), any.id())
}

pub(crate) fn message(message: &Received<Message>) -> Item {
    event(message.event(), message.data(), message.id())
}

/// An event that has no name, and whose data is its text.
pub(crate) fn text(text: &Received<impl Display>) -> Item {
    event("message", &text.to_string(), text.id())
}

pub(crate) fn change(change: &Received<Change>) -> Item {
    let (name, data) = match &**change {
        Change::Added { n } => ("added", format!(r#"{{"n":{n}}}"#)),
        Change::Removed { n } => ("removed", format!(r#"{{"n":{n}}}"#)),
        Change::Finished => ("finished", "null".to_owned()),
    };
    event(name, &data, change.id())
}

pub(crate) fn error(error: ClientError) -> Item {
    match error {
        ClientError::Gap(gap) => Item::Gap {
            reason: gap.reason().as_str().to_owned(),
            missed: gap.missed(),
        },
        ClientError::Problem(problem) => Item::Problem {
            status: problem.status().as_u16(),
            title: problem.get_title().to_owned(),
        },
        ClientError::Decode(_) => Item::Decode,
        ClientError::TooLong(_) => Item::TooLong,
        ClientError::Redirect(_) => Item::Redirect,
        ClientError::Refused(refusal) => status(&refusal),
        ClientError::NotAStream(refusal) if refusal.status() != 200 => status(&refusal),
        ClientError::NotAStream(refusal) => match refusal.content_encoding() {
            Some(_) => Item::ContentEncoding,
            None => Item::ContentType,
        },
        ClientError::Broken(_)
        | ClientError::Closed
        | ClientError::Connect(_)
        | ClientError::NoAnswer { .. }
        | ClientError::Silent { .. } => Item::Broken,
        ClientError::GaveUp { source, .. } => self::error(*source),
        other => panic!("no situation comes to this: {other:?}"),
    }
}

fn status(refusal: &Refusal) -> Item {
    let title = refusal
        .problem()
        .map(|problem| problem.get_title().to_owned());
    Item::Status {
        status: refusal.status().as_u16(),
        title,
    }
}
