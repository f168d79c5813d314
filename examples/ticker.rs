//! A market of 5 000 symbols whose prices change all the time. Each client picks some symbols, or
//! takes all, and is sent what they cost now, then what changes; one that reads too slowly is sent
//! the newest prices and not those that they replaced.
//!
//! `cargo run --example ticker --features serve [-- RATE [SYMBOLS]]` prints its URL, where a page
//! waits that plots what arrives and how late it is, and curl lines. RATE is how many prices change in
//! a second (2 000 unless given), SYMBOLS how many symbols there are. `PORT` says where it listens:
//! 3000 unless set, 0 for a free port.
//!
//! | request | answer |
//! |---|---|
//! | `GET /quotes` | the newest quote of each symbol, then each that is new |
//! | `GET /quotes?symbol=AAA&symbol=AAB` | of these symbols |
//! | the same with `Last-Event-ID` | what came after that: of each symbol the newest, then each that is new |
//! | the same with `link=name`, and then `PUT /links/{name}` with `32000` | that response goes on at so many bytes a second; `0` stalls it, `null` is no limit |
//!
//! The `tick` of a quote counts those of its symbol. So a client sees how many were replaced before
//! they were sent: that is no gap. If it was away, or did not read, for more than [`KEPT`], an event
//! named `gap` says so.
//!
//! Browsers read far ahead of their pages (Chromium some 64 MiB), so a page that stops reading slows
//! nothing down for long. Hence the links: to the server, their clients are as slow as clients get.

use std::collections::HashMap;
use std::convert::Infallible;
use std::env;
use std::error::Error;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use futures::stream::{StreamExt, unfold};
use serde::{Deserialize, Serialize};
use sse_runtime::hub::{Deliver, Hub, PublishError};
use sse_runtime::log::{Bounds, MemoryLog};
use sse_runtime::{EventId, Problem, Settings, Shutdown, server_sent_events};
use tokio::net::TcpListener;
use tokio::select;
use tokio::sync::watch;
use tokio::time::{Instant, interval, sleep_until};

#[cfg(feature = "openapi")]
mod openapi;

/// How far back a client may resume, or stop reading, and still miss nothing.
const KEPT: Duration = Duration::from_secs(60);
/// Bytes that a quote takes in the log, at the most.
const QUOTE: usize = 160;
/// How often the market opens its gates. What happens in between is published at once.
const BEAT: Duration = Duration::from_millis(10);
/// How long streams may take to end after Ctrl-C.
const DRAIN: Duration = Duration::from_millis(500);

/// What all of it is published on. Clients tell symbols apart by the key.
const CHANNEL: &str = "quotes";

/// What a symbol costs.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct Quote {
    symbol: String,
    price: f64,
    /// How many quotes of this symbol there were, with this one.
    tick: u64,
    /// In milliseconds since 1970.
    at: u64,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct Wanted {
    #[serde(default)]
    symbol: Vec<String>, // from the query
    after: Option<EventId>, // from the Last-Event-ID header
}

#[server_sent_events(key = symbol, last_event_id = after)]
trait Ticker {
    /// Streams the prices of some symbols, or of all.
    #[sse(get = "/quotes")]
    async fn quotes(
        &self,
        payload: Wanted,
        stream: impl QuotesServerStream<Quote>,
    ) -> Result<(), Problem>;
}

/// Where quotes are read.
struct Board {
    hub: Hub<TickerQuotes>,
    symbols: usize,
}

impl Ticker for Board {
    async fn quotes(
        &self,
        payload: Wanted,
        stream: impl QuotesServerStream<Quote>,
    ) -> Result<(), Problem> {
        // The snapshot and the changes are one read of the log, so nothing can happen between them.
        // This works as the log holds a quote of every symbol (see `bounds`). Where it does not, say
        // because some prices rarely change: take `Hub::position`, read and send the present state,
        // and subscribe after that position.
        let mut quotes = self
            .hub
            .subscribe(CHANNEL)
            .after(payload.after)
            .otherwise(Deliver::LastPerKey)
            .conflate();
        if !payload.symbol.is_empty() {
            self.check(&payload.symbol)?;
            quotes = quotes.keys(&payload.symbol);
        }
        Ok(stream.forward(quotes.await?).await?)
    }
}

