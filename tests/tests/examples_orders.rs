//! The example `orders` as one runs it: a shop whose orders commit with their events, and a consumer.

mod subscription;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use subscription::Subscription;
use tests::servers::{Postgres, PostgresSettings};
use tests::{Example, program};
use tokio_postgres::NoTls;

/// How long processes may take to be gone.
const GRACE: Duration = Duration::from_secs(10);

/// A shop, and the database that it was given.
struct Shop {
    example: Example,
    postgres: Postgres,
}

impl Shop {
    /// `None` without Postgres.
    fn open() -> Option<Self> {
        let postgres = Postgres::start(PostgresSettings::default())?;
        let example = Example::start_with("orders", |command| {
            command.env("DATABASE_URL", postgres.url());
        });
        Some(Self { example, postgres })
    }

    async fn order(&self, item: &str, quantity: i32) -> StatusCode {
        let request = Client::new().post(self.example.at("/orders"));
        let order = json!({ "item": item, "quantity": quantity });
        let response = request.json(&order).send().await;
        response.expect("the shop answers").status()
    }

    /// A consumer, which has begun.
    fn consumer(&self) -> Example {
        Example::start_with("orders", |command| {
            command
                .args(["ship", self.example.url()])
                .env("DATABASE_URL", self.postgres.url());
        })
    }

    /// The numbers that a query counts.
    async fn count<const N: usize>(&self, query: &str) -> [i64; N] {
        let (client, connection) = tokio_postgres::connect(&self.postgres.url(), NoTls)
            .await
            .expect("it runs");
        tokio::spawn(connection);
        let row = client.query_one(query, &[]).await.expect("one row");
        std::array::from_fn(|at| row.get(at))
    }

    /// Waits until so many orders are shipped; then each of them is, and once.
    async fn ships(&self, orders: i64) {
        const SHIPPED: &str = "select count(distinct order_id), count(order_id), count(*) \
            from orders left join shipments on order_id = orders.id";
        while self.count::<3>(SHIPPED).await[0] < orders {}
        assert_eq!(self.count(SHIPPED).await, [orders; 3]);
    }
}

