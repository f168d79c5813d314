#![allow(dead_code, reason = "what is described here is never run")]
//! The same service twice: before and after its enums got one more variant.

use sse_runtime::typescript::Package;

pub(crate) const NAME: &str = "builds-client";

macro_rules! builds {
    ($name:ident $(, $variant:ident)?) => {
        mod $name {
            use serde::Serialize;
            use sse_runtime::{NameField, Problem, server_sent_events};
            use ts_rs::TS;

            #[derive(Serialize, TS)]
            #[serde(rename_all = "snake_case")]
            pub(super) enum Change {
                Started { at: u64 },
                Passed,
                $($variant { reason: String },)?
            }

            #[derive(Serialize, TS)]
            #[serde(tag = "type", rename_all = "snake_case")]
            pub(super) enum Message {
                Started { at: u64 },
                Passed,
                $($variant { reason: String },)?
            }

            #[derive(Serialize, TS)]
            pub(super) struct Line {
                level: Level,
                text: String,
            }

            #[derive(Serialize, TS)]
            #[serde(rename_all = "snake_case")]
            pub(super) enum Level {
                Started,
                Passed,
                $($variant,)?
            }
            impl NameField for Level {}

            #[server_sent_events]
            pub(super) trait Builds {
                #[sse(variants)]
                async fn changes(
                    &self,
                    stream: impl ChangesServerStream<Change>,
                ) -> Result<(), Problem>;

                #[sse(variants = "type")]
                async fn messages(
                    &self,
                    stream: impl MessagesServerStream<Message>,
                ) -> Result<(), Problem>;

                #[sse(event = level, data = text)]
                async fn lines(
                    &self,
                    stream: impl LinesServerStream<Line>,
                ) -> Result<(), Problem>;
            }
        }
    };
}

builds!(earlier);
builds!(later, Failed);

pub(crate) fn earlier() -> Package {
    Package::new(NAME).add::<earlier::BuildsServer<()>>()
}

pub(crate) fn later() -> Package {
    Package::new(NAME).add::<later::BuildsServer<()>>()
}