impl Board {
    fn check(&self, symbols: &[String]) -> Result<(), Problem> {
        let is_unknown = |symbol: &&String| number(symbol).is_none_or(|it| it >= self.symbols);
        let Some(unknown) = symbols.iter().find(is_unknown) else {
            return Ok(());
        };
        let last = symbol(self.symbols - 1);
        let detail = format!("there is no symbol `{unknown}`; they are `AAA` to `{last}`");
        Err(Problem::new(StatusCode::NOT_FOUND).detail(detail))
    }
}

/// Where quotes are made.
struct Market {
    hub: Hub<TickerQuotes>,
    newest: Vec<Quote>,
    /// How many quotes there were after the first of each symbol.
    made: usize,
}

impl Market {
    fn new(hub: Hub<TickerQuotes>, symbols: usize) -> Self {
        let quotes = (0..symbols).map(|number| Quote {
            symbol: symbol(number),
            price: to_cents(fastrand::f64() * 500.0 + 1.0),
            tick: 1,
            at: now(),
        });
        Self {
            hub,
            newest: quotes.collect(),
            made: 0,
        }
    }

    /// Opens, and trades until it cannot publish.
    async fn trade(mut self, rate: u32) -> Result<Infallible, PublishError> {
        self.hub.publish_all(CHANNEL, &self.newest).await?;
        let mut beat = interval(BEAT);
        let mut last = Instant::now();
        let mut due = 0.0;
        loop {
            beat.tick().await;
            // After a pause of the whole machine trading goes on as if there had been none.
            due += last.elapsed().as_secs_f64().min(1.0) * f64::from(rate);
            last = Instant::now();
            let mut quotes = Vec::new();
            while due >= 1.0 {
                quotes.push(self.next());
                due -= 1.0;
            }
            self.hub.publish_all(CHANNEL, &quotes).await?;
        }
    }

    /// Every other quote is of the next symbol in turn, the rest are of some more than of others.
    fn next(&mut self) -> Quote {
        let symbols = self.newest.len();
        let number = match self.made % 2 {
            0 => self.made / 2 % symbols,
            _ => (fastrand::f64().powi(2) * symbols as f64) as usize % symbols,
        };
        self.made += 1;
        let quote = &mut self.newest[number];
        quote.price = to_cents(quote.price * (0.995 + 0.01 * fastrand::f64())).max(0.01);
        quote.tick += 1;
        quote.at = now();
        quote.clone()
    }
}

/// What the log keeps: what happens in [`KEPT`], and a quote of every symbol in any case. Twice as
/// many events as there are symbols hold one of each, as every other quote takes them in turn.
fn bounds(rate: u32, symbols: usize) -> Bounds {
    let events = (KEPT.as_secs() as usize * rate as usize).max(2 * symbols);
    Bounds::default()
        .events(events)
        .bytes(events * QUOTE)
        .age(Duration::MAX)
}

/// `AAA`, `AAB`, … `ZZZ`.
fn symbol(number: usize) -> String {
    let letter = |power: u32| char::from(b'A' + (number / 26_usize.pow(power) % 26) as u8);
    [letter(2), letter(1), letter(0)].into_iter().collect()
}

fn number(symbol: &str) -> Option<usize> {
    let [a, b, c] = symbol.as_bytes() else {
        return None;
    };
    let letter = |byte: &u8| byte.is_ascii_uppercase().then(|| usize::from(byte - b'A'));
    Some((letter(a)? * 26 + letter(b)?) * 26 + letter(c)?)
}

fn to_cents(price: f64) -> f64 {
    (price * 100.0).round() / 100.0
}

fn now() -> u64 {
    let time = SystemTime::now().duration_since(UNIX_EPOCH);
    time.map_or(0, |time| time.as_millis() as u64)
}

// The links.

/// A number of bytes a second, or no limit.
type Speed = Option<u32>;

/// The links of the responses that are on their way over one.
#[derive(Clone, Default)]
struct Links(Arc<Mutex<HashMap<String, watch::Sender<Speed>>>>);

#[derive(Deserialize)]
struct Via {
    link: Option<String>,
}

impl Links {
    fn all(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<Speed>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, name: String) -> Link {
        let speed = self.all().entry(name.clone()).or_default().subscribe();
        Link {
            speed,
            busy_since: Instant::now(),
            bytes: 0,
            links: self.clone(),
            name,
        }
    }
}

/// Sends a response over the link that its request named.
async fn over_link(
    State(links): State<Links>,
    Query(via): Query<Via>,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    let Some(name) = via.link else {
        return response;
    };
    let link = links.open(name);
    response.map(|body| {
        let state = (body.into_data_stream(), link);
        Body::from_stream(unfold(state, |(mut body, mut link)| async move {
            link.is_free().await;
            let bytes = body.next().await?;
            link.carries(bytes.as_ref().map_or(0, |bytes| bytes.len()));
            Some((bytes, (body, link)))
        }))
    })
}

