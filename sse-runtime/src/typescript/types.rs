//! The declarations of all types that services name, each of them once.

use std::any::TypeId;
use std::collections::{BTreeMap, HashSet};

use ts_rs::{Config, TS, TypeVisitor};

use super::Error;
use super::syntax::{Member, literal, object, split, words};
use super::text::{self, is_type_name};

/// What the integers of 64 bits and more are: a `number` as long as that is exact.
const INTEGER: &str = "number | bigint";
const BOOLEAN: &str = "boolean";

/// The types of a package, as ts-rs writes them.
#[derive(Debug)]
pub(super) struct Types {
    seen: HashSet<TypeId>,
    declared: BTreeMap<String, Declaration>,
    /// The first name that two types share although they differ.
    shared: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
struct Declaration {
    docs: String,
    text: String,
}

/// A type as it is mentioned, and what it stands for where that is known.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    pub(super) name: String,
    /// Its definition with all parameters filled in, or its name again.
    pub(super) body: String,
}

impl Types {
    pub(super) fn new() -> Self {
        Self {
            seen: HashSet::new(),
            declared: BTreeMap::new(),
            shared: None,
        }
    }

    /// Declares a type and all that it depends on.
    pub(super) fn add<T: TS + 'static>(&mut self) -> Mention {
        self.visit::<T>();
        T::visit_generics(self);
        let config = config();
        let name = T::name(&config);
        // Only what has a declaration can be asked for its definition: a tuple, say, panics.
        let body = match T::output_path() {
            Some(_) => text::closed(&T::inline(&config)),
            None => name.clone(),
        };
        Mention { name, body }
    }

    /// The module that declares them.
    pub(super) fn module(&self) -> Result<String, Error> {
        if let Some(name) = &self.shared {
            return Err(Error::Types { name: name.clone() });
        }
        if let Some(name) = self.declared.keys().find(|name| !is_type_name(name)) {
            return Err(Error::TypeName { name: name.clone() });
        }
        let declarations: String = self
            .declared
            .values()
            .map(|Declaration { docs, text }| format!("\n{docs}export {text}\n"))
            .collect();
        Ok(self.keyed(&text::module(match declarations.trim_start() {
            "" => "export {};\n",
            declarations => declarations,
        })))
    }

    /// A module whose maps have keys that TypeScript allows. Where an integer is the key of a map,
    /// ts-rs has `number | bigint` for it, or the name of a type that is that. In JSON keys are texts,
    /// and TypeScript takes those that look like a number for one. Of the two texts that a `boolean`
    /// is, a map need not have both.
    pub(super) fn keyed(&self, module: &str) -> String {
        let newtypes = self.declared.keys().map(String::as_str);
        newtypes
            .chain([INTEGER, BOOLEAN])
            .fold(module.to_owned(), |module, name| {
                match self.union(name).join(" | ").as_str() {
                    INTEGER => module.replace(&format!("[key in {name}]"), "[key in number]"),
                    BOOLEAN => module.replace(
                        &format!("[key in {name}]:"),
                        "[key in \"true\" | \"false\"]?:",
                    ),
                    _ => module,
                }
            })
    }

    /// The names that are declared, and whether each of them is a value too, as an `enum` is.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, bool)> {
        let each = self.declared.iter();
        each.map(|(name, declaration)| (name.as_str(), declaration.text.starts_with("enum ")))
    }

    /// The declared names that a type mentions.
    pub(super) fn mentioned<'a>(&'a self, ty: &'a str) -> impl Iterator<Item = &'a str> {
        words(ty).filter(|word| self.declared.contains_key(*word))
    }

    /// The members of a union, however deep they stand and whatever names them.
    pub(super) fn union(&self, ty: &str) -> Vec<String> {
        self.flattened(ty, 0)
    }

    fn flattened(&self, ty: &str, depth: usize) -> Vec<String> {
        let parts = split(ty, '|');
        let flatten = |part: &str| match self.definition(part) {
            // A type may be defined by itself: then that is all there is to know.
            Some(definition) if depth < 16 => self.flattened(definition, depth + 1),
            _ if parts.len() > 1 => self.flattened(part, depth),
            _ => vec![part.to_owned()],
        };
        parts.iter().copied().flat_map(flatten).collect()
    }

    /// The texts that a type consists of, `null` aside; `None` where there is more to it.
    pub(super) fn literals(&self, ty: &str) -> Option<Vec<String>> {
        let members = self.union(ty);
        let members = members.iter().filter(|member| *member != "null");
        members
            .map(|member| literal(member).map(str::to_owned))
            .collect()
    }

    /// The members of an object type, those of all its parts.
    pub(super) fn members<'a>(&'a self, ty: &'a str) -> Vec<Member<'a>> {
        let ty = self.definition(ty).unwrap_or(ty);
        let parts = split(ty, '&').into_iter();
        parts.filter_map(object).flatten().collect()
    }

    /// What a name without parameters stands for.
    fn definition(&self, name: &str) -> Option<&str> {
        let text = &self.declared.get(name.trim())?.text;
        let definition = text.strip_prefix("type ")?.strip_prefix(name.trim())?;
        let definition = definition.trim_start().strip_prefix('=')?;
        Some(definition.trim().trim_end_matches(';'))
    }
}

