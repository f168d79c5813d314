//! An OpenAPI document of what a server streams.
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use sse_runtime::openapi::Document;
//! use sse_runtime::{Problem, server_sent_events};
//! use utoipa::ToSchema;
//!
//! #[derive(Serialize, ToSchema)]
//! struct Notification {
//!     /// What happened, in a sentence.
//!     message: String,
//!     r#type: Kind,
//!     id: u64,
//! }
//!
//! #[derive(Serialize, ToSchema)]
//! #[serde(rename_all = "lowercase")]
//! enum Kind {
//!     Alert,
//!     Recovery,
//! }
//! impl sse_runtime::NameField for Kind {}
//!
//! #[derive(Deserialize, ToSchema)]
//! struct StreamPayload {
//!     topic: String,
//!     limit: Option<usize>,
//!     start_id: Option<u64>,
//! }
//!
//! #[server_sent_events(data = message, event = type, id = id, last_event_id = start_id)]
//! trait Notifications {
//!     /// Streams every notification published on a topic.
//!     #[sse(get = "/topics/{topic}/events")]
//!     async fn stream(
//!         &self,
//!         payload: StreamPayload,
//!         stream: impl StreamServerStream<Notification>,
//!     ) -> Result<(), Problem>;
//! }
//!
//! let document = Document::new("Alerts", "1.0.0")
//!     .add::<NotificationsServer<()>>()
//!     .build()?;
//! let json = serde_json::to_value(&document)?;
//! assert_eq!(json["openapi"], "3.2.0");
//!
//! let operation = &json["paths"]["/topics/{topic}/events"]["get"];
//! assert_eq!(operation["summary"], "Streams every notification published on a topic.");
//! assert_eq!(
//!     operation["responses"]["200"]["content"]["text/event-stream"]["itemSchema"]["$ref"],
//!     "#/components/schemas/NotificationsStreamEvent",
//! );
//! let event = &json["components"]["schemas"]["NotificationsStreamEvent"]["oneOf"][0];
//! assert_eq!(event["properties"]["data"]["description"], "What happened, in a sentence.");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The types of events and payloads derive utoipa's [`ToSchema`]; that one lacks it is an error only
//! where its server is [added](Document::add). The guide has [a page](crate::guide::openapi) on what
//! is described how, which tools read it, and how it becomes a part of a document of your own.

mod answer;
mod components;
mod error;
mod events;
mod facts;
mod operation;
mod parts;
mod payload;
mod responses;
mod schema;
mod types;
mod variants;

use std::fmt;

use serde::de::DeserializeOwned;
use utoipa::ToSchema;
use utoipa::openapi::{Info, OpenApi, OpenApiBuilder, OpenApiVersion};

pub use answer::{Answer, problems};
pub use error::DocumentError;

use crate::describe::{Endpoint, Endpoints, Visit};
use facts::Facts;
use parts::Parts;

/// An OpenAPI document, as it is put together: see [the module](self).
///
/// It is of version 3.2 and describes each event by the `itemSchema` of `text/event-stream`, where
/// [`version31`](Self::version31) does not say otherwise.
#[derive(Clone)]
pub struct Document {
    info: Info,
    form: Form,
    endpoints: Vec<Facts>,
}

/// How events are described.
#[derive(Debug, Clone, Copy)]
struct Form {
    version: Version,
    data: Data,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    /// `itemSchema` is that of each event (OpenAPI 3.2, Media Type Object, sequential media types).
    V32,
    /// There is only `schema`, which tools take for that of an event.
    V31,
}

/// What the schema of JSON in `data` stands under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Data {
    Direct,
    /// "Use JSON Schema's keywords for working with the contents of string-encoded data, particularly
    /// `contentMediaType` and `contentSchema`" (OpenAPI 3.2, special considerations for server-sent events).
    Content,
}

impl Document {
    /// A document without any endpoint yet, of an API with this title and version.
    #[must_use]
    pub fn new(title: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            info: Info::new(title.into(), version.into()),
            form: Form {
                version: Version::V32,
                data: Data::Direct,
            },
            endpoints: Vec::new(),
        }
    }

    /// Adds all endpoints of a server: `NotificationsServer<Alerts>`, or of any other service.
    #[must_use]
    pub fn add<S: Endpoints<Self>>(mut self) -> Self {
        S::visit(&mut self);
        self
    }

    /// Makes it a document of OpenAPI 3.1, which describes an event by the `schema` of
    /// `text/event-stream`: what most generators of code read today.
    #[must_use]
    pub fn version31(mut self) -> Self {
        self.form.version = Version::V31;
        self
    }

    /// Describes JSON in `data` as the text that it is, with `contentMediaType` and
    /// `contentSchema`, in place of the schema of what is in it.
    ///
    /// That is how the specification of 3.2 describes it. Most tools that know event streams expect
    /// the schema right under `data`, as it is without this.
    #[must_use]
    pub fn content_schema(mut self) -> Self {
        self.form.data = Data::Content;
        self
    }

    /// The document.
    ///
    /// # Errors
    /// When two endpoints or two types would be one in it, or a payload is not a struct.
    pub fn build(self) -> Result<OpenApi, DocumentError> {
        let mut whole = OpenApiBuilder::new()
            .info(self.info.clone())
            .openapi(match self.form.version {
                Version::V32 => OpenApiVersion::Version32,
                Version::V31 => OpenApiVersion::Version31,
            })
            .build();
        self.merge_into(&mut whole)?;
        Ok(whole)
    }

    /// Adds all of this to a document of your own, but its title and version.
    ///
    /// Where that is of version 3.1, this becomes so as well. Other than with utoipa's
    /// [`OpenApi::merge`], nothing is left out in silence because there is something of that name.
    ///
    /// # Errors
    /// As [`build`](Self::build), also where what clashes is in the other document. That is as it was, then.
    pub fn merge_into(self, document: &mut OpenApi) -> Result<(), DocumentError> {
        let mut form = self.form;
        if document.openapi == OpenApiVersion::Version31 {
            form.version = Version::V31;
        }
        Parts::of(&self.endpoints, form).merge_into(document)
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("form", &self.form)
            .finish_non_exhaustive()
    }
}

impl<E, T, P, O> Visit<E, T, P, O> for Document
where
    E: Endpoint<T>,
    T: ToSchema,
    P: ToSchema + DeserializeOwned,
    O: Answer,
{
    fn endpoint(&mut self) {
        self.endpoints.push(Facts::of::<E, T, P, O>());
    }
}
