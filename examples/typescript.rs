//! An auction, and a package for TypeScript by which programs follow it.
//!
//! `cargo run --example typescript --features typescript` serves the auction and prints its URL with
//! a curl line for each thing that it can do. `PORT` says where it listens: 3000 unless set, 0 for a
//! free port. With a directory as its argument it writes the package there instead, and prints how to
//! use it: `cargo run --example typescript --features typescript -- clients/auction`.
//!
//! | request | answer |
//! |---|---|
//! | `GET /lots/{lot}/changes` | every bid for a lot from the first on, and for how much it was sold: with that it ends |
//! | the same with `Last-Event-ID` | what came after that |
//! | `POST /lots/{lot}/bids` with `{"bidder": "Ada", "cents": 100}` | 202; 409 where that is too little, or too late |
//! | `POST /lots/{lot}/sale` | 202: the lot is sold |
//!
//! There are at most [`LOTS`] lots, and nothing outlives the server.

use std::collections::HashMap;
use std::env;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use sse_runtime::hub::{Deliver, Hub};
use sse_runtime::log::MemoryLog;
use sse_runtime::typescript::Package;
use sse_runtime::{EventId, Problem, Settings, Shutdown, server_sent_events};
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use ts_rs::TS;

#[cfg(feature = "openapi")]
mod openapi;

const LOTS: usize = 1000;
/// How many bytes a bid may have.
const BODY: usize = 4096;
/// How long streams may take to end after Ctrl-C.
const DRAIN: Duration = Duration::from_millis(500);

/// What becomes of a lot.
#[derive(Serialize, TS)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
enum Change {
    Bid(Bid),
    Sold(Option<Bid>),
}

/// What somebody would pay.
#[derive(Clone, Deserialize, Serialize, TS)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct Bid {
    bidder: String,
    cents: u64,
}

#[derive(Deserialize, TS)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct Lot {
    lot: String,            // from the path
    after: Option<EventId>, // from the Last-Event-ID header
}

#[server_sent_events(variants, last_event_id = after)]
trait Auction {
    /// Tells every bid for a lot from the first on, and the sale, with which the stream ends.
    #[sse(get = "/lots/{lot}/changes", done = Sold)]
    async fn changes(
        &self,
        payload: Lot,
        stream: impl ChangesServerStream<Change>,
    ) -> Result<(), Problem>;
}

/// The package: a program can write it, as this one does, and so can a test.
fn package() -> Package {
    Package::new("auction-client").add::<AuctionServer<House>>()
}

/// Where lots are sold.
struct House {
    hub: Hub<AuctionChanges>,
    lots: Mutex<HashMap<String, Sale>>,
}

/// How it stands with a lot.
#[derive(Default)]
struct Sale {
    highest: Option<Bid>,
    is_over: bool,
}

impl Auction for House {
    async fn changes(
        &self,
        payload: Lot,
        stream: impl ChangesServerStream<Change>,
    ) -> Result<(), Problem> {
        let changes = self.hub.subscribe(&payload.lot).after(payload.after);
        let changes = changes.otherwise(Deliver::All).await?;
        Ok(stream.forward(changes).await?)
    }
}

impl House {
    async fn bid(&self, lot: String, bid: Bid) -> Result<(), Problem> {
        // What is published while it is locked is in the order in which it was decided.
        let mut lots = self.lots.lock().await;
        if lots.len() >= LOTS && !lots.contains_key(&lot) {
            return Err(conflict(format!(
                "there are {LOTS} lots: no more are taken"
            )));
        }
        let sale = lots.entry(lot.clone()).or_default();
        let least = sale.highest.as_ref().map_or(0, |highest| highest.cents);
        if sale.is_over {
            return Err(conflict("the lot is sold".to_owned()));
        }
        if bid.cents <= least {
            return Err(conflict(format!(
                "`cents` is {}; it must be more than {least}",
                bid.cents
            )));
        }
        self.hub.publish(&lot, &Change::Bid(bid.clone())).await?;
        sale.highest = Some(bid);
        Ok(())
    }

    async fn sell(&self, lot: &str) -> Result<(), Problem> {
        let mut lots = self.lots.lock().await;
        let sale = lots.get_mut(lot).filter(|sale| !sale.is_over);
        let Some(sale) = sale else {
            return Err(conflict(format!("nobody bids for a lot `{lot}`")));
        };
        let sold = Change::Sold(sale.highest.clone());
        self.hub.publish_last(lot, &sold).await?;
        sale.is_over = true;
        Ok(())
    }
}

fn conflict(detail: String) -> Problem {
    Problem::new(StatusCode::CONFLICT).detail(detail)
}

async fn bid(
    State(house): State<Arc<House>>,
    Path(lot): Path<String>,
    bid: Result<Json<Bid>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let refused = |it: JsonRejection| Problem::new(it.status()).detail(it.body_text());
    let Json(bid) = bid.map_err(refused)?;
    house.bid(lot, bid).await?;
    Ok(StatusCode::ACCEPTED)
}

async fn sell(
    State(house): State<Arc<House>>,
    Path(lot): Path<String>,
) -> Result<StatusCode, Problem> {
    house.sell(&lot).await?;
    Ok(StatusCode::ACCEPTED)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if let Some(directory) = env::args().nth(1) {
        package().write_to(&directory)?;
        print_uses(&directory);
        return Ok(());
    }
    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let port: u16 = port
        .parse()
        .map_err(|_| format!("PORT is `{port}`; it must be a number from 0 to 65535"))?;
    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|error| format!("port {port}: {error}; PORT=0 picks a free one"))?;
    print_usage(&format!("http://{}", listener.local_addr()?));

    let shutdown = Shutdown::on_signals()?.drain(DRAIN);
    let house = Arc::new(House {
        hub: Hub::new(MemoryLog::default(), AuctionChanges),
        lots: Mutex::default(),
    });
    let auction = AuctionServer::from_arc(Arc::clone(&house));
    let auction = auction.settings(Settings::new().shutdown(&shutdown));
    let app = Router::new()
        .route("/lots/{lot}/bids", post(bid))
        .route("/lots/{lot}/sale", post(sell))
        .layer(DefaultBodyLimit::max(BODY))
        .with_state(house)
        .merge(auction.into_router());
    #[cfg(feature = "openapi")]
    let app = {
        let document = sse_runtime::openapi::Document::new("Auction", "1.0.0");
        app.merge(openapi::routes(document.add::<AuctionServer<House>>())?)
    };
    sse_runtime::serve(listener, app)
        .with_shutdown(&shutdown)
        .await?;
    Ok(())
}

fn print_usage(url: &str) {
    println!(
        r#"listening on {url}

  follow  curl -N {url}/lots/clock/changes
  bid     curl {url}/lots/clock/bids --json '{{"bidder": "Ada", "cents": 100}}'
  sell    curl -X POST {url}/lots/clock/sale

Ctrl-C ends it"#
    );
}

fn print_uses(directory: &str) {
    println!(
        r#"`auction-client` is in {directory}

  build  (cd {directory} && npm install && npm run build)
  use    import {{ auction }} from "auction-client";

         await auction.changes.connect("http://127.0.0.1:3000", {{ lot: "clock" }}).on({{
           bid: ({{ data }}) => console.log(data.bidder, data.cents),
           sold: ({{ data }}) => console.log("sold", data?.bidder),
           gap: () => console.log("something is missing"),
         }});

Node.js 22.18 and later also runs its sources: import {directory}/src/index.ts"#
    );
}
