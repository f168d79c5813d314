#![deny(warnings)]
//! A trait and its events are as private as the user likes.

mod inner {
    // Of the user's own trait, with or without the attribute.
    #![allow(private_bounds)]

    use sse_runtime::{Problem, ServerStream, server_sent_events};

    #[derive(serde::Serialize)]
    pub(crate) struct Shared {
        n: u64,
    }

    #[derive(serde::Serialize)]
    struct Hidden(u64);

    #[derive(serde::Deserialize)]
    pub(super) struct Query {
        n: u64,
    }

    #[server_sent_events(data = n, key = n)]
    pub(crate) trait Crate {
        #[sse(get = "/shared/{n}")]
        async fn stream(
            &self,
            payload: Query,
            stream: impl ServerStream<Shared>,
        ) -> Result<(), Problem>;
    }

    #[server_sent_events]
    trait Private {
        async fn stream(&self, stream: impl ServerStream<Hidden>) -> Result<(), Problem>;
    }

    #[server_sent_events]
    pub trait Public {
        async fn stream(&self, stream: impl StreamServerStream<Hidden>) -> Result<(), Problem>;
    }

    pub(super) struct Service;

    impl Crate for Service {
        async fn stream(
            &self,
            payload: Query,
            stream: impl ServerStream<Shared>,
        ) -> Result<(), Problem> {
            stream.send(Shared { n: payload.n }).await?;
            Ok(())
        }
    }

    impl Private for Service {
        async fn stream(&self, stream: impl ServerStream<Hidden>) -> Result<(), Problem> {
            stream.send(Hidden(1)).await?;
            Ok(())
        }
    }

    impl Public for Service {
        async fn stream(&self, stream: impl StreamServerStream<Hidden>) -> Result<(), Problem> {
            stream.send(Hidden(1)).await?;
            Ok(())
        }
    }

    pub(super) fn router() -> axum::Router {
        CrateServer::new(Service)
            .into_router()
            .merge(PrivateServer::new(Service).into_router())
    }
}

#[test]
fn it_compiles() {
    let _: axum::Router =
        inner::router().merge(inner::PublicServer::new(inner::Service).into_router());
}
