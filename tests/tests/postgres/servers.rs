//! Servers, and connections to them that are not the log's.

use sse_runtime::log::{PostgresLog, PostgresOptions};
use tests::servers::Postgres;

/// A log in that server, made where it is not there.
pub(crate) async fn log(server: &Postgres, options: PostgresOptions) -> PostgresLog {
    let url = server.url();
    options.migrate(&url).await.expect("the schema can be made");
    options.connect(&url).await.expect("it serves the log")
}
