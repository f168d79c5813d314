//! The example `ticker` as one runs it.

mod subscription;

use std::collections::BTreeMap;

use reqwest::{Client, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use subscription::Subscription;
use tests::Example;

fn market(rate: u32, symbols: u32) -> Example {
    Example::start_with("ticker", |command| {
        command.args([rate.to_string(), symbols.to_string()]);
    })
}

#[derive(Deserialize)]
struct Quote {
    symbol: String,
    price: f64,
    tick: u64,
}

/// How many quotes there were of each symbol.
type Ticks = BTreeMap<String, u64>;

/// What a client knows.
struct Reader {
    stream: Subscription,
    id: String,
    ticks: Ticks,
    quotes: u64,
    replaced: u64,
}

impl Reader {
    fn new(stream: Subscription) -> Self {
        Self {
            stream,
            id: String::new(),
            ticks: Ticks::new(),
            quotes: 0,
            replaced: 0,
        }
    }

    async fn open(url: &str) -> Self {
        Self::new(Subscription::open(url).await)
    }

    /// The next quote. Nothing else may come before it.
    async fn next(&mut self) -> Quote {
        loop {
            let block = self.stream.block().await.expect("the stream goes on");
            for line in block.lines() {
                let (field, value) = line.split_once(": ").expect("a field has a value");
                match field {
                    "id" => value.clone_into(&mut self.id),
                    "data" => return self.learn(value),
                    _ => panic!("not a quote: {block}"),
                }
            }
        }
    }

    fn learn(&mut self, data: &str) -> Quote {
        let quote: Quote = serde_json::from_str(data).expect("a quote is JSON");
        assert!(quote.price > 0.0, "{data}");
        let before = self.ticks.insert(quote.symbol.clone(), quote.tick);
        if let Some(before) = before {
            assert!(before < quote.tick, "{data} after tick {before}");
            self.replaced += quote.tick - before - 1;
        }
        self.quotes += 1;
        quote
    }

    /// How many quotes there were that it knows of, or that were replaced by those.
    fn total(&self) -> u64 {
        self.ticks.values().sum()
    }

    /// Reads until it knows of so many.
    async fn reach(&mut self, total: u64) {
        while self.total() < total {
            self.next().await;
        }
    }

    /// Reads until it knows what another one knows.
    async fn catch_up_with(&mut self, ticks: &Ticks) {
        while ticks
            .iter()
            .any(|(symbol, tick)| self.ticks.get(symbol) < Some(tick))
        {
            self.next().await;
        }
    }
}

async fn set_speed(ticker: &Example, link: &str, speed: Value) -> Response {
    let url = ticker.at(&format!("/links/{link}"));
    let response = Client::new().put(url).json(&speed).send().await;
    response.expect("the server answers")
}

#[tokio::test]
async fn the_page_is_where_the_first_line_says() {
    let ticker = Example::start("ticker");
    let page = reqwest::get(ticker.url()).await.expect("it answers");
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    assert!(page.text().await.is_ok_and(|page| page.contains("/quotes")));
}

#[tokio::test]
async fn a_client_is_sent_what_every_symbol_costs_then_what_changes() {
    let ticker = market(1000, 30);
    let mut early = Reader::open(&ticker.at("/quotes")).await;
    early.reach(10 * 30).await;
    let mut late = Reader::open(&ticker.at("/quotes")).await;
    for known in 1..=30 {
        late.next().await;
        assert_eq!(late.ticks.len(), known, "one quote of each");
    }
    assert!(late.total() >= early.total());
    late.reach(2 * early.total()).await;
}

#[tokio::test]
async fn a_client_is_sent_the_symbols_that_it_picked() {
    let ticker = market(1000, 30);
    let mut all = Reader::open(&ticker.at("/quotes")).await;
    let mut two = Reader::open(&ticker.at("/quotes?symbol=AAC&symbol=ABD")).await;
    all.reach(1000).await;
    all.ticks
        .retain(|symbol, _| symbol == "AAC" || symbol == "ABD");
    two.catch_up_with(&all.ticks).await;
    assert!(two.ticks.keys().eq(["AAC", "ABD"]));
}

#[tokio::test]
async fn a_symbol_that_is_not_there_is_a_problem() {
    let ticker = market(1, 30);
    for unknown in ["ABE", "aaa", "AAAA", "", "ÄA"] {
        let url = ticker.at(&format!("/quotes?symbol=AAA&symbol={unknown}"));
        let response = reqwest::get(url).await.expect("the server answers");
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        let problem: Value = response.json().await.expect("a problem is JSON");
        let detail = format!("there is no symbol `{unknown}`; they are `AAA` to `ABD`");
        assert_eq!(problem["detail"], detail);
    }
}

#[tokio::test]
async fn who_comes_back_is_sent_the_newest_of_what_was_missed() {
    let ticker = market(1000, 30);
    let url = ticker.at("/quotes");
    let mut reader = Reader::open(&url).await;
    let mut other = Reader::open(&url).await;
    other.reach(100).await;
    for _ in 0..10 {
        reader.catch_up_with(&other.ticks).await;
        other.reach(reader.total() + 300).await;
        let (quotes, replaced) = (reader.quotes, reader.replaced);
        reader.stream = Subscription::resume(&url, &reader.id).await;
        reader.catch_up_with(&other.ticks).await;
        assert!(
            reader.quotes - quotes <= 30,
            "one quote of each at the most"
        );
        assert!(reader.replaced - replaced >= 300 - 30);
    }
}

#[tokio::test]
async fn who_does_not_read_is_sent_the_newest_once_it_does() {
    const UNREAD: u64 = 100_000;
    let ticker = market(50_000, 30);
    let mut reader = Reader::open(&ticker.at("/quotes")).await;
    let mut other = Reader::open(&ticker.at("/quotes")).await;
    reader.next().await;
    other.reach(reader.total() + UNREAD).await;
    let (quotes, replaced) = (reader.quotes, reader.replaced);
    reader.catch_up_with(&other.ticks).await;
    let (quotes, replaced) = (reader.quotes - quotes, reader.replaced - replaced);
    assert!(quotes < UNREAD / 2, "{quotes} quotes were on their way");
    assert!(replaced > UNREAD / 2, "{replaced} were replaced");
}

#[tokio::test]
async fn a_slow_link_carries_the_newest_and_none_that_was_replaced() {
    let ticker = market(1000, 30);
    let mut reader = Reader::open(&ticker.at("/quotes?link=slow")).await;
    reader.next().await;
    let set = set_speed(&ticker, "slow", json!(10_000)).await;
    assert_eq!(set.status(), StatusCode::NO_CONTENT);
    let (quotes, replaced) = (reader.quotes, reader.replaced);
    while reader.replaced < replaced + 1000 {
        reader.next().await;
    }
    assert!(reader.quotes - quotes < 500);
}

#[tokio::test]
async fn on_a_slow_link_what_changes_all_the_time_has_its_turn_as_well() {
    const SYMBOLS: u32 = 2000;
    let ticker = market(5000, SYMBOLS);
    let mut reader = Reader::open(&ticker.at("/quotes?link=slow")).await;
    reader.next().await;
    set_speed(&ticker, "slow", json!(100_000)).await;
    for _ in 0..5 {
        // Of all symbols `AAA` changes most often. All others may come before it, and what was sent
        // before the link became slow.
        let (quotes, tick) = (reader.quotes, reader.ticks.get("AAA").copied());
        while reader.ticks.get("AAA").copied() == tick {
            reader.next().await;
            assert!(reader.quotes - quotes <= 2 * u64::from(SYMBOLS));
        }
    }
}

#[tokio::test]
async fn a_link_that_was_stalled_goes_on_with_the_newest() {
    let ticker = market(1000, 30);
    let mut reader = Reader::open(&ticker.at("/quotes?link=mine")).await;
    let mut other = Reader::open(&ticker.at("/quotes")).await;
    reader.next().await;
    set_speed(&ticker, "mine", json!(0)).await;
    other.reach(reader.total() + 2000).await;
    set_speed(&ticker, "mine", json!(null)).await;
    let quotes = reader.quotes;
    reader.catch_up_with(&other.ticks).await;
    assert!(reader.quotes - quotes <= 1000);
}

#[tokio::test]
async fn a_link_is_there_as_long_as_something_goes_over_it() {
    let ticker = market(1000, 30);
    let reader = Reader::open(&ticker.at("/quotes?link=mine")).await;
    let also = Reader::open(&ticker.at("/quotes?link=mine")).await;
    drop(reader);
    for refused in [json!(-1), json!("fast")] {
        let refused = set_speed(&ticker, "mine", refused).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    let set = set_speed(&ticker, "mine", json!(1000)).await;
    assert_eq!(set.status(), StatusCode::NO_CONTENT);
    drop(also);
    while set_speed(&ticker, "mine", json!(1000)).await.status() != StatusCode::NOT_FOUND {}
}

#[tokio::test]
async fn an_id_from_before_a_restart_is_a_gap_and_then_a_new_beginning() {
    let before = market(100, 30);
    let mut reader = Reader::open(&before.at("/quotes")).await;
    reader.reach(40).await;
    assert!(before.stop().success());

    let after = market(100, 30);
    let mut stream = Subscription::resume(&after.at("/quotes"), &reader.id).await;
    let [gap] = stream.blocks().await;
    let told = "event: gap\ndata: {\"reason\":\"reset\",\"missed\":null}";
    assert!(gap.ends_with(told), "{gap}");
    let mut reader = Reader::new(stream);
    for known in 1..=30 {
        reader.next().await;
        assert_eq!(reader.ticks.len(), known, "one quote of each");
    }
}

#[test]
fn arguments_that_make_no_market_are_refused() {
    for (arguments, reason) in [
        (
            ["0", "30"],
            "RATE is `0`; it must be a number from 1 to 50000",
        ),
        (["fast", "30"], "RATE is `fast`"),
        (
            ["1", "17577"],
            "SYMBOLS is `17577`; it must be a number from 1 to 17576",
        ),
    ] {
        let refusal = Example::refused("ticker", |command| {
            command.args(arguments);
        });
        assert!(refusal.contains(reason), "{refusal}");
    }
}

#[tokio::test]
async fn ctrl_c_tells_every_client() {
    let ticker = market(1, 30);
    let mut streams = Vec::new();
    for _ in 0..20 {
        streams.push(Subscription::open(&ticker.at("/quotes")).await);
    }
    assert!(ticker.stop().success());
    for stream in streams {
        let last = stream.rest().await.pop();
        let last = last.expect("a stream says when to come back");
        assert!(last.starts_with("retry: "), "{last}");
    }
}