/// The item of an event.
fn item(block: &str) -> Value {
    let data = block.lines().find_map(|line| line.strip_prefix("data: "));
    let data = data.unwrap_or_else(|| panic!("no event: {block}"));
    let mut order: Value = serde_json::from_str(data).expect("an order is JSON");
    order["item"].take()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_among_the_rows_and_among_the_events() {
    let Some(shop) = Shop::open() else {
        return;
    };
    assert_eq!(shop.order("tea", 2).await, StatusCode::CREATED);
    let rows = reqwest::get(shop.example.at("/orders")).await;
    let rows: Value = rows.expect("it answers").json().await.expect("JSON");
    let row = json!({ "id": 1, "item": "tea", "quantity": 2, "shipped": 0 });
    assert_eq!(rows, json!([row]));
    let mut events = Subscription::open(&shop.example.at("/orders/events")).await;
    let [event] = events.blocks().await;
    assert!(event.contains("\nevent: placed\n"), "{event}");
    assert_eq!(item(&event), "tea");

    assert_eq!(shop.order("cake", 1).await, StatusCode::CREATED);
    let [event] = events.blocks().await;
    assert_eq!(item(&event), "cake");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_order_whose_transaction_fails_there_is_neither_a_row_nor_an_event() {
    let Some(shop) = Shop::open() else {
        return;
    };
    let refused = StatusCode::UNPROCESSABLE_ENTITY;
    assert_eq!(shop.order("tea", 1).await, StatusCode::CREATED);
    // Its commit fails; then its first statement does.
    assert_eq!(shop.order("gold", 1).await, refused);
    assert_eq!(shop.order("tea", 0).await, refused);
    assert_eq!(shop.order("coffee", 1).await, StatusCode::CREATED);

    let rows = "select count(*), count(*) filter (where item in ('tea', 'coffee')) from orders";
    assert_eq!(shop.count(rows).await, [2, 2]);
    let mut events = Subscription::open(&shop.example.at("/orders/events")).await;
    let events: [String; 2] = events.blocks().await;
    assert_eq!(
        events.each_ref().map(|event| item(event)),
        ["tea", "coffee"]
    );
    // What fails leaves no hole in the numbers either.
    let number = |event: &String| event.lines().next().map(|id| id.ends_with("-2"));
    assert_eq!(events.each_ref().map(number), [Some(false), Some(true)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_is_killed_ten_times_ships_each_of_200_orders_once() {
    const ORDERS: u32 = 200;
    const KILLED: u32 = 10;
    let Some(shop) = Shop::open().map(Arc::new) else {
        return;
    };
    let customers = Arc::clone(&shop);
    let ordering = tokio::spawn(async move {
        for _ in 0..ORDERS {
            assert_eq!(customers.order("tea", 1).await, StatusCode::CREATED);
        }
    });
    for _ in 0..KILLED {
        let mut consumer = shop.consumer();
        for _ in 0..fastrand::u32(1..ORDERS / KILLED) {
            consumer.line("shipped order ");
        }
        // With SIGKILL, while it ships the next one.
        drop(consumer);
    }
    ordering.await.expect("all orders are placed");
    let _consumer = shop.consumer();
    shop.ships(ORDERS.into()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn consumers_that_run_at_once_ship_each_order_once() {
    const ORDERS: i64 = 30;
    let Some(shop) = Shop::open() else {
        return;
    };
    let _consumers = [(); 3].map(|()| shop.consumer());
    for _ in 0..ORDERS {
        assert_eq!(shop.order("cake", 1).await, StatusCode::CREATED);
    }
    shop.ships(ORDERS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_after_the_shop_was_closed_goes_on_where_it_was() {
    let Some(shop) = Shop::open() else {
        return;
    };
    for item in ["tea", "cake"] {
        assert_eq!(shop.order(item, 1).await, StatusCode::CREATED);
    }
    let mut events = Subscription::open(&shop.example.at("/orders/events")).await;
    let [tea] = events.blocks().await;
    let id = tea.lines().find_map(|line| line.strip_prefix("id: "));
    let id = id.expect("an event has an id").to_owned();

    let Shop { example, postgres } = shop;
    assert!(example.stop().success());
    let last = events.rest().await.pop();
    assert!(last.is_some_and(|last| last.starts_with("retry: ")));

    let example = Example::start_with("orders", |command| {
        command.env("DATABASE_URL", postgres.url());
    });
    let mut events = Subscription::resume(&example.at("/orders/events"), &id).await;
    let [cake] = events.blocks().await;
    assert_eq!(item(&cake), "cake");
}

#[test]
fn a_database_that_does_not_answer_is_told_without_its_password() {
    let refusal = Example::refused("orders", |command| {
        command.env("DATABASE_URL", "postgres://me:secret@127.0.0.1:1/shop");
    });
    let reason = "the engine of a log does not answer at `127.0.0.1:1`";
    assert!(refusal.contains(reason), "{refusal}");
    assert!(!refusal.contains("secret"), "{refusal}");
}

#[test]
fn a_consumer_without_a_database_says_what_it_needs() {
    let refusal = Example::refused("orders", |command| {
        command
            .args(["ship", "http://127.0.0.1:1"])
            .env_remove("DATABASE_URL");
    });
    assert!(
        refusal.starts_with("DATABASE_URL names no database; "),
        "{refusal}"
    );
}

/// With a Postgres of its own, and where that has its files; `None` where it can have none.
fn with_its_own_postgres() -> Option<(Example, String)> {
    program("SSE_TEST_POSTGRES")?;
    let mut shop = Example::start_with("orders", |command| {
        command.env_remove("DATABASE_URL");
    });
    let ship = shop.line("  ship");
    let (_, directory) = ship.split_once("?host=").expect("the URL of a socket");
    let (directory, _) = directory.split_once('&').expect("and a user");
    Some((shop, directory.to_owned()))
}

/// Whether a server runs whose files are there.
fn runs(directory: &str) -> bool {
    Path::new(directory).join(".s.PGSQL.5432").exists()
}

#[test]
fn ctrl_c_leaves_neither_a_process_nor_a_file() {
    let Some((shop, directory)) = with_its_own_postgres() else {
        return;
    };
    assert!(runs(&directory));
    assert!(shop.stop().success());
    assert!(fs::metadata(directory).is_err());
}

#[test]
fn where_it_is_killed_no_process_is_left_either() {
    let Some((shop, directory)) = with_its_own_postgres() else {
        return;
    };
    let kill = format!("kill -KILL {}", shop.id());
    let status = Command::new("sh").args(["-c", &kill]).status();
    assert!(status.is_ok_and(|status| status.success()));
    let start = Instant::now();
    while runs(&directory) {
        assert!(start.elapsed() < GRACE, "it still runs after {GRACE:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
    fs::remove_dir_all(directory).expect("nobody uses it");
}
