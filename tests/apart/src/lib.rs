//! A server whose events no client could rebuild: they are not `Deserialize`, and some of their fields
//! are not sent. It asks for no client, so it does not matter whether another crate has turned the
//! runtime's clients on.

use serde::{Deserialize, Serialize};
use sse_runtime::{IdField, NameField, Problem, TextField, server_sent_events};

/// Written, and never read back.
#[derive(Debug, Serialize)]
pub struct Sequence(u64);

impl IdField for Sequence {}

/// Likewise.
#[derive(Debug, Serialize)]
pub enum Kind {
    /// The only one.
    Alert,
}

impl NameField for Kind {}

/// Likewise.
#[derive(Debug)]
pub struct Line(String);

impl TextField for Line {
    fn to_text(&self) -> std::borrow::Cow<'_, str> {
        (&self.0).into()
    }
}

/// An event with a field that is not sent.
#[derive(Debug)]
pub struct Alert {
    /// The `id`.
    pub seq: Sequence,
    /// The name.
    pub kind: Kind,
    /// The data.
    pub line: Line,
    /// Nobody else's business.
    pub internal: std::time::Instant,
}

/// A payload that is only read.
#[derive(Debug, Deserialize)]
pub struct Query {
    /// From the path.
    pub topic: String,
}

/// Alerts.
#[server_sent_events]
pub trait Alerts {
    /// What is mapped.
    #[sse(get = "/{topic}", id = seq, event = kind, data = line)]
    async fn mapped(
        &self,
        payload: Query,
        stream: impl MappedServerStream<Alert>,
    ) -> Result<(), Problem>;

    /// What is borrowed.
    async fn borrowed(
        &self,
        stream: impl BorrowedServerStream<&'static str>,
    ) -> Result<(), Problem>;

    /// What is not mapped.
    #[sse(variants)]
    async fn variants(&self, stream: impl VariantsServerStream<Kind>) -> Result<(), Problem>;
}
