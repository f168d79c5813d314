#![deny(warnings)]
//! Traits of one module with a method of one name, and one inside of a function.

use sse_runtime::{Problem, ServerStream, server_sent_events};

#[server_sent_events]
trait Clocks {
    async fn stream(&self, stream: impl ServerStream<u64>) -> Result<(), Problem>;
}

#[server_sent_events]
trait Alarms {
    async fn stream(&self, stream: impl ServerStream<String>) -> Result<(), Problem>;
}

struct Service;

impl Clocks for Service {
    async fn stream(&self, stream: impl ServerStream<u64>) -> Result<(), Problem> {
        stream.send(1).await?;
        Ok(())
    }
}

impl Alarms for Service {
    async fn stream(&self, stream: impl ServerStream<String>) -> Result<(), Problem> {
        stream.send(String::from("wake up")).await?;
        Ok(())
    }
}

#[test]
fn it_compiles() {
    #[derive(serde::Serialize)]
    struct Local {
        n: u64,
    }

    #[server_sent_events(data = n)]
    trait Inside {
        async fn stream(&self, stream: impl StreamServerStream<Local>) -> Result<(), Problem>;
    }

    impl Inside for Service {
        async fn stream(&self, stream: impl StreamServerStream<Local>) -> Result<(), Problem> {
            stream.send(Local { n: 1 }).await?;
            Ok(())
        }
    }

    let _: axum::Router = ClocksServer::new(Service)
        .into_router()
        .merge(AlarmsServer::new(Service).into_router())
        .merge(InsideServer::new(Service).into_router());
}
