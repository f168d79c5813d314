//! Values: fields, names, durations, variants.

use quote::quote;

use super::{NONE, of_method, of_trait_args, trait_args};
use crate::errors::Code;

#[test]
fn a_field_is_named_by_a_word_or_a_text() {
    assert_eq!(
        trait_args!(data = message, event = type, id = "id", retry = "r#type2",),
        NONE
    );
    assert_eq!(trait_args!(data = json(message), id = text("id")), NONE);
    assert_eq!(trait_args!(data = text("message")), NONE);
    assert_eq!(trait_args!(key = symbol), NONE);
    assert_eq!(trait_args!(key = "symbol"), NONE);
    assert_eq!(trait_args!(key = text(symbol)), NONE);
    for args in [
        quote!(data),
        quote!(data = 3),
        quote!(data = self),
        quote!(data = _),
        quote!(data = "a b"),
        quote!(data = ""),
        quote!(data = "self"),
        quote!(data(message)),
        quote!(data = xml(message)),
        quote!(data = json(a, b)),
        quote!(data = json()),
        quote!(id = json(a)),
        quote!(event = text(a)),
        quote!(key),
        quote!(key = 3),
        quote!(key(symbol)),
        quote!(key = json(symbol)),
        quote!(key = text()),
        quote!(data = a.b),
        quote!(data = a b),
    ] {
        assert_eq!(of_trait_args(args.clone()), [Code::Malformed], "{args}");
    }
}

#[test]
fn a_field_has_one_role() {
    assert_eq!(trait_args!(data = a, event = a), [Code::FieldInTwoRoles]);
    assert_eq!(
        trait_args!(data = json(a), id = text("a")),
        [Code::FieldInTwoRoles]
    );
    assert_eq!(
        trait_args!(data = a, event = a, id = a, retry = a),
        [Code::FieldInTwoRoles; 3]
    );
}

#[test]
fn a_key_may_be_a_field_that_has_a_role() {
    assert_eq!(trait_args!(data = a, key = a), NONE);
    assert_eq!(trait_args!(key = text(a), event = a, data = b), NONE);
    assert_eq!(trait_args!(id = a, retry = b, key = b), NONE);
}

#[test]
fn a_duration_is_one() {
    for text in [
        "",
        "15",
        "fast",
        "1.5s",
        "none",
        "25h",
        "99999999999999999999s",
    ] {
        assert_eq!(trait_args!(open_after = #text), [Code::Duration], "{text}");
    }
    assert_eq!(
        trait_args!(open_after = "0s", reconnection_time = "24h"),
        NONE
    );
    assert_eq!(trait_args!(keep_alive = "0ms"), [Code::Duration]);
    assert_eq!(trait_args!(keep_alive = 15), [Code::Malformed]);
}

#[test]
fn an_event_name_survives_the_wire() {
    for text in ["", "a\nb", "a\rb"] {
        assert_eq!(trait_args!(event_name = #text), [Code::EventName]);
        assert_eq!(trait_args!(error_event = #text), [Code::EventName]);
    }
}

#[test]
fn reserved_event_names_are_refused() {
    for text in ["open", "error"] {
        assert_eq!(trait_args!(event_name = #text), [Code::ReservedEventName]);
        assert_eq!(trait_args!(ping_event = #text), [Code::ReservedEventName]);
    }
    assert_eq!(trait_args!(error_event = "error"), NONE);
    assert_eq!(trait_args!(error_event = "open"), [Code::ReservedEventName]);
}

#[test]
fn names_of_events_differ() {
    let same = [Code::ReservedEventName];
    assert_eq!(trait_args!(event_name = "a", ping_event = "a"), same);
    assert_eq!(trait_args!(event_name = "a", error_event = "a"), same);
    assert_eq!(trait_args!(ping_event = "a", error_event = "a"), same);
    assert_eq!(trait_args!(event_name = "problem"), same);
    assert_eq!(
        trait_args!(event_name = "problem", error_event = "failure"),
        NONE
    );
    assert_eq!(
        trait_args!(event_name = "problem", error_event = none),
        NONE
    );
}

#[test]
fn names_of_sources_are_tokens() {
    for text in ["", "a b", "ü", "a:b", "a\r\nb"] {
        assert_eq!(trait_args!(header(a = #text)), [Code::SourceName], "{text}");
        assert_eq!(trait_args!(cookie(a = #text)), [Code::SourceName], "{text}");
    }
    assert_eq!(
        trait_args!(header(a = "last-event-ID")),
        [Code::LastEventIdAsHeader]
    );
    assert_eq!(trait_args!(header(a = 3)), [Code::Malformed]);
    assert_eq!(trait_args!(header("X-A")), [Code::Malformed]);
    assert_eq!(trait_args!(header()), [Code::Malformed]);
}

#[test]
fn only_variants_that_name_events_end_a_stream() {
    assert_eq!(trait_args!(variants, done = Finished), NONE);
    assert_eq!(trait_args!(variants, done(Finished, Failed)), NONE);
    assert_eq!(trait_args!(done, id = a), NONE);
    assert_eq!(trait_args!(done = "[DONE]"), NONE);
    assert_eq!(trait_args!(done = Finished), [Code::DoneVariants]);
    assert_eq!(
        trait_args!(variants, data = a, done = Finished),
        [Code::DoneVariants]
    );
    assert_eq!(trait_args!(variants, done()), [Code::Malformed]);
    let tuple = of_method(
        quote!(variants, done = A),
        &quote!(
            async fn stream(&self, stream: impl StreamServerStream<(A, B)>) -> Result<(), E>;
        ),
    );
    assert_eq!(tuple, [Code::DoneVariants]);
}
