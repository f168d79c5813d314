//! Events for `jq`, and for programs.

use serde::Serialize;
use serde_json::value::RawValue;

use super::Shown;

#[derive(Serialize)]
struct Line<'a> {
    event: &'a str,
    id: Option<&'a str>,
    data: Data<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Data<'a> {
    Text(&'a str),
    /// As it was sent, to the last digit: a number need not fit any type of ours.
    Json(&'a RawValue),
}

/// An event as one line, its line feed included.
pub(super) fn line(event: Shown<'_>, parse_data: bool) -> Result<String, serde_json::Error> {
    let parsed = parse_data
        .then(|| serde_json::from_str(event.data).ok())
        .flatten();
    let line = Line {
        event: event.event(),
        id: event.id,
        data: parsed.map_or(Data::Text(event.data), Data::Json),
    };
    // Data that was sent as several lines has line feeds between its tokens, and nowhere else: within a
    // string they are spelt `\n`.
    Ok(serde_json::to_string(&line)?.replace('\n', " ") + "\n")
}
