//! The query (`application/x-www-form-urlencoded`).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What need not be encoded: "ASCII alphanumeric, or one of: *, -, ., _" (WHATWG URL §1.3).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'*')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_');

/// Adds a pair for each of the `values`.
pub(super) fn add(query: &mut String, key: &str, values: &[String]) {
    for value in values {
        if !query.is_empty() {
            query.push('&');
        }
        query.extend(utf8_percent_encode(key, PLAIN));
        query.push('=');
        query.extend(utf8_percent_encode(value, PLAIN));
    }
}
