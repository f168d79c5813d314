//! An order and its event in one transaction, and a consumer that ships each order exactly once.
//!
//! `cargo run -p orders` runs the shop. It prints its URL, where a page waits that holds rows against
//! events, and curl lines: one of them fails a transaction after the event was appended, and neither the
//! row nor the event is there. `PORT` says where it listens: 3000 unless set, 0 for a free port.
//!
//! `cargo run -p orders -- ship URL` runs the consumer of the shop at URL. Kill it as often as you like.
//!
//! The shop starts a Postgres of its own where `initdb` is on the PATH or below `/usr/lib/postgresql`.
//! `DATABASE_URL` names another: PostgreSQL 14 or newer. The consumer needs the database, too, for how
//! far it has come and for what it has shipped; it could be another one.
//!
//! | request | answer |
//! |---|---|
//! | `POST /orders` with `{"item":"tea","quantity":2}` | places an order |
//! | `GET /orders` | the rows of the newest orders, and how often each was shipped |
//! | `GET /orders/events` | the events of all orders that are kept, then each that is new |

mod api;
mod postgres;
mod shipping;
mod shop;

use std::error::Error;
use std::process::ExitCode;
use std::{env, iter};

use postgres::Postgres;
use sse_runtime::Shutdown;
use tokio::net::TcpListener;
use tokio::select;
use tokio::signal::ctrl_c;

/// What names the database.
const DATABASE_URL: &str = "DATABASE_URL";

type Failed = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let Err(error) = run().await else {
        return ExitCode::SUCCESS;
    };
    let causes = iter::successors(Some(&*error as &dyn Error), |error| (*error).source());
    let causes: Vec<_> = causes.map(ToString::to_string).collect();
    eprintln!("{}", causes.join(": "));
    ExitCode::FAILURE
}

async fn run() -> Result<(), Failed> {
    let args: Vec<_> = env::args().skip(1).collect();
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    match args[..] {
        [] => shop().await,
        ["ship", url] => ship(url).await,
        _ => Err("usage: orders, or orders ship URL".into()),
    }
}

async fn shop() -> Result<(), Failed> {
    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let port: u16 = port
        .parse()
        .map_err(|_| format!("PORT is `{port}`; it must be a number from 0 to 65535"))?;
    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|error| format!("port {port}: {error}; PORT=0 picks a free one"))?;
    let shutdown = Shutdown::on_signals()?.drain(shop::DRAIN);
    let database = select! {
        database = Postgres::find() => database?,
        () = shutdown.started() => return Ok(()),
    };
    let shop = shop::router(&database.url, &shutdown).await?;
    print_usage(&format!("http://{}", listener.local_addr()?), &database);
    sse_runtime::serve(listener, shop)
        .with_shutdown(&shutdown)
        .await?;
    Ok(())
}

async fn ship(url: &str) -> Result<(), Failed> {
    let database = env::var(DATABASE_URL)
        .map_err(|_| "DATABASE_URL names no database; the shop prints what it is to be")?;
    select! {
        shipped = shipping::run(&database, url) => shipped,
        stop = ctrl_c() => Ok(stop?),
    }
}

fn print_usage(url: &str, database: &Postgres) {
    println!(
        r#"listening on {url}

  order   curl {url}/orders --json '{{"item":"tea","quantity":2}}'
  fail    curl {url}/orders --json '{{"item":"gold","quantity":1}}'
          (its commit fails, after its event was appended: see that it is in neither of the next)
  rows    curl {url}/orders
  events  curl -N {url}/orders/events"#
    );
    if database.is_own() {
        let database = &database.url;
        println!("  ship    {DATABASE_URL}='{database}' cargo run -p orders -- ship {url}");
    } else {
        println!("  ship    cargo run -p orders -- ship {url}");
    }
    println!("\nor open {url} in a browser; Ctrl-C ends it");
}
