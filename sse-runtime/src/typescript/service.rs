//! The module of one service: its endpoints, and nothing that all services share.

use std::collections::BTreeSet;

use super::Error;
use super::endpoint::Endpoint;
use super::text::{self, camel, comment, kebab, lines};
use super::types::Types;

/// A service with its endpoints, in the order of the trait.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) name: &'static str,
    pub(super) endpoints: Vec<Endpoint>,
}

impl Service {
    /// How others import it.
    pub(super) fn namespace(&self) -> String {
        camel(self.name)
    }

    /// What the trait says of itself, as a comment.
    pub(super) fn docs(&self) -> String {
        let first = self.endpoints.first();
        let docs = first.map_or("", |it| it.descriptor.service_documentation());
        comment(lines(docs), "")
    }

    /// Its file, without `.ts`.
    pub(super) fn module_name(&self) -> String {
        kebab(self.name)
    }

    pub(super) fn module(&self, types: &Types) -> Result<String, Error> {
        let written = self
            .endpoints
            .iter()
            .map(|endpoint| {
                endpoint.written(types).map_err(|reason| Error::Endpoint {
                    endpoint: endpoint.descriptor.endpoint_name().to_string(),
                    reason,
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let uses: Vec<_> = written.iter().map(|it| types.keyed(&it.uses)).collect();
        let imported: BTreeSet<_> = uses.iter().flat_map(|uses| types.mentioned(uses)).collect();
        let declared = written.iter().flat_map(|it| &it.names).map(String::as_str);
        distinct(
            imported.iter().copied().chain(declared).chain(["sse"]),
            &format!("src/{}.ts", self.module_name()),
        )?;
        let imports = match imported.into_iter().collect::<Vec<_>>().join(", ") {
            names if names.is_empty() => String::new(),
            names => format!("import type {{ {names} }} from \"./types.ts\";\n"),
        };
        let endpoints: Vec<_> = written.into_iter().map(|endpoint| endpoint.text).collect();
        let body = format!(
            "import * as sse from \"./runtime/index.ts\";\n{imports}\n{}",
            endpoints.join("\n")
        );
        Ok(types.keyed(&text::module(&body)))
    }
}

/// Refuses two things of one name in a module.
pub(super) fn distinct<'a>(
    names: impl IntoIterator<Item = &'a str>,
    module: &str,
) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    match names.into_iter().find(|name| !seen.insert(*name)) {
        Some(name) => Err(Error::Taken {
            name: name.to_owned(),
            module: module.to_owned(),
        }),
        None => Ok(()),
    }
}
