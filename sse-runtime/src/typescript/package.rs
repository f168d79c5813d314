use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use ts_rs::TS;

use super::endpoint::Endpoint;
use super::service::{Service, distinct};
use super::types::Types;
use super::{Error, directory, manifest, readme, runtime, text};
use crate::describe::{self, Endpoints, Visit};

/// An npm package: typed clients of some services. [The guide](crate::guide::typescript) says what is
/// in it.
#[derive(Debug)]
pub struct Package {
    name: String,
    version: Option<String>,
    with_react: bool,
    types: Types,
    services: Vec<Service>,
    /// Endpoints of the service that is being added.
    visited: Vec<Endpoint>,
}

impl Package {
    /// A package of this name, without services.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            version: None,
            with_react: false,
            types: Types::new(),
            services: Vec::new(),
            visited: Vec::new(),
        }
    }

    /// The version of the package, `env!("CARGO_PKG_VERSION")` say. Without one the package is
    /// private: npm does not publish it.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Adds the hook `useEvents` for React 18 and later, as a module of its own: `files-client/react`.
    /// Nothing else needs React.
    #[must_use]
    pub fn react(mut self) -> Self {
        self.with_react = true;
        self
    }

    /// Adds a service, by the server that `#[server_sent_events]` has made: what it streams and takes
    /// has to be [`TS`]. Which type the service itself has does not matter: `NotificationsServer<()>`
    /// will do.
    ///
    /// # Panics
    /// Where the [`TS`] of a type does, as that of one that flattens a tuple or an `Option`.
    #[must_use]
    pub fn add<S: Endpoints<Self>>(mut self) -> Self {
        S::visit(&mut self);
        let endpoints = std::mem::take(&mut self.visited);
        if let Some(name) = endpoints.first().map(|it| it.descriptor.service_name()) {
            self.services.push(Service { name, endpoints });
        }
        self
    }

    /// All files of the package: paths in its directory, with `/` between names, and what they hold.
    ///
    /// The same package has the same files, byte for byte.
    ///
    /// # Errors
    /// When two things would have the same name, or something has no form in TypeScript: all variants
    /// of [`Error`] but those that are about a directory.
    pub fn files(&self) -> Result<BTreeMap<PathBuf, String>, Error> {
        let name = self.checked_name()?;
        let namespaces: Vec<_> = self.services.iter().map(Service::namespace).collect();
        let type_names = self.types.names().map(|(name, _)| name);
        let exported = namespaces.iter().map(String::as_str).chain(type_names);
        distinct(exported, "src/index.ts")?;
        let modules: Vec<_> = self.services.iter().map(Service::module_name).collect();
        let others = ["index", "react", "runtime", "types"];
        distinct(modules.iter().map(String::as_str).chain(others), "src")?;

        let mut files = BTreeMap::new();
        let mut add = |path: String, text: String| files.insert(PathBuf::from(path), text);
        for (service, module) in self.services.iter().zip(&modules) {
            add(format!("src/{module}.ts"), service.module(&self.types)?);
        }
        add("src/types.ts".to_owned(), self.types.module()?);
        add("src/index.ts".to_owned(), self.index());
        for (file, module) in runtime::files(self.with_react) {
            add(format!("src/runtime/{file}"), text::module(module));
        }
        let has_enums = self.types.names().any(|(_, is_value)| is_value);
        add("tsconfig.json".to_owned(), manifest::tsconfig(has_enums));
        add(
            "package.json".to_owned(),
            manifest::package(
                name,
                self.version.as_deref(),
                &self.services,
                self.with_react,
            ),
        );
        add(
            "README.md".to_owned(),
            readme::readme(name, &self.services, self.with_react),
        );
        Ok(files)
    }

    /// Makes `directory` hold the package: it is made where it is not there, files that are as they
    /// should be are not touched, and those of an earlier run that are no longer part of the package
    /// are removed. Nothing else is: neither `node_modules` nor what you have put there.
    ///
    /// # Errors
    /// As [`files`](Self::files). When a file that is not ours has the name of one of ours, or a link
    /// leads out of the directory ([`Error::Foreign`]): then nothing is written. When the file system
    /// refuses ([`Error::Io`]): then some files may be written already.
    pub fn write_to(&self, directory: impl AsRef<Path>) -> Result<(), Error> {
        directory::write(directory.as_ref(), &self.files()?)
    }

    /// Whether `directory` holds the package as it would be written now. Line ends may differ.
    ///
    /// # Errors
    /// [`Error::Outdated`] where it does not, with the files that differ; else as
    /// [`write_to`](Self::write_to). Nothing is written.
    pub fn check(&self, directory: impl AsRef<Path>) -> Result<(), Error> {
        directory::check(directory.as_ref(), &self.files()?)
    }

    /// "Package name … must not contain any non-URL-safe characters", "must be less than or equal to
    /// 214 characters", "must not start with a dot or an underscore", "no uppercase letters" (npm,
    /// package.json, `name`).
    fn checked_name(&self) -> Result<&str, Error> {
        let is_part = |part: &str| {
            let is_char = |char: char| {
                char.is_ascii_lowercase() || char.is_ascii_digit() || "-_.".contains(char)
            };
            !part.is_empty() && !part.starts_with(['.', '_']) && part.chars().all(is_char)
        };
        let is_name = match self.name.strip_prefix('@') {
            Some(scoped) => scoped
                .split_once('/')
                .is_some_and(|(scope, name)| is_part(scope) && is_part(name)),
            None => is_part(&self.name),
        };
        if is_name && self.name.len() <= 214 {
            Ok(&self.name)
        } else {
            Err(Error::PackageName {
                name: self.name.clone(),
            })
        }
    }

    fn index(&self) -> String {
        let mut body = String::new();
        for service in &self.services {
            body += &format!(
                "{}export * as {} from \"./{}.ts\";\n",
                service.docs(),
                service.namespace(),
                service.module_name()
            );
        }
        // By name, as then they win over what the runtime has of the same name.
        for (is_value, export) in [(false, "export type"), (true, "export")] {
            let names = self.types.names().filter(|(_, value)| *value == is_value);
            let names: Vec<_> = names.map(|(name, _)| name).collect();
            if !names.is_empty() {
                body += &format!("{export} {{ {} }} from \"./types.ts\";\n", names.join(", "));
            }
        }
        body += "export * from \"./runtime/index.ts\";\n";
        text::module(&body)
    }
}

impl<E, T, P, O> Visit<E, T, P, O> for Package
where
    E: describe::Endpoint<T>,
    T: TS + 'static,
    P: TS + DeserializeOwned + 'static,
{
    fn endpoint(&mut self) {
        let endpoint = Endpoint::new::<E, T, P>(&mut self.types);
        self.visited.push(endpoint);
    }
}
