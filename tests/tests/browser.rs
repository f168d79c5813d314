//! Pages of the examples in headless Chromium. What they are to show stands in `js/browser`.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use reqwest::{Client, StatusCode};
use serde_json::json;
use tests::servers::{Postgres, PostgresSettings, Redis, RedisSettings};
use tests::{Example, passes, program};

/// The command that runs a script against this server, where there are Node.js and a browser.
fn script(name: &str, example: &Example) -> Option<Command> {
    let node = program("SSE_TEST_NODE")?;
    program("SSE_TEST_CHROMIUM")?;
    let mut command = Command::new(node);
    command
        .arg(format!("js/browser/{name}.js"))
        .arg(example.url());
    Some(command)
}

/// Runs a script up to the line by which it asks for a restart of its server.
fn up_to_restart(mut script: Command) -> Child {
    let mut script = script.stdout(Stdio::piped()).spawn().expect("Node.js runs");
    let output = script.stdout.take().expect("its output is piped");
    let asks = BufReader::new(output)
        .lines()
        .map_while(Result::ok)
        .any(|line| line == "restart");
    assert!(asks, "the script ends before the restart");
    script
}

/// Starts an example anew, on the port that it had.
fn restart(before: Example, start: impl FnOnce(&str) -> Example) -> Example {
    let port = before.url().rsplit(':').next();
    let port = port.expect("a URL has a port").to_owned();
    assert!(before.stop().success());
    start(&port)
}

#[test]
fn an_event_source_stops_after_the_end() {
    let quickstart = Example::start("quickstart");
    let Some(mut script) = script("end", &quickstart) else {
        return;
    };
    passes(&mut script);
}

#[test]
fn a_page_shows_what_the_document_says() {
    let quickstart = Example::start("quickstart");
    let Some(mut script) = script("docs", &quickstart) else {
        return;
    };
    passes(&mut script);
}

#[tokio::test]
async fn a_page_survives_a_restart_of_its_server() {
    let before = Example::start("quickstart");
    let Some(script) = script("restart", &before) else {
        return;
    };
    let mut script = up_to_restart(script);
    let after = restart(before, |port| {
        Example::start_with("quickstart", |command| {
            command.env("PORT", port);
        })
    });
    let request = Client::new().post(after.at("/topics/lunch"));
    let early = request
        .json(&json!({"type": "alert", "message": "early"}))
        .send()
        .await;
    assert!(early.is_ok_and(|answer| answer.status() == StatusCode::ACCEPTED));
    assert!(script.wait().is_ok_and(|status| status.success()));
}

#[test]
fn the_ticker_shows_slow_links_lost_ones_and_gaps() {
    let market = |port: &str| {
        Example::start_with("ticker", |command| {
            command.args(["2000", "200"]).env("PORT", port);
        })
    };
    let before = market("0");
    let Some(script) = script("ticker", &before) else {
        return;
    };
    let mut script = up_to_restart(script);
    let _after = restart(before, market);
    assert!(script.wait().is_ok_and(|status| status.success()));
}

#[test]
fn the_cluster_moves_its_reader_from_node_to_node_and_away_from_one_that_is_killed() {
    let Some(redis) = Redis::start(RedisSettings::default()) else {
        return;
    };
    let cluster = Example::start_with("cluster", |command| {
        command.env("REDIS_URL", redis.url());
    });
    let Some(mut script) = script("cluster", &cluster) else {
        return;
    };
    passes(&mut script);
}

#[test]
fn the_shop_shows_of_each_order_its_row_its_event_and_that_it_was_shipped_once() {
    let Some(postgres) = Postgres::start(PostgresSettings::default()) else {
        return;
    };
    let orders = |arguments: &[&str]| {
        Example::start_with("orders", |command| {
            command.args(arguments).env("DATABASE_URL", postgres.url());
        })
    };
    let shop = orders(&[]);
    let Some(mut script) = script("orders", &shop) else {
        return;
    };
    let _consumer = orders(&["ship", shop.url()]);
    passes(&mut script);
}
