//! One endpoint, as a constant of TypeScript.

use std::time::Duration;

use serde::de::DeserializeOwned;
use ts_rs::TS;

use super::events::{self, Events};
use super::text::{camel, comment, is_identifier, key, pascal, quoted};
use super::types::{Mention, Types};
use crate::describe::{self, DataForm, Descriptor, Done, OpenAfter, Origin, Verb, keys};

/// What is known of an endpoint.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) descriptor: &'static Descriptor,
    pub(super) form: DataForm,
    pub(super) event: Mention,
    payload: Option<Payload>,
}

#[derive(Debug)]
struct Payload {
    ty: Mention,
    /// What serde calls its fields, or why that cannot be known.
    keys: Result<&'static [&'static str], String>,
}

/// An endpoint in TypeScript.
pub(super) struct Written {
    /// What it declares.
    pub(super) names: Vec<String>,
    /// Its declarations.
    pub(super) text: String,
    /// The types that these are made of.
    pub(super) uses: String,
}

impl Endpoint {
    pub(super) fn new<E, T, P>(types: &mut Types) -> Self
    where
        E: describe::Endpoint<T>,
        T: TS + 'static,
        P: TS + DeserializeOwned + 'static,
    {
        Self {
            descriptor: E::DESCRIPTOR,
            form: E::data_form(),
            event: types.add::<T>(),
            payload: E::DESCRIPTOR.sources().map(|_| Payload {
                ty: types.add::<P>(),
                keys: keys::of::<P>(),
            }),
        }
    }

    pub(super) fn written(&self, types: &Types) -> Result<Written, String> {
        let method = self.descriptor.method_name();
        let name = camel(method);
        let events = events::of(types, self)?;
        let members = self.members(types, &events)?;
        let input = match &self.payload {
            Some(payload) => Some(Alias {
                docs: format!("What `{name}` takes."),
                name: format!("{}Input", pascal(method)),
                ty: self.input(types, payload)?,
            }),
            None => None,
        };
        let events = Alias {
            docs: format!("The events of `{name}`: what each name has for data."),
            name: format!("{}Events", pascal(method)),
            ty: events.map(),
        };
        let payload = input.as_ref().map_or("undefined", |input| &input.name);
        let ty = format!("<{payload}, {}>", events.name);
        let (constant, export, renamed) = exported(name);
        // With its type beside it: into declarations `tsc` writes out what an inferred one is made of.
        let mut text = format!(
            "{docs}{export}const {constant}: sse.Endpoint{ty} = /* @__PURE__ */ sse.endpoint{ty}({{\n\
             {members}}});\n{renamed}",
            docs = self.docs(),
        );
        let mut names = vec![constant];
        let mut uses = Vec::new();
        for Alias { docs, name, ty } in input.into_iter().chain([events]) {
            text += &format!("\n/** {docs} */\nexport type {name} = {ty};\n");
            names.push(name);
            uses.push(ty);
        }
        Ok(Written {
            names,
            text,
            uses: uses.join(" | "),
        })
    }

    /// The payload, as one may give it.
    fn input(&self, types: &Types, payload: &Payload) -> Result<String, String> {
        let known = payload.keys.clone()?;
        let name = &payload.ty.name;
        let members = types.members(&payload.ty.body);
        if let Some(member) = members.iter().find(|member| !known.contains(&member.key)) {
            return Err(format!(
                "`{name}` has `{}` in TypeScript, which the server does not read: serde knows {known:?}; give the \
                 field one name for both, or leave it out with `#[ts(skip)]`",
                member.key
            ));
        }
        let cookies: Vec<_> = self
            .sources(types)?
            .into_iter()
            .filter(|(_, origin)| matches!(origin, Place::Cookie(_)))
            .map(|(key, _)| quoted(&key))
            .collect();
        Ok(match cookies.as_slice() {
            [] => format!("sse.Input<{name}>"),
            // A page cannot set them: there they come from the browser, and so may be left out.
            cookies => format!("sse.Input<{name}, {}>", cookies.join(" | ")),
        })
    }

    /// The members of the payload that are neither in the query nor in the body.
    fn sources(&self, types: &Types) -> Result<Vec<(String, Place)>, String> {
        let (Some(payload), Some(sources)) = (&self.payload, self.descriptor.sources()) else {
            return Ok(Vec::new());
        };
        let known = payload.keys.clone()?;
        let members = types.members(&payload.ty.body);
        let each = sources.iter().map(|source| {
            let field = source.field();
            let meant = keys::matching(known, field);
            let found = meant.iter().find(|key| members.iter().any(|it| it.key == **key));
            let Some(key) = found else {
                return Err(format!(
                    "`{}` has no member in TypeScript for its field `{field}`; serde knows {known:?}",
                    payload.ty.name
                ));
            };
            let place = match source.origin() {
                Origin::Path => Place::Path(field),
                Origin::LastEventId => Place::LastEventId,
                Origin::Header(name) => Place::Header(name),
                Origin::Cookie(name) => Place::Cookie(name),
            };
            Ok(((*key).to_owned(), place))
        });
        each.collect()
    }

