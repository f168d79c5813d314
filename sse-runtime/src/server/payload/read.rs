//! Gathers the entries of a payload from all its sources.

use axum::body::{Body, Bytes};
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use http::header::{CONTENT_TYPE, COOKIE};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde::Deserializer as _;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::super::{LastEventId, Problem};
use super::error::Error;
use super::text::Text;
use super::value::{self, Entry, Value};
use super::{Plan, place, query};
use crate::describe::{Origin, Verb};

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
    value::payload(entries)
        .map_err(|error| error.into_problem(|field| place(plan.origin_of(field), plan.verb)))
}

impl Plan {
    fn origin_of(&self, key: &str) -> Option<Origin> {
        self.sources
            .iter()
            .find(|(keys, _)| keys.contains(&key))
            .map(|(_, source)| source.origin())
    }

    fn entry(&self, key: &str, value: Value, origin: Option<Origin>) -> Entry {
        Entry {
            key: key.to_owned(),
            value,
            place: place(origin, self.verb),
        }
    }
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
            entries.push(plan.entry(
                key,
                Value::Text(Text::one(value.to_owned())),
                Some(Origin::Path),
            ));
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
        let mut values = Vec::new();
        match origin {
            Origin::Path => continue,
            Origin::LastEventId => {
                values.extend(last_event_id.get().map(|id| id.as_str().to_owned()))
            }
            Origin::Header(name) => {
                for value in headers.get_all(name) {
                    let value = std::str::from_utf8(value.as_bytes())
                        .map_err(|_| not_utf8(key, origin, plan))?;
                    values.push(value.to_owned());
                }
            }
            Origin::Cookie(name) => {
                for header in headers.get_all(COOKIE) {
                    let header = std::str::from_utf8(header.as_bytes())
                        .map_err(|_| not_utf8(key, origin, plan))?;
                    values.extend(
                        cookies(header)
                            .filter(|(found, _)| *found == name)
                            .map(|(_, v)| v.to_owned()),
                    );
                }
            }
        }
        let mut values = values.into_iter();
        if let Some(first) = values.next() {
            let mut text = Text::one(first);
            values.for_each(|value| text.push(value));
            entries.push(plan.entry(key, Value::Text(text), Some(origin)));
        }
    }
    Ok(())
}

/// The pairs of a `Cookie` header (RFC 6265 §5.4).
fn cookies(header: &str) -> impl Iterator<Item = (&str, &str)> {
    header.split(';').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let value = value.trim();
        let unquoted = value
            .strip_prefix('"')
            .and_then(|value| value.strip_suffix('"'));
        Some((name.trim(), unquoted.unwrap_or(value)))
    })
}

fn query(plan: &Plan, query: Option<&str>, entries: &mut Vec<Entry>) -> Result<(), Problem> {
    let start = entries.len();
    for (name, value) in query::pairs(query) {
        // Keys that no field has are ignored, `?utm_source=` for one, even under `deny_unknown_fields`.
        if !plan.keys.contains(&name.as_str())
            || !plan.is_open(&name)
            || is_filled(entries.iter().take(start), &name)
        {
            continue;
        }
        let Some(value) = value else {
            return Err(not_utf8_in_query(&name));
        };
        match entries
            .iter_mut()
            .skip(start)
            .find(|entry| entry.key == name)
        {
            Some(Entry {
                value: Value::Text(text),
                ..
            }) => text.push(value),
            _ => entries.push(plan.entry(&name, Value::Text(Text::one(value)), None)),
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
        .map_err(|error| Problem::bad_request(format!("the body is not a JSON object: {error}")))?;
    let start = entries.len();
    for (key, value) in members {
        if plan.is_open(&key) && !is_filled(entries.iter().take(start), &key) {
            entries.push(plan.entry(&key, Value::Json(value), None));
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

fn not_utf8(key: &str, origin: Origin, plan: &Plan) -> Problem {
    let error =
        Error::Value("it is not UTF-8".to_owned()).of_field(key, &place(Some(origin), plan.verb));
    Problem::bad_request(error.to_string())
}

fn not_utf8_in_query(key: &str) -> Problem {
    let error = Error::Value("it is not UTF-8".to_owned()).of_field(key, "from the query");
    Problem::bad_request(error.to_string())
}
