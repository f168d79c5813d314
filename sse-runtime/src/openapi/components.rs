//! The schemas that have a name, and who refers to them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Components, Ref, RefOr, Schema};

use super::error::Mistake;

/// A reference may lead to another; where it leads round and round, it leads nowhere.
const HOPS: usize = 16;

const PREFIX: &str = "#/components/schemas/";

/// All schemas with a name that the types of a document bring along, needed or not.
#[derive(Default)]
pub(super) struct Registry {
    schemas: BTreeMap<String, RefOr<Schema>>,
    /// Names that two different schemas have.
    clashes: BTreeSet<String>,
}

impl Registry {
    /// Adds a schema; how others refer to it.
    pub(super) fn add(&mut self, name: &str, schema: RefOr<Schema>) -> Ref {
        match self.schemas.get(name) {
            Some(known) if *known != schema => {
                self.clashes.insert(name.to_owned());
            }
            Some(_) => {}
            None => {
                self.schemas.insert(name.to_owned(), schema);
            }
        }
        Ref::from_schema_name(name)
    }

    /// The schema that is meant, wherever it stands.
    pub(super) fn resolve<'a>(&'a self, mut schema: &'a RefOr<Schema>) -> Option<&'a Schema> {
        for _ in 0..HOPS {
            match schema {
                RefOr::T(schema) => return Some(schema),
                RefOr::Ref(reference) => {
                    let name = reference.ref_location.strip_prefix(PREFIX)?;
                    schema = self.schemas.get(name)?;
                }
            }
        }
        None
    }

    /// What `operations` refer to, directly or by way of others, and `others` do not have.
    pub(super) fn needed_by<'a>(
        mut self,
        operations: impl Iterator<Item = &'a Operation>,
        others: &Components,
        mistakes: &mut Vec<Mistake>,
    ) -> BTreeMap<String, RefOr<Schema>> {
        let mut needed = BTreeMap::new();
        let mut open: Vec<String> = operations.flat_map(references).collect();
        while let Some(name) = open.pop() {
            if needed.contains_key(&name) {
                continue;
            }
            let other = others.schemas.get(&name);
            let Some(schema) = self.schemas.remove(&name) else {
                if other.is_none() {
                    mistakes.push(Mistake::Dangling(name));
                }
                continue;
            };
            if self.clashes.contains(&name) || other.is_some_and(|other| *other != schema) {
                mistakes.push(Mistake::Schemas(name.clone()));
            }
            open.extend(references(&schema));
            needed.insert(name, schema);
        }
        needed
    }
}

/// The names of all schemas that something refers to.
fn references(of: &impl Serialize) -> Vec<String> {
    let mut names = Vec::new();
    // What cannot be written as JSON cannot be so in the document either, which is where it is told.
    collect(&serde_json::to_value(of).unwrap_or_default(), &mut names);
    names
}

fn collect(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                match value.as_str().and_then(|text| text.strip_prefix(PREFIX)) {
                    Some(name) if key == "$ref" => names.push(name.to_owned()),
                    _ => collect(value, names),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, names)),
        _ => {}
    }
}
