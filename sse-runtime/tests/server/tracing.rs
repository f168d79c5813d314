//! What a subscriber of `tracing` sees of a stream.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::support::{resume, serve};

type Fields = Arc<Mutex<BTreeMap<String, String>>>;

/// Keeps the fields of the one span of a stream, and under which span its service logged.
#[derive(Clone, Default)]
struct Spy {
    fields: Fields,
    entered: Arc<Mutex<usize>>,
}

impl Visit for Spy {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.fields
            .lock()
            .unwrap()
            .insert(field.name().to_owned(), format!("{value:?}"));
    }
}

impl Subscriber for Spy {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.name() == "sse.stream" || metadata.target().ends_with("tracing")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn event(&self, event: &Event<'_>) {
        if event.metadata().is_event() && event.metadata().target().ends_with("server::tracing") {
            assert_eq!(
                *self.entered.lock().unwrap(),
                1,
                "the service logs inside of its span"
            );
            self.fields
                .lock()
                .unwrap()
                .insert("logged".to_owned(), "yes".to_owned());
        }
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {
        *self.entered.lock().unwrap() += 1;
    }

    fn exit(&self, _: &Id) {
        *self.entered.lock().unwrap() -= 1;
    }
}

#[tokio::test]
async fn a_stream_is_one_span_that_tells_how_it_went() {
    let spy = Spy::default();
    let _guard = tracing::subscriber::set_default(spy.clone());
    let app = serve!([] &'static str, |_ctx, stream| {
        stream.send("a").await?;
        tracing::info!("at work");
        tokio::task::yield_now().await;
        Ok(stream.send("b").await?)
    })
    .into_router();
    resume(&app, "/api/events", "7").await.text().await;
    let fields = spy.fields.lock().unwrap().clone();
    let field = |name: &str| fields.get(name).map(String::as_str);
    assert_eq!(field("endpoint"), Some("Api::events"));
    assert_eq!(field("last_event_id"), Some("\"7\""));
    assert_eq!(field("sent"), Some("2"));
    assert_eq!(field("bytes"), Some("18"));
    assert_eq!(field("close_reason"), Some("\"returned\""));
    assert_eq!(field("logged"), Some("yes"));
    assert_eq!(*spy.entered.lock().unwrap(), 0);
}
