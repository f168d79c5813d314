//! The events of an enum, from the schema that its `ToSchema` gives it.

use utoipa::openapi::{RefOr, Schema};

use super::components::Registry;
use super::schema::{null, take_description, texts};

/// What an event of one name is.
pub(super) struct Variant {
    pub(super) name: String,
    pub(super) data: RefOr<Schema>,
    pub(super) description: Option<String>,
}

/// The variants of an externally tagged enum: an object with the variant as its one property, or a
/// text where nothing is in it. `None` where the schema is none of an enum.
pub(super) fn external(schema: &RefOr<Schema>, registry: &Registry) -> Option<Vec<Variant>> {
    each(schema, registry, |item| {
        let resolved = registry.resolve(item)?;
        if let Some(names) = texts(resolved) {
            let description = take_description(&mut item.clone());
            let unit = |name: &str| Variant {
                name: name.to_owned(),
                data: null(),
                description: description.clone(),
            };
            return Some(names.into_iter().map(unit).collect());
        }
        let Schema::Object(object) = resolved else {
            return None;
        };
        let mut properties = object.properties.iter();
        let (Some((name, content)), None) = (properties.next(), properties.next()) else {
            return None;
        };
        let mut data = content.clone();
        let inner = take_description(&mut data);
        Some(vec![Variant {
            name: name.clone(),
            data,
            description: object.description.clone().or(inner),
        }])
    })
}

/// The variants of an enum whose tag is a property of each: the data is the whole.
pub(super) fn tagged(
    schema: &RefOr<Schema>,
    tag: &str,
    registry: &Registry,
) -> Option<Vec<Variant>> {
    each(schema, registry, |item| {
        let names = tags(item, tag, registry)?;
        let mut data = item.clone();
        let description = take_description(&mut data);
        let variant = |name: String| Variant {
            name,
            data: data.clone(),
            description: description.clone(),
        };
        Some(names.into_iter().map(variant).collect())
    })
}

/// All variants of a schema, which is one of several, or the only one.
fn each(
    schema: &RefOr<Schema>,
    registry: &Registry,
    variants: impl Fn(&RefOr<Schema>) -> Option<Vec<Variant>>,
) -> Option<Vec<Variant>> {
    let found: Vec<Variant> = match registry.resolve(schema)? {
        Schema::OneOf(one_of) => {
            let found: Option<Vec<_>> = one_of.items.iter().map(variants).collect();
            found?.into_iter().flatten().collect()
        }
        Schema::AnyOf(any_of) => {
            let found: Option<Vec<_>> = any_of.items.iter().map(variants).collect();
            found?.into_iter().flatten().collect()
        }
        _ => variants(schema)?,
    };
    (!found.is_empty()).then_some(found)
}

/// What the tag may be in a schema.
fn tags(schema: &RefOr<Schema>, tag: &str, registry: &Registry) -> Option<Vec<String>> {
    match registry.resolve(schema)? {
        Schema::Object(object) => {
            let tag = registry.resolve(object.properties.get(tag)?)?;
            let names = texts(tag)?;
            Some(names.into_iter().map(str::to_owned).collect())
        }
        Schema::AllOf(all_of) => {
            let mut items = all_of.items.iter();
            items.find_map(|item| tags(item, tag, registry))
        }
        _ => None,
    }
}
