//! What a subscriber of `tracing` is told.

use std::fmt;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::*;

/// Keeps the fields of events.
#[derive(Clone, Default)]
struct Spy(Arc<Mutex<Vec<String>>>);

impl Visit for Spy {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.lock().unwrap().push(format!("{field}: {value:?}"));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.0.lock().unwrap().push(format!("{field}: {value}"));
    }
}

impl Subscriber for Spy {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("sse_runtime::client")
    }

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn a_retry_is_logged_with_its_reason() {
    let spy = Spy::default();
    tracing::subscriber::with_default(spy.clone(), || {
        let policy = Policy::new().floor(secs(2)).ceiling(secs(2));
        let mut session = session(policy, Rules::get());
        session.step(NOW);
        session.failed(broken(), NOW).unwrap();
    });
    assert_eq!(
        *spy.0.lock().unwrap(),
        [
            "message: connecting again",
            "attempts: 1",
            "after: 2s",
            "error: the stream broke off"
        ]
    );
}
