//! Which events an endpoint sends: their names, and what the data of each is.

use super::endpoint::Endpoint;
use super::syntax::{literal, object, split};
use super::text::{key, quoted};
use super::types::{Mention, Types};
use crate::describe::{DataForm, DataRole, NameRole, keys};

/// Names that the handlers of a subscription have for something else.
const HANDLERS: &[&str] = &["error", "gap"];

/// The events of an endpoint.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Events {
    /// These, with the type of the data of each.
    Named(Vec<(String, String)>),
    /// Of any name, with data of this type.
    Any(String),
}

impl Events {
    /// The names of all, where they are known.
    pub(super) fn names(&self) -> Option<Vec<&str>> {
        match self {
            Self::Named(events) => Some(events.iter().map(|(name, _)| name.as_str()).collect()),
            Self::Any(_) => None,
        }
    }

    /// The object type of the data of each name.
    pub(super) fn map(&self) -> String {
        match self {
            Self::Named(events) => {
                let members = events
                    .iter()
                    .map(|(name, data)| format!("  {}: {data};\n", key(name)));
                format!("{{\n{}}}", members.collect::<String>())
            }
            Self::Any(data) => format!("{{ [name: string]: {data} }}"),
        }
    }
}

/// Finds them, or says what to do where they cannot be found.
pub(super) fn of(types: &Types, endpoint: &Endpoint) -> Result<Events, String> {
    let events = match endpoint.descriptor.name_role() {
        NameRole::None if endpoint.form == DataForm::Untyped => Events::Any(data(types, endpoint)?),
        NameRole::None => one("message", data(types, endpoint)?),
        NameRole::Constant(name) => one(name, data(types, endpoint)?),
        NameRole::Field(field) => named_by(types, endpoint, field, &data(types, endpoint)?),
        NameRole::Variants => externally_tagged(types, &content(types, endpoint)?)?,
        NameRole::Tagged(tag) => tagged(types, &content(types, endpoint)?, tag)?,
    };
    let names = events.names().unwrap_or_default();
    match names.iter().find(|name| HANDLERS.contains(name)) {
        Some(name) => Err(format!(
            "an event cannot be named `{name}` for TypeScript, where a handler of that name is for something \
             else; rename it"
        )),
        None => Ok(events),
    }
}

fn one(name: &str, data: String) -> Events {
    Events::Named(vec![(name.to_owned(), data)])
}

/// The type of the data, where it is the same for all names.
fn data(types: &Types, endpoint: &Endpoint) -> Result<String, String> {
    match endpoint.form {
        DataForm::Text | DataForm::Untyped => Ok("string".to_owned()),
        DataForm::Json => Ok(content(types, endpoint)?.name),
    }
}

/// What is sent as JSON: the event, or one of its fields.
fn content(types: &Types, endpoint: &Endpoint) -> Result<Mention, String> {
    let field = match endpoint.descriptor.data_role() {
        DataRole::Event => return Ok(endpoint.event.clone()),
        DataRole::Field(field) | DataRole::Json(field) | DataRole::Text(field) => field,
    };
    let Some(ty) = field_type(types, endpoint, field) else {
        let keys: Vec<_> = types
            .members(&endpoint.event.body)
            .iter()
            .map(|it| it.key.to_owned())
            .collect();
        return Err(format!(
            "`{}` has nothing in TypeScript that the field `{field}` can be recognised by: it has {keys:?}; \
             give the field a name there that differs in case and `_` only",
            endpoint.event.name,
        ));
    };
    let ty = match endpoint.descriptor.data_role() {
        // `None` is no data, and an event without data is none.
        DataRole::Field(_) => without_null(&ty),
        _ => ty,
    };
    Ok(Mention {
        body: ty.clone(),
        name: ty,
    })
}

fn field_type(types: &Types, endpoint: &Endpoint, field: &str) -> Option<String> {
    let members = types.members(&endpoint.event.body);
    let known: Vec<_> = members.iter().map(|member| member.key).collect();
    let key = *keys::matching(&known, field).first()?;
    members
        .iter()
        .find(|member| member.key == key)
        .map(|member| member.ty.to_owned())
}

/// A field holds the name: one of some where its type says so, else any.
fn named_by(types: &Types, endpoint: &Endpoint, field: &str, data: &str) -> Events {
    let ty = field_type(types, endpoint, field).unwrap_or_default();
    let names = types.literals(&ty).filter(|names| !names.is_empty());
    let Some(mut names) = names else {
        return Events::Any(data.to_owned());
    };
    // "If the event type buffer has a value other than the empty string", else it is `message`
    // (WHATWG HTML §9.2.6).
    let may_be_absent = types.union(&ty).iter().any(|member| member == "null");
    if may_be_absent && !names.iter().any(|name| name == "message") {
        names.push("message".to_owned());
    }
    let events = names.into_iter().map(|name| (name, data.to_owned()));
    Events::Named(events.collect())
}

/// `{ "added": Added } | "cleared"`.
fn externally_tagged(types: &Types, content: &Mention) -> Result<Events, String> {
    let members = types.union(&content.body);
    let each = members.iter().map(|member| {
        if let Some(name) = literal(member) {
            return Ok((name.to_owned(), "null".to_owned()));
        }
        match object(member).as_deref() {
            Some([variant]) if variant.is_quoted => Ok((variant.key.to_owned(), variant.ty.to_owned())),
            _ => Err(format!(
                "`{}` is no externally tagged enum in TypeScript: it can be `{member}`; for another form of enum \
                 write `variants = \"tag\"`",
                content.name
            )),
        }
    });
    each.collect::<Result<_, _>>().map(Events::Named)
}

/// `{ "type": "added", … } | { "type": "cleared" }`.
fn tagged(types: &Types, content: &Mention, tag: &str) -> Result<Events, String> {
    let mut events = Vec::new();
    for member in types.union(&content.body) {
        let names = tags(types, &member, tag);
        if names.is_empty() {
            return Err(format!(
                "`{}` has no names in `{tag}` in TypeScript: it can be `{member}`",
                content.name
            ));
        }
        let of_one = names.len() == 1;
        for name in names {
            let is_it = format!("{{ {}: {} }}", key(tag), quoted(&name));
            let data = if of_one {
                format!("Extract<{}, {is_it}>", content.name)
            } else {
                format!("{} & {is_it}", grouped(&content.name))
            };
            events.push((name, data));
        }
    }
    Ok(Events::Named(events))
}

/// The texts that the tag can be, in whatever part of the type it stands.
fn tags(types: &Types, ty: &str, tag: &str) -> Vec<String> {
    let of_part = |part: &str| match object(part) {
        Some(members) => {
            let member = members.into_iter().find(|member| member.key == tag);
            member
                .and_then(|member| types.literals(member.ty))
                .unwrap_or_default()
        }
        None => {
            let members = types.union(part);
            let is_the_same = members.len() == 1 && members.iter().all(|member| member == part);
            let deeper = members.iter().filter(|_| !is_the_same);
            deeper.flat_map(|member| tags(types, member, tag)).collect()
        }
    };
    split(ty, '&')
        .into_iter()
        .map(of_part)
        .find(|names| !names.is_empty())
        .unwrap_or_default()
}

/// A type that an `&` after it takes whole.
fn grouped(ty: &str) -> String {
    match split(ty, '|').len() {
        1 => ty.to_owned(),
        _ => format!("({ty})"),
    }
}

fn without_null(ty: &str) -> String {
    let parts = split(ty, '|').into_iter().filter(|part| *part != "null");
    parts.collect::<Vec<_>>().join(" | ")
}