    fn members(&self, types: &Types, events: &Events) -> Result<String, String> {
        let descriptor = self.descriptor;
        let method = match descriptor.verb() {
            Verb::Get => "GET",
            Verb::Post => "POST",
        };
        let mut members = vec![
            ("name", quoted(&descriptor.endpoint_name().to_string())),
            ("method", quoted(method)),
            ("path", quoted(descriptor.path())),
        ];
        let sources = self.sources(types)?;
        if !sources.is_empty() {
            let each = sources
                .iter()
                .map(|(name, place)| format!("{}: {}", key(name), place.written()));
            members.push((
                "sources",
                format!("{{ {} }}", each.collect::<Vec<_>>().join(", ")),
            ));
        }
        let data = match self.form {
            DataForm::Text | DataForm::Untyped => "text",
            DataForm::Json => "json",
        };
        members.push(("data", quoted(data)));
        let names = events.names();
        members.push((
            "names",
            names.as_deref().map_or_else(|| quoted("any"), list),
        ));
        match descriptor.completion() {
            Done::Never => {}
            Done::Returned => members.push(("done", "true".to_owned())),
            Done::Text(text) => members.push(("done", format!("{{ text: {} }}", quoted(text)))),
            Done::Variants(variants) => {
                members.push(("done", ends(&names.unwrap_or_default(), variants)))
            }
        }
        let open_after = match descriptor.opening() {
            OpenAfter::ByDefault(time) | OpenAfter::After(time) => Some(time),
            OpenAfter::Never => None,
        };
        let times = [
            ("keepAlive", descriptor.keep_alive_interval()),
            ("openAfter", open_after),
        ];
        members.extend(
            times
                .into_iter()
                .filter_map(|(name, time)| Some((name, milliseconds(time?)))),
        );
        let names = [
            ("pingEvent", descriptor.ping_event_name()),
            ("errorEvent", descriptor.error_event_name()),
        ];
        members.extend(
            names
                .into_iter()
                .filter_map(|(name, event)| Some((name, quoted(event?)))),
        );
        Ok(members
            .iter()
            .map(|(name, value)| format!("  {name}: {value},\n"))
            .collect())
    }

    fn docs(&self) -> String {
        let descriptor = self.descriptor;
        let method = match descriptor.verb() {
            Verb::Get => "GET",
            Verb::Post => "POST",
        };
        let route = format!("`{method} {}`", descriptor.path());
        let docs = descriptor.documentation();
        let mut lines: Vec<_> = docs
            .lines()
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect();
        if !lines.is_empty() {
            lines.push("");
        }
        lines.push(&route);
        if descriptor.is_deprecated() {
            lines.extend(["", "@deprecated"]);
        }
        comment(lines, "")
    }
}

/// A type that is declared beside the constant.
struct Alias {
    docs: String,
    name: String,
    ty: String,
}

/// How a constant is declared that others see under this name: `delete`, say, cannot be declared.
fn exported(name: String) -> (String, &'static str, String) {
    if is_identifier(&name) && name != "sse" {
        return (name, "export ", String::new());
    }
    let constant = format!("{name}_");
    let renamed = format!("export {{ {constant} as {name} }};\n");
    (constant, "", renamed)
}

/// Where a member of the payload goes.
enum Place {
    Path(&'static str),
    LastEventId,
    Header(&'static str),
    Cookie(&'static str),
}

impl Place {
    fn written(&self) -> String {
        match self {
            Self::Path(name) => format!("{{ path: {} }}", quoted(name)),
            Self::LastEventId => quoted("last-event-id"),
            Self::Header(name) => format!("{{ header: {} }}", quoted(name)),
            Self::Cookie(name) => format!("{{ cookie: {} }}", quoted(name)),
        }
    }
}

/// The names of the variants that end the stream. One that serde renames beyond recognition is not
/// missed: the server tells the end as well.
fn ends(names: &[&str], variants: &[&str]) -> String {
    let found = variants
        .iter()
        .map(|variant| keys::matching(names, variant).first().copied());
    match found.collect::<Option<Vec<_>>>() {
        Some(names) => format!("{{ names: {} }}", list(&names)),
        None => "true".to_owned(),
    }
}

fn list(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| quoted(name)).collect();
    format!("[{}]", names.join(", "))
}

fn milliseconds(time: Duration) -> String {
    time.as_millis().to_string()
}
