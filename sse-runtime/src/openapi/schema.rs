//! Small questions to utoipa's schemas, and small changes of them.

use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{Deprecated, RefOr, Schema};

/// Whether a schema is worth a name of its own: an object, an enum, or put together of others.
pub(super) fn is_composite(schema: &RefOr<Schema>) -> bool {
    match schema {
        RefOr::Ref(_) | RefOr::T(Schema::Array(_)) => false,
        RefOr::T(Schema::Object(object)) => {
            object.enum_values.is_some() || object.schema_type == Type::Object.into()
        }
        RefOr::T(_) => true,
    }
}

/// A text that is one of these.
pub(super) fn one_of_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> ObjectBuilder {
    text().enum_values(Some(texts))
}

pub(super) fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// What anything fits.
pub(super) fn anything() -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(SchemaType::AnyValue)
        .into()
}

pub(super) fn null() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::Null).into()
}

pub(super) fn is_text(schema: &Schema) -> bool {
    matches!(schema, Schema::Object(object) if object.schema_type == Type::String.into())
}

/// The texts that a schema allows, where it lists them.
pub(super) fn texts(schema: &Schema) -> Option<Vec<&str>> {
    match schema {
        Schema::Object(object) if is_text(schema) => {
            let values = object.enum_values.as_ref()?;
            values.iter().map(|value| value.as_str()).collect()
        }
        _ => None,
    }
}

/// The schema of an `Option` as that of its content; whether it was one.
pub(super) fn without_null(schema: RefOr<Schema>) -> (RefOr<Schema>, bool) {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            let was_null = drop_null(&mut object.schema_type);
            (Schema::Object(object).into(), was_null)
        }
        RefOr::T(Schema::Array(mut array)) => {
            let was_null = drop_null(&mut array.schema_type);
            (Schema::Array(array).into(), was_null)
        }
        RefOr::T(Schema::OneOf(mut one_of)) => {
            let before = one_of.items.len();
            one_of.items.retain(|item| !is_null(item));
            let was_null = one_of.items.len() < before;
            match one_of.items.as_mut_slice() {
                [only] if was_null => {
                    let mut only = std::mem::take(only);
                    if one_of.description.is_some() {
                        describe(&mut only, one_of.description);
                    }
                    (only, true)
                }
                _ => (Schema::OneOf(one_of).into(), was_null),
            }
        }
        other => (other, false),
    }
}

fn drop_null(schema_type: &mut SchemaType) -> bool {
    let SchemaType::Array(types) = schema_type else {
        return false;
    };
    let before = types.len();
    types.retain(|kind| *kind != Type::Null);
    let was_null = types.len() < before;
    if let [only] = types.as_slice() {
        *schema_type = only.clone().into();
    }
    was_null
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == Type::Null.into())
}

/// Takes the description away, for what is to say it in its place.
pub(super) fn take_description(schema: &mut RefOr<Schema>) -> Option<String> {
    match schema {
        RefOr::Ref(reference) => Some(std::mem::take(&mut reference.description)),
        RefOr::T(Schema::Object(object)) => object.description.take(),
        RefOr::T(Schema::Array(array)) => array.description.take(),
        RefOr::T(Schema::OneOf(one_of)) => one_of.description.take(),
        RefOr::T(Schema::AllOf(all_of)) => all_of.description.take(),
        RefOr::T(Schema::AnyOf(any_of)) => any_of.description.take(),
        RefOr::T(_) => None,
    }
    .filter(|description| !description.is_empty())
}

pub(super) fn describe(schema: &mut RefOr<Schema>, description: Option<String>) {
    match schema {
        RefOr::Ref(reference) => reference.description = description.unwrap_or_default(),
        RefOr::T(Schema::Object(object)) => object.description = description,
        RefOr::T(Schema::Array(array)) => array.description = description,
        RefOr::T(Schema::OneOf(one_of)) => one_of.description = description,
        RefOr::T(Schema::AllOf(all_of)) => all_of.description = description,
        RefOr::T(Schema::AnyOf(any_of)) => any_of.description = description,
        RefOr::T(_) => {}
    }
}

/// Takes away that it is deprecated, for what is to say it in its place.
pub(super) fn take_deprecated(schema: &mut RefOr<Schema>) -> Option<Deprecated> {
    match schema {
        RefOr::T(Schema::Object(object)) => object.deprecated.take(),
        RefOr::T(Schema::Array(array)) => array.deprecated.take(),
        _ => None,
    }
}
