//! A node: streams over the log that a URL names, for tests of several processes.
//!
//! ```console
//! $ cargo run -p tests --bin node -- memory:
//! serving at http://127.0.0.1:40123
//! ```

use std::env;
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use sse_runtime::Shutdown;
use sse_runtime::log::{Bounds, EventLog, MemoryLog, NatsOptions, PostgresOptions, RedisOptions};
use tests::node;
use tokio::net::TcpListener;

const USAGE: &str = "\
usage: node URL [--events N]
       of a log: memory:, redis://…, redis+cluster://…, nats://…, postgres://…";

/// How long a shutdown waits for streams.
const DRAIN: Duration = Duration::from_secs(1);

/// How many events of a channel are kept unless it is said.
const EVENTS: usize = 1000;

#[tokio::main]
async fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let (url, events) = match args.as_slice() {
        [url] => (*url, Ok(EVENTS)),
        [url, "--events", events] => (*url, events.parse()),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let ran = match events {
        Ok(events) => run(url, events).await,
        Err(error) => Err(format!("`--events`: {error}").into()),
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(url: &str, events: usize) -> Result<(), Box<dyn Error>> {
    let scheme = url.split(':').next().unwrap_or_default();
    // Behind a `+` it says how the servers are found.
    match scheme.split('+').next().unwrap_or_default() {
        "memory" => serve(MemoryLog::new(Bounds::default().events(events))).await,
        "redis" | "rediss" | "valkey" | "valkeys" => {
            serve(RedisOptions::default().events(events).connect(url).await?).await
        }
        "nats" | "tls" => serve(NatsOptions::default().events(events).connect(url).await?).await,
        "postgres" | "postgresql" => {
            let options = PostgresOptions::default().events(events);
            options.migrate(url).await?;
            serve(options.connect(url).await?).await
        }
        _ => Err(format!("`{scheme}:` names no log\n{USAGE}").into()),
    }
}

async fn serve<L: EventLog>(log: L) -> Result<(), Box<dyn Error>> {
    let shutdown = Shutdown::on_signals()?.drain(DRAIN);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("serving at http://{}", listener.local_addr()?);
    node::serve(listener, log, &shutdown).await;
    Ok(())
}
