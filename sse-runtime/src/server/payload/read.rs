//! Gathers the entries of a payload from all its sources.

use axum::body::{Body, Bytes};
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use http::header::{CONTENT_TYPE, COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserializer as _;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::super::LastEventId;
use super::error::{Error, told};
use super::text::Text;
use super::value::{self, Entry, Value};
use super::{Plan, place, query};
use crate::describe::{Origin, Verb};
use crate::problem::Problem;

/// Reads the payload of a request.
///
/// # Errors
/// 400 with field and source where a value does not fit; 413 and 415 for a body that is too large
/// or not JSON.
pub(in crate::server) async fn read<P: DeserializeOwned>(
    plan: &Plan,
    mut parts: Parts,
    body: Body,
    last_event_id: &LastEventId,
) -> Result<P, Problem> {
    let mut entries = Vec::new();
    if plan.is_needed {
        path(plan, &mut parts, &mut entries).await?;
        mapped(plan, &parts.headers, last_event_id, &mut entries)?;
        match plan.verb {
            Verb::Get => query(plan, parts.uri.query(), &mut entries)?,
            Verb::Post => json(plan, Request::from_parts(parts, body), &mut entries).await?,
        }
    }
    value::payload(entries).map_err(|error| error.into_problem(|field| plan.place_of(field)))
}

impl Plan {
    fn place_of(&self, key: &str) -> String {
        let source = self.sources.iter().find(|(keys, _)| keys.contains(&key));
        place(source.map(|(_, source)| source.origin()), self.verb)
    }
}

fn entry(key: &str, value: Value, place: &str) -> Entry {
    Entry {
        key: key.to_owned(),
        value,
        place: place.to_owned(),
    }
}

fn text(key: &str, value: &[u8], place: &str) -> Result<String, Problem> {
    std::str::from_utf8(value).map(str::to_owned).map_err(|_| {
        let error = Error::Value("it is not UTF-8".to_owned()).of_field(key, place);
        Problem::bad_request(error.to_string())
    })
}

/// Path parameters, those of enclosing routers included: whatever a path can say is never taken
/// from the query.
async fn path(plan: &Plan, parts: &mut Parts, entries: &mut Vec<Entry>) -> Result<(), Problem> {
    let params = match RawPathParams::from_request_parts(parts, &()).await {
        Ok(params) => params,
        Err(RawPathParamsRejection::InvalidUtf8InPathParam(error)) => {
            return Err(Problem::bad_request(error.body_text()));
        }
        // Not reached through a router, so there are none.
        Err(_) => return Ok(()),
    };
    for (name, value) in &params {
        if let Some(key) = plan.key_of_path_parameter(name) {
            let place = place(Some(Origin::Path), plan.verb);
            entries.push(entry(key, Value::Text(Text::one(value.to_owned())), &place));
        }
    }
    Ok(())
}

/// The `Last-Event-ID`, headers and cookies.
fn mapped(
    plan: &Plan,
    headers: &HeaderMap,
    last_event_id: &LastEventId,
    entries: &mut Vec<Entry>,
) -> Result<(), Problem> {
    for (key, source) in plan.sources() {
        let origin = source.origin();
        let mut place = place(Some(origin), plan.verb);
        let values: Vec<&[u8]> = match origin {
            Origin::Path => continue,
            Origin::LastEventId => {
                place = format!("from {}", last_event_id.place());
                last_event_id
                    .get()
                    .map(|id| id.as_str().as_bytes())
                    .into_iter()
                    .collect()
            }
            Origin::Header(name) => headers
                .get_all(name)
                .iter()
                .map(HeaderValue::as_bytes)
                .collect(),
            // "cookies with longer paths are listed before cookies with shorter paths": of several
            // with one name the first is the most specific (RFC 6265 §5.4).
            Origin::Cookie(name) => cookies(headers)
                .find(|(found, _)| *found == name.as_bytes())
                .map(|(_, value)| value)
                .into_iter()
                .collect(),
        };
        let values = values
            .into_iter()
            .map(|value| text(key, value, &place))
            .collect::<Result<Vec<_>, _>>()?;
        if let Some(text) = Text::new(values) {
            entries.push(entry(key, Value::Text(text), &place));
        }
    }
    Ok(())
}

/// The pairs of all `Cookie` headers (RFC 6265 §5.4). Bytes, as another cookie may hold any.
fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&[u8], &[u8])> {
    headers
        .get_all(COOKIE)
        .iter()
        .flat_map(|header| header.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| {
            let at = pair.iter().position(|byte| *byte == b'=')?;
            let (name, value) = (
                pair.get(..at)?.trim_ascii(),
                pair.get(at + 1..)?.trim_ascii(),
            );
            let unquoted = value
                .strip_prefix(b"\"")
                .and_then(|value| value.strip_suffix(b"\""));
            Some((name, unquoted.unwrap_or(value)))
        })
}

fn query(plan: &Plan, query: Option<&str>, entries: &mut Vec<Entry>) -> Result<(), Problem> {
    let start = entries.len();
    let place = "from the query";
    for (name, value) in query::pairs(query) {
        // Keys that no field has are ignored, `?utm_source=` for one, even under `deny_unknown_fields`.
        if !plan.keys.contains(&name.as_str())
            || !plan.is_open(&name)
            || is_filled(entries.iter().take(start), &name)
        {
            continue;
        }
        let value = text(&name, &value, place)?;
        match entries
            .iter_mut()
            .skip(start)
            .find(|entry| entry.key == name)
        {
            Some(Entry {
                value: Value::Text(text),
                ..
            }) => text.push(value),
            _ => entries.push(entry(&name, Value::Text(Text::one(value)), place)),
        }
    }
    Ok(())
}

async fn json(plan: &Plan, request: Request, entries: &mut Vec<Entry>) -> Result<(), Problem> {
    let is_json = is_json(request.headers());
    let body = Bytes::from_request(request, &())
        .await
        .map_err(|rejection| Problem::new(rejection.status()).detail(rejection.body_text()))?;
    // Where all fields come from elsewhere, or none is required, there need not be a body.
    if body.is_empty() {
        return Ok(());
    }
    if !is_json {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE)
            .detail("the body is not JSON: send it with `content-type: application/json`"));
    }
    let mut json = serde_json::Deserializer::from_slice(&body);
    let members = json
        .deserialize_map(Members)
        .and_then(|members| json.end().map(|()| members))
        .map_err(|error| {
            Problem::bad_request(format!("the body is not a JSON object: {}", told(&error)))
        })?;
    let start = entries.len();
    for (key, value) in members {
        if plan.is_open(&key) && !is_filled(entries.iter().take(start), &key) {
            entries.push(entry(&key, Value::Json(value), "from the body"));
        }
    }
    Ok(())
}

fn is_filled<'a>(mut entries: impl Iterator<Item = &'a Entry>, key: &str) -> bool {
    entries.any(|entry| entry.key == key)
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let essence = value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// The members of an object as they are, repeated ones too: those are an error of the payload.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, Box<RawValue>)>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}