async fn set_speed(
    State(links): State<Links>,
    Path(name): Path<String>,
    speed: Result<Json<Speed>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let refused = |it: JsonRejection| Problem::new(it.status()).detail(it.body_text());
    let Json(speed) = speed.map_err(refused)?;
    let Some(link) = links.all().get(&name).cloned() else {
        let detail = format!("nothing is on its way over a link `{name}`");
        return Err(Problem::new(StatusCode::NOT_FOUND).detail(detail));
    };
    link.send_replace(speed);
    Ok(StatusCode::NO_CONTENT)
}

/// What one response goes over.
struct Link {
    speed: watch::Receiver<Speed>,
    /// Since when it has been carrying so many bytes.
    busy_since: Instant,
    bytes: usize,
    links: Links,
    name: String,
}

impl Link {
    fn carries(&mut self, bytes: usize) {
        self.busy_since = Instant::now();
        self.bytes = bytes;
    }

    /// Waits until it has carried what it was given.
    async fn is_free(&mut self) {
        loop {
            let speed = *self.speed.borrow_and_update();
            let carried = async {
                match speed {
                    None => {}
                    Some(0) => std::future::pending().await,
                    Some(speed) => {
                        let time = self.bytes as f64 / f64::from(speed);
                        sleep_until(self.busy_since + Duration::from_secs_f64(time)).await;
                    }
                }
            };
            select! {
                () = carried => return,
                Ok(()) = self.speed.changed() => {}
            }
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // The last one on it, which is still here, takes the link with it.
        let mut links = self.links.all();
        links.retain(|name, link| *name != self.name || link.receiver_count() > 1);
    }
}

/// The argument at that place, or else what there is without it.
fn argument<T>(
    place: usize,
    name: &str,
    allowed: RangeInclusive<T>,
    default: T,
) -> Result<T, String>
where
    T: FromStr + PartialOrd + std::fmt::Display,
{
    let Some(text) = env::args().nth(place) else {
        return Ok(default);
    };
    let number = text.parse().ok().filter(|number| allowed.contains(number));
    let (from, to) = allowed.into_inner();
    number.ok_or_else(|| format!("{name} is `{text}`; it must be a number from {from} to {to}"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let rate = argument(1, "RATE", 1..=50_000, 2000)?;
    let symbols = argument(2, "SYMBOLS", 1..=26 * 26 * 26, 5000)?;
    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let port: u16 = port
        .parse()
        .map_err(|_| format!("PORT is `{port}`; it must be a number from 0 to 65535"))?;
    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|error| format!("port {port}: {error}; PORT=0 picks a free one"))?;

    let hub = Hub::new(MemoryLog::new(bounds(rate, symbols)), TickerQuotes);
    let market = Market::new(hub.clone(), symbols);
    let shutdown = Shutdown::on_signals()?.drain(DRAIN);
    let ticker =
        TickerServer::new(Board { hub, symbols }).settings(Settings::new().shutdown(&shutdown));
    let links = Links::default();
    let app = Router::new()
        .route("/", get(Html(include_str!("ticker.html"))))
        .route("/links/{name}", put(set_speed))
        .with_state(links.clone())
        .merge(
            ticker
                .into_router()
                .layer(from_fn_with_state(links, over_link)),
        );
    #[cfg(feature = "openapi")]
    let app = {
        let document =
            sse_runtime::openapi::Document::new("Quotes", "1.0.0").add::<TickerServer<Board>>();
        app.merge(openapi::routes(document)?)
    };
    print_usage(&format!("http://{}", listener.local_addr()?));
    select! {
        served = sse_runtime::serve(listener, app).with_shutdown(&shutdown).into_future() => served?,
        Err(error) = market.trade(rate) => return Err(error.into()),
    }
    Ok(())
}

fn print_usage(url: &str) {
    println!(
        r#"listening on {url}

  all symbols   curl -N {url}/quotes
  some symbols  curl -N '{url}/quotes?symbol=AAA&symbol=AAB'
  resume        curl -N '{url}/quotes?symbol=AAA' -H 'Last-Event-ID: ID'
  slow          curl -N '{url}/quotes?link=mine', and then
                curl -X PUT {url}/links/mine --json 32000

or open {url} in a browser; Ctrl-C ends it"#
    );
}
