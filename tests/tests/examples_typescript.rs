//! The example `typescript`, as it really runs.

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tests::{Example, program};

async fn post(auction: &Example, path: &str, body: &Value) -> StatusCode {
    let request = Client::new().post(auction.at(path)).json(body);
    request.send().await.expect("it answers").status()
}

async fn bid(auction: &Example, bidder: &str, cents: u64) -> StatusCode {
    let bid = json!({ "bidder": bidder, "cents": cents });
    post(auction, "/lots/clock/bids", &bid).await
}

async fn sell(auction: &Example) -> StatusCode {
    post(auction, "/lots/clock/sale", &Value::Null).await
}

/// Has the example write its package into a directory of this name.
fn written(name: &str) -> (PathBuf, String) {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if directory.exists() {
        fs::remove_dir_all(&directory).expect("an earlier run is removed");
    }
    let said = Example::ran("typescript", |command| {
        command.arg(&directory);
    });
    (directory, said)
}

#[tokio::test]
async fn bids_are_told_in_order_up_to_the_sale() {
    let auction = Example::start("typescript");
    assert_eq!(sell(&auction).await, StatusCode::CONFLICT);
    assert_eq!(bid(&auction, "Ada", 100).await, StatusCode::ACCEPTED);
    assert_eq!(bid(&auction, "Bob", 100).await, StatusCode::CONFLICT);
    assert_eq!(bid(&auction, "Bob", 1 << 60).await, StatusCode::ACCEPTED);
    assert_eq!(sell(&auction).await, StatusCode::ACCEPTED);
    assert_eq!(
        bid(&auction, "Ada", (1 << 60) + 1).await,
        StatusCode::CONFLICT
    );
    let changes = reqwest::get(auction.at("/lots/clock/changes")).await;
    let changes = changes.expect("it answers").text().await.expect("it ends");
    let events: Vec<_> = changes
        .lines()
        .filter(|line| line.starts_with("event: ") || line.starts_with("data: "))
        .collect();
    assert_eq!(
        events,
        [
            "event: bid",
            "data: {\"bidder\":\"Ada\",\"cents\":100}",
            "event: bid",
            "data: {\"bidder\":\"Bob\",\"cents\":1152921504606846976}",
            "event: sold",
            "data: {\"bidder\":\"Bob\",\"cents\":1152921504606846976}",
        ]
    );
}

#[test]
fn it_writes_a_package_and_says_how_to_use_it() {
    let (directory, said) = written("auction-client");
    let readme = fs::read_to_string(directory.join("README.md")).expect("it is written");
    assert!(
        readme.contains("| `auction.changes` | `/lots/{lot}/changes` |"),
        "{readme}"
    );
    assert!(
        said.contains(&format!("(cd {}", directory.display())),
        "{said}"
    );
}

#[test]
fn it_writes_into_no_directory_of_somebody_else() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("somebody-elses");
    fs::create_dir_all(&directory).expect("a writable directory");
    fs::write(directory.join("package.json"), "{}\n").expect("a writable file");
    let said = Example::refused("typescript", |command| {
        command.arg(&directory);
    });
    assert!(said.contains("package.json"), "{said}");
    assert_eq!(fs::read_dir(&directory).expect("it is there").count(), 1);
}

/// A program that was pasted from what the example says.
struct Follower {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
}

impl Follower {
    fn line(&mut self) -> String {
        self.output.next().expect("it goes on").expect("of text")
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        // Where it has ended there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn what_it_says_to_write_follows_the_auction() {
    let Some(node) = program("SSE_TEST_NODE") else {
        return;
    };
    let (directory, said) = written("auction-followed");
    let auction = Example::start("typescript");
    let lines = said.lines().skip_while(|line| !line.contains("await "));
    let use_of_it: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    let program = use_of_it
        .join("\n")
        .replace("http://127.0.0.1:3000", auction.url());
    let import = "import { auction } from \"./src/index.ts\";";
    fs::write(
        directory.join("follow.ts"),
        format!("{import}\n{program}\n"),
    )
    .expect("writable");
    let mut child = Command::new(node)
        .arg(directory.join("follow.ts"))
        .stdout(Stdio::piped())
        .spawn()
        .expect("Node.js runs");
    let output = child.stdout.take().expect("its output is piped");
    let output = BufReader::new(output).lines();
    let mut follower = Follower { child, output };

    assert_eq!(bid(&auction, "Ada", 100).await, StatusCode::ACCEPTED);
    assert_eq!(follower.line(), "Ada 100");
    assert_eq!(
        bid(&auction, "Bob", (1 << 60) + 1).await,
        StatusCode::ACCEPTED
    );
    assert_eq!(follower.line(), "Bob 1152921504606846977n");
    assert_eq!(sell(&auction).await, StatusCode::ACCEPTED);
    assert_eq!(follower.line(), "sold Bob");
    assert!(follower.child.wait().expect("it ends").success());
}