impl TypeVisitor for Types {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if T::output_path().is_none() || !self.seen.insert(TypeId::of::<T>()) {
            return;
        }
        let config = config();
        let name = T::ident(&config);
        let declaration = Declaration {
            docs: T::docs()
                .map(|docs| text::closed(&docs))
                .unwrap_or_default(),
            text: text::closed(&T::decl(&config)),
        };
        // The instances of a generic type have one declaration.
        match self.declared.get(&name) {
            Some(other) if *other != declaration => {
                self.shared.get_or_insert(name);
            }
            _ => {
                self.declared.insert(name, declaration);
            }
        }
        T::visit_dependencies(self);
    }
}

fn config() -> Config {
    Config::new().with_large_int(INTEGER)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Types with these declarations.
    fn declaring(declarations: &[(&str, &str)]) -> Types {
        let mut types = Types::new();
        for (name, definition) in declarations {
            let declaration = Declaration {
                docs: String::new(),
                text: format!("type {name} = {definition};"),
            };
            types.declared.insert((*name).to_owned(), declaration);
        }
        types
    }

    #[test]
    fn a_union_is_seen_through_names() {
        let types = declaring(&[
            ("Outer", "Inner"),
            ("Inner", "\"a\" | (\"b\" | More)"),
            ("More", "\"c\""),
        ]);
        assert_eq!(
            types.union("Outer | null"),
            ["\"a\"", "\"b\"", "\"c\"", "null"]
        );
        let literals = ["a", "b", "c"].map(str::to_owned).to_vec();
        assert_eq!(types.literals("Outer | null"), Some(literals));
    }

    #[test]
    fn a_type_that_is_more_than_texts_has_no_literals() {
        let types = declaring(&[("Name", "\"a\" | string")]);
        assert_eq!(types.literals("Name"), None);
        assert_eq!(types.literals("Unknown"), None);
    }

    #[test]
    fn a_type_that_is_defined_by_itself_ends_somewhere() {
        let types = declaring(&[("Loop", "Loop | \"a\"")]);
        assert!(types.literals("Loop").is_none());
    }

    #[test]
    fn keys_that_are_integers_are_numbers() {
        let types = declaring(&[
            ("Sequence", INTEGER),
            ("Place", "Sequence"),
            ("Name", "string"),
        ]);
        let maps = "{ [key in number | bigint]: { [key in Sequence]?: { [key in Name]: 1 } } }";
        assert_eq!(
            types.keyed(maps),
            "{ [key in number]: { [key in number]?: { [key in Name]: 1 } } }"
        );
        assert_eq!(
            types.keyed("{ [key in Place]: 1 }"),
            "{ [key in number]: 1 }"
        );
    }

    #[test]
    fn keys_that_are_booleans_are_their_texts() {
        let types = declaring(&[("Flag", BOOLEAN)]);
        for name in ["Flag", BOOLEAN] {
            assert_eq!(
                types.keyed(&format!("{{ [key in {name}]: 1 }}")),
                "{ [key in \"true\" | \"false\"]?: 1 }"
            );
        }
    }
}
