//! Events, written and as a client is told of them.

use sse_runtime::wire::{Event, EventName, Frame};

use crate::naive::Said;

pub(crate) fn encode(events: &[Event]) -> Vec<u8> {
    let mut stream = Vec::new();
    for event in events {
        let mut frame = Frame::new(&mut stream);
        frame.write(event);
        frame.finish();
    }
    stream
}

/// What a client is told of `events`.
pub(crate) fn told(events: &[Event]) -> Vec<Said> {
    let mut said = Vec::new();
    let mut last_event_id = String::new();
    for event in events {
        if let Some(retry) = event.get_retry() {
            said.push(Said::Retry(
                retry.as_millis().try_into().unwrap_or(u64::MAX),
            ));
        }
        if let Some(id) = event.get_id() {
            last_event_id = id.to_string();
        }
        match (event.get_data(), event.get_id()) {
            (Some(data), _) => {
                let name = event.get_event().map_or("", EventName::as_str);
                let name = if name.is_empty() { "message" } else { name };
                let data = data.replace("\r\n", "\n").replace('\r', "\n");
                said.push(Said::Event(name.to_owned(), data, last_event_id.clone()));
            }
            (None, Some(_)) => said.push(Said::Id(last_event_id.clone())),
            (None, None) => {}
        }
    }
    said
}
