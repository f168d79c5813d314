//! What an endpoint takes: which members there are, and where each of them goes.

use serde::de::DeserializeOwned;
use ts_rs::TS;

use super::text::{key, quoted};
use super::types::{Mention, Types};
use crate::describe::{Origin, Source, keys};

/// The payload of an endpoint.
#[derive(Debug)]
pub(super) struct Payload {
    ty: Mention,
    /// What serde calls its fields, or why that cannot be known.
    keys: Result<&'static [&'static str], String>,
    sources: &'static [Source],
}

impl Payload {
    pub(super) fn new<P: TS + DeserializeOwned + 'static>(
        types: &mut Types,
        sources: &'static [Source],
    ) -> Self {
        Self {
            ty: types.add::<P>(),
            keys: keys::of::<P>(),
            sources,
        }
    }

    /// Its type, as one may give it.
    pub(super) fn input(&self, types: &Types) -> Result<String, String> {
        let known = self.keys.clone()?;
        let name = &self.ty.name;
        let members = types.members(&self.ty.body);
        if let Some(member) = members.iter().find(|member| !known.contains(&member.key)) {
            return Err(format!(
                "`{name}` has `{}` in TypeScript, which the server does not read: serde knows {known:?}; give the \
                 field one name for both, or leave it out with `#[ts(skip)]`",
                member.key
            ));
        }
        let placed = self.placed(types)?;
        let is_cookie = |source: &Source| matches!(source.origin(), Origin::Cookie(_));
        let cookies = placed.into_iter().filter(|(_, source)| is_cookie(source));
        let cookies = cookies.map(|(key, _)| quoted(key));
        Ok(match cookies.collect::<Vec<_>>().as_slice() {
            [] => format!("sse.Input<{name}>"),
            // A page cannot set them: there they come from the browser, and so may be left out.
            cookies => format!("sse.Input<{name}, {}>", cookies.join(" | ")),
        })
    }

    /// The members that go neither into the query nor into the body, as an object; `None` where there
    /// are none.
    pub(super) fn sources(&self, types: &Types) -> Result<Option<String>, String> {
        let placed = self.placed(types)?;
        let members: Vec<_> = placed
            .iter()
            .map(|(name, source)| format!("{}: {}", key(name), place(source)))
            .collect();
        Ok((!members.is_empty()).then(|| format!("{{ {} }}", members.join(", "))))
    }

    fn placed(&self, types: &Types) -> Result<Vec<(&'static str, &'static Source)>, String> {
        let known = self.keys.clone()?;
        let members = types.members(&self.ty.body);
        let each = self.sources.iter().map(|source| {
            let field = source.field();
            let meant = keys::matching(known, field);
            let mut found = meant.into_iter().filter(|key| members.iter().any(|it| it.key == *key));
            let Some(key) = found.next() else {
                return Err(format!(
                    "`{}` has no member in TypeScript for its field `{field}`; serde knows {known:?}",
                    self.ty.name
                ));
            };
            Ok((key, source))
        });
        each.collect()
    }
}

/// Where a member goes.
fn place(source: &Source) -> String {
    match source.origin() {
        // The parameter has the name of the field, whatever serde calls that.
        Origin::Path => format!("{{ path: {} }}", quoted(source.field())),
        Origin::LastEventId => quoted("last-event-id"),
        Origin::Header(name) => format!("{{ header: {} }}", quoted(name)),
        Origin::Cookie(name) => format!("{{ cookie: {} }}", quoted(name)),
    }
}
