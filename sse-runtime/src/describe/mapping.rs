//! Whether two endpoints write an event the same way, at compile time.

use super::{DataRole, Descriptor, IdRole, NameRole};

impl Descriptor {
    /// Whether an event becomes the same lines at the other endpoint.
    pub(crate) const fn writes_as(&self, other: &Self) -> bool {
        let has_same_retry = match (self.retry_role(), other.retry_role()) {
            (Some(a), Some(b)) => is_same(a, b),
            (None, None) => true,
            _ => false,
        };
        has_same_retry
            && is_same_data(self.data_role(), other.data_role())
            && is_same_name(self.name_role(), other.name_role())
            && is_same_id(self.id_role(), other.id_role())
    }
}

const fn is_same_data(a: DataRole, b: DataRole) -> bool {
    match (a, b) {
        (DataRole::Event, DataRole::Event) => true,
        (DataRole::Field(a), DataRole::Field(b))
        | (DataRole::Json(a), DataRole::Json(b))
        | (DataRole::Text(a), DataRole::Text(b)) => is_same(a, b),
        _ => false,
    }
}

const fn is_same_name(a: NameRole, b: NameRole) -> bool {
    match (a, b) {
        (NameRole::None, NameRole::None) | (NameRole::Variants, NameRole::Variants) => true,
        (NameRole::Field(a), NameRole::Field(b))
        | (NameRole::Constant(a), NameRole::Constant(b))
        | (NameRole::Tagged(a), NameRole::Tagged(b)) => is_same(a, b),
        _ => false,
    }
}

const fn is_same_id(a: IdRole, b: IdRole) -> bool {
    match (a, b) {
        (IdRole::None, IdRole::None) => true,
        (IdRole::Field(a), IdRole::Field(b)) | (IdRole::Text(a), IdRole::Text(b)) => is_same(a, b),
        _ => false,
    }
}

/// `==` of texts is no constant function yet.
const fn is_same(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    while let ([x, a_rest @ ..], [y, b_rest @ ..]) = (a, b) {
        if *x != *y {
            return false;
        }
        (a, b) = (a_rest, b_rest);
    }
    a.is_empty() && b.is_empty()
}
