//! What a document consists of, before it is one: nothing is lost to something of the same name.

use std::collections::BTreeSet;
use std::fmt;

use utoipa::openapi::path::{HttpMethod, Operation, PathItem, Paths};
use utoipa::openapi::{Components, OpenApi, Tag};

use super::components::Registry;
use super::error::Mistake;
use super::facts::Facts;
use super::{DocumentError, Form, operation};
use crate::describe::Verb;

pub(super) struct Parts {
    registry: Registry,
    operations: Vec<(Route, Operation)>,
    tags: Vec<Tag>,
    mistakes: Vec<Mistake>,
}

struct Route {
    path: String,
    verb: Verb,
}

impl Parts {
    pub(super) fn of(endpoints: &[Facts], form: Form) -> Self {
        let mut registry = Registry::default();
        for (name, schema) in endpoints.iter().flat_map(|facts| &facts.schemas) {
            registry.add(name, schema.clone());
        }
        let mut parts = Self {
            registry,
            operations: Vec::new(),
            tags: Vec::new(),
            mistakes: Vec::new(),
        };
        for facts in endpoints {
            parts.add(facts, form);
        }
        parts
    }

    fn add(&mut self, facts: &Facts, form: Form) {
        let operation = operation::of(facts, form, &mut self.registry, &mut self.mistakes);
        let route = Route {
            path: operation::path(facts.descriptor),
            verb: facts.descriptor.verb(),
        };
        self.operations.push((route, operation));
        let tag = operation::tag(facts.descriptor);
        if !self.tags.contains(&tag) {
            self.tags.push(tag);
        }
    }

    /// Adds all to `document`, or nothing where something clashes.
    pub(super) fn merge_into(self, document: &mut OpenApi) -> Result<(), DocumentError> {
        let Self {
            registry,
            operations,
            tags,
            mut mistakes,
        } = self;
        let mut components = document.components.clone().unwrap_or_default();
        let needed = registry.needed_by(
            operations.iter().map(|(_, operation)| operation),
            &components,
            &mut mistakes,
        );
        components.schemas.extend(needed);
        let mut paths = document.paths.clone();
        let mut ids: BTreeSet<_> = ids(&paths).map(str::to_owned).collect();
        for (route, operation) in operations {
            if let Some(id) = &operation.operation_id
                && !ids.insert(id.clone())
            {
                mistakes.push(Mistake::Operations(id.clone()));
            }
            if paths
                .get_path_operation(&route.path, route.method())
                .is_some()
            {
                mistakes.push(Mistake::Routes(route.to_string()));
            }
            paths.add_path_operation(&route.path, vec![route.method()], operation);
        }
        DocumentError::of(mistakes)?;
        document.paths = paths;
        if components != Components::new() {
            document.components = Some(components);
        }
        let known = document.tags.get_or_insert_default();
        for tag in tags {
            if known.iter().all(|it| it.name != tag.name) {
                known.push(tag);
            }
        }
        Ok(())
    }
}

impl Route {
    fn method(&self) -> HttpMethod {
        match self.verb {
            Verb::Get => HttpMethod::Get,
            Verb::Post => HttpMethod::Post,
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = match self.verb {
            Verb::Get => "GET",
            Verb::Post => "POST",
        };
        write!(f, "{method} {}", self.path)
    }
}

/// The ids of all operations.
fn ids(paths: &Paths) -> impl Iterator<Item = &str> {
    let operations = paths.paths.values().flat_map(operations_of);
    operations.filter_map(|operation| operation.operation_id.as_deref())
}

fn operations_of(item: &PathItem) -> impl Iterator<Item = &Operation> {
    let by_method = [
        &item.get,
        &item.put,
        &item.post,
        &item.delete,
        &item.options,
        &item.head,
        &item.patch,
        &item.trace,
        &item.query,
    ];
    let others = item.additional_operations.values();
    by_method.into_iter().flatten().chain(others)
}
