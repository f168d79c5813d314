//! One endpoint, as a constant of TypeScript.

use std::time::Duration;

use serde::de::DeserializeOwned;
use ts_rs::TS;

use super::events::{self, Events};
use super::payload::Payload;
use super::text::{camel, comment, is_identifier, lines, pascal, quoted};
use super::types::{Mention, Types};
use crate::describe::{self, DataForm, Descriptor, Done, OpenAfter, Verb, keys};

/// What is known of an endpoint.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) descriptor: &'static Descriptor,
    pub(super) form: DataForm,
    pub(super) event: Mention,
    payload: Option<Payload>,
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
            payload: E::DESCRIPTOR
                .sources()
                .map(|sources| Payload::new::<P>(types, sources)),
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
                ty: payload.input(types)?,
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

    fn members(&self, types: &Types, events: &Events) -> Result<String, String> {
        let descriptor = self.descriptor;
        let mut members = vec![
            ("name", quoted(&descriptor.endpoint_name().to_string())),
            ("method", quoted(verb(descriptor))),
            ("path", quoted(descriptor.path())),
        ];
        if let Some(payload) = &self.payload
            && let Some(sources) = payload.sources(types)?
        {
            members.push(("sources", sources));
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
        let route = format!("`{} {}`", verb(descriptor), descriptor.path());
        let mut lines: Vec<_> = lines(descriptor.documentation()).collect();
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

fn verb(descriptor: &Descriptor) -> &'static str {
    match descriptor.verb() {
        Verb::Get => "GET",
        Verb::Post => "POST",
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
