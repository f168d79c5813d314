//! Two nodes over one Redis: what is published on one is received on both, and who is moved from one
//! to the other, even as the first one is killed, misses nothing.
//!
//! `cargo run --example cluster --features cluster` prints its URL, where a page waits that shows who
//! published what, and by way of which node it came; and curl lines. `PORT` says where it listens: 3000
//! unless set, 0 for a free port.
//!
//! It starts a Redis of its own where `redis-server` is on the PATH. `-- --redis URL`, or `REDIS_URL`,
//! names another: Redis 7 or newer, or Valkey.
//!
//! ```text
//!                       ┌─▶ node 1 ─┐
//! browser ──▶ front ────┤           ├──▶ Redis
//!                       └─▶ node 2 ─┘
//! ```
//!
//! The nodes are processes of their own, so that each can really be killed; this one keeps them running
//! and is the [front](front::router).

mod front;
mod node;
mod nodes;
mod redis;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;
use std::{env, iter};

use nodes::Node;
use redis::Redis;
use sse_runtime::Shutdown;
use tokio::net::TcpListener;

/// What names the Redis, for this and for the nodes.
const REDIS_URL: &str = "REDIS_URL";
/// How long the page's streams may take to end after Ctrl-C.
const DRAIN: Duration = Duration::from_millis(500);

type Failed = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let Err(error) = run().await else {
        return ExitCode::SUCCESS;
    };
    eprintln!("{}", causes(&*error));
    ExitCode::FAILURE
}

/// An error and what has caused it, in one line.
fn causes(error: &(dyn Error + 'static)) -> String {
    let causes = iter::successors(Some(error), |error| (*error).source());
    let causes: Vec<_> = causes.map(ToString::to_string).collect();
    causes.join(": ")
}

async fn run() -> Result<(), Failed> {
    let args: Vec<_> = env::args().skip(1).collect();
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    match args[..] {
        [] => cluster(None).await,
        ["--redis", url] => cluster(Some(url.to_owned())).await,
        ["node", number] => node::run(number.parse()?).await,
        _ => Err("usage: cluster [--redis URL]".into()),
    }
}

async fn cluster(redis: Option<String>) -> Result<(), Failed> {
    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let port: u16 = port
        .parse()
        .map_err(|_| format!("PORT is `{port}`; it must be a number from 0 to 65535"))?;
    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|error| format!("port {port}: {error}; PORT=0 picks a free one"))?;

    let shutdown = Shutdown::on_signals()?.drain(DRAIN);
    let redis = Redis::find(redis)?;
    let (one, first) = Node::start(1, &redis.url, &shutdown).await?;
    let (two, second) = Node::start(2, &redis.url, &shutdown).await?;
    print_usage(&format!("http://{}", listener.local_addr()?), &redis);

    let front = front::router(vec![one, two]);
    sse_runtime::serve(listener, front)
        .with_shutdown(&shutdown)
        .await?;
    first.await?;
    second.await?;
    Ok(())
}

fn print_usage(url: &str, redis: &Redis) {
    println!(
        r#"listening on {url}

  by way of any     curl -N {url}/events
  by way of node 2  curl -N '{url}/events?prefer=2'
  resume on node 1  curl -N '{url}/events?prefer=1' -H 'Last-Event-ID: ID'
  publish on node 1 curl {url}/nodes/1/messages --json '{{"text":"hello"}}'
  how node 1 is     curl {url}/nodes/1/status
  kill node 1       curl -X DELETE {url}/nodes/1"#
    );
    if redis.is_own() {
        println!("  lose all of it    redis-cli -u {} flushall", redis.url);
    }
    println!("\nor open {url} in a browser; Ctrl-C ends it");
}
