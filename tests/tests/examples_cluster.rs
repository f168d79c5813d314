//! The example `cluster` as one runs it: two processes over one Redis, and what stands before them.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use sse_runtime::client::{Client, EventStream};
use tests::servers::{Append, Redis, RedisSettings, Server};
use tests::{Example, program};

/// How long processes may take to be gone.
const GRACE: Duration = Duration::from_secs(5);

/// A cluster, and the Redis that it was given.
struct Cluster {
    example: Example,
    redis: Redis,
}

impl Cluster {
    /// `None` without a Redis.
    fn start() -> Option<Self> {
        let redis = Redis::start(RedisSettings {
            append: Append::Always,
            password: Some("secret".to_owned()),
            ..RedisSettings::default()
        })?;
        let example = Example::start_with("cluster", |command| {
            command.env("REDIS_URL", redis.url());
        });
        Some(Self { example, redis })
    }

    async fn say(&self, node: u8, text: &str) {
        let url = self.example.at(&format!("/nodes/{node}/messages"));
        let request = reqwest::Client::new().post(url);
        let response = request.json(&json!({ "text": text })).send().await;
        let response = response.expect("it answers");
        assert_eq!(response.status(), StatusCode::ACCEPTED);
    }

    async fn kill(&self, node: u8) {
        let url = self.example.at(&format!("/nodes/{node}"));
        let response = reqwest::Client::new().delete(url).send().await;
        let response = response.expect("it answers");
        assert_eq!(response.status(), StatusCode::ACCEPTED);
        while process(&self.example, node).await.is_some() {}
    }

    async fn read(&self, node: u8) -> Reader {
        let mut reader = Reader::default();
        reader.go_to(self, node).await;
        // From then on it has a place to go on from, and knows what each node has to say next.
        while reader.numbers.len() < 2 {
            reader.next().await;
        }
        reader
    }
}

async fn status(example: &Example, node: u8) -> Option<Value> {
    let response = reqwest::get(example.at(&format!("/nodes/{node}/status")));
    let response = response.await.expect("the front answers");
    match response.status() {
        StatusCode::BAD_GATEWAY => None,
        _ => Some(response.json().await.expect("a status is JSON")),
    }
}

/// The number of the process that a node is; `None` while it is none.
async fn process(example: &Example, node: u8) -> Option<u64> {
    status(example, node).await?["process"].as_u64()
}

#[derive(Clone, Deserialize)]
struct News {
    node: u8,
    process: u64,
    number: u64,
    text: Option<String>,
}

/// Who reads by way of one node after the other.
#[derive(Default)]
struct Reader {
    stream: Option<EventStream>,
    /// By way of which node it reads.
    via: u8,
    /// Of each process the number of its newest news.
    numbers: HashMap<u64, u64>,
}

impl Reader {
    /// Goes on by way of that node, where this was.
    async fn go_to(&mut self, cluster: &Cluster, node: u8) {
        let url = cluster.example.at(&format!("/events?prefer={node}"));
        let mut request = Client::new().get(url).expect("a URL");
        if let Some(stream) = &self.stream {
            request = request.resume_from(stream.position());
        }
        self.stream = Some(request.stream());
        assert!(
            self.event().await.is_none(),
            "a stream begins with a welcome"
        );
        assert_eq!(self.via, node);
    }

    /// The next news, which is none that was missed and none that came before.
    async fn next(&mut self) -> News {
        loop {
            if let Some(news) = self.event().await {
                return news;
            }
        }
    }

    /// The next event, where it is news.
    async fn event(&mut self) -> Option<News> {
        let stream = self.stream.as_mut().expect("it reads");
        let event = stream.next().await.expect("the stream goes on");
        let event = event.expect("no error");
        match event.event() {
            "welcome" => {
                let welcome: Value = serde_json::from_str(event.data()).expect("JSON");
                let node = welcome["node"].as_u64().expect("a number");
                self.via = node.try_into().expect("a small one");
                None
            }
            "news" => {
                let news: News = serde_json::from_str(event.data()).expect("JSON");
                let before = self.numbers.insert(news.process, news.number);
                if let Some(before) = before {
                    assert_eq!(news.number, before + 1, "of process {}", news.process);
                }
                Some(news)
            }
            _ => panic!("not in the log: {event:?}"),
        }
    }

    /// Reads until somebody has said this.
    async fn until(&mut self, text: &str) -> News {
        loop {
            let news = self.next().await;
            if news.text.as_deref() == Some(text) {
                return news;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_on_one_node_comes_by_way_of_both() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let mut one = cluster.read(1).await;
    let mut two = cluster.read(2).await;
    for (node, text) in [(1, "from the first"), (2, "from the second")] {
        cluster.say(node, text).await;
        assert_eq!(one.until(text).await.node, node);
        assert_eq!(two.until(text).await.node, node);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_to_the_other_node_and_back_misses_nothing_and_gets_nothing_twice() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let mut reader = cluster.read(1).await;
    for turn in 0..10 {
        let text = format!("while nobody reads, {turn}");
        cluster.say(1, &text).await;
        reader.go_to(&cluster, 2 - turn % 2).await;
        reader.until(&text).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_from_a_node_that_is_killed_misses_nothing_of_any_and_gets_nothing_twice() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let mut reader = cluster.read(1).await;
    let killed = process(&cluster.example, 1).await.expect("it runs");
    cluster.kill(1).await;
    cluster.say(2, "the first is gone").await;
    reader.until("the first is gone").await;
    assert_eq!(reader.via, 2);

    // It comes back as another process, and is read from as before.
    let back = loop {
        reader.next().await;
        if let Some(process) = process(&cluster.example, 1).await {
            break process;
        }
    };
    assert_ne!(back, killed);
    reader.go_to(&cluster, 1).await;
    cluster.say(1, "the first is back").await;
    let news = reader.until("the first is back").await;
    assert_eq!((news.process, reader.via), (back, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_prefers_no_node_is_sent_to_one_after_the_other_that_runs() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let url = cluster.example.at("/status");
    let next = async || {
        let response = reqwest::get(&url).await.expect("it answers");
        let status: Value = response.json().await.expect("JSON");
        status["process"].as_u64().expect("a number")
    };
    let (one, two) = (next().await, next().await);
    assert_ne!(one, two);
    assert_eq!([next().await, next().await], [one, two]);

    cluster.kill(1).await;
    let two = process(&cluster.example, 2).await.expect("it runs");
    assert_eq!([next().await, next().await, next().await], [two; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_node_knows_how_many_readers_all_of_them_have() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let open = |node: u8, who: &str| {
        let url = format!("/events?prefer={node}&who={who}");
        reqwest::get(cluster.example.at(&url))
    };
    let _readers = [
        open(1, "ann").await.expect("it answers"),
        open(2, "bob").await.expect("it answers"),
        open(2, "cyd").await.expect("it answers"),
    ];
    for (node, here) in [(1, 1), (2, 2)] {
        loop {
            let status = status(&cluster.example, node).await.expect("it runs");
            assert_eq!(status["here"], here);
            assert_eq!(status["impaired"], Value::Null);
            if status["everywhere"] == 3 {
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_redis_is_away_nodes_say_so_and_after_it_nothing_is_missing_or_doubled() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let mut readers = [cluster.read(1).await, cluster.read(2).await];
    cluster.redis.kill();
    for node in [1, 2] {
        cluster.say(node, &format!("{node} without Redis")).await;
        while status(&cluster.example, node).await.expect("it runs")["impaired"].is_null() {}
    }
    cluster.redis.restart();
    for (reader, node) in readers.iter_mut().zip([1, 2]) {
        reader.until(&format!("{node} without Redis")).await;
        assert_eq!(reader.via, node);
        while !status(&cluster.example, node).await.expect("it runs")["impaired"].is_null() {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_loses_all_is_a_gap_for_every_reader() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    for node in [1, 2] {
        let mut reader = cluster.read(node).await;
        cluster.redis.ask::<()>("FLUSHALL");
        let stream = reader.stream.as_mut().expect("it reads");
        loop {
            let event = stream.next().await.expect("the stream goes on");
            let event = event.expect("no error");
            if event.event() == "gap" {
                assert_eq!(event.data(), r#"{"reason":"reset","missed":null}"#);
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_of_a_redis_is_not_among_what_all_users_of_a_machine_see() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    for process in descendants(cluster.example.id()) {
        let arguments = fs::read_to_string(format!("/proc/{process}/cmdline"));
        let arguments = arguments.expect("it runs");
        assert!(!arguments.contains("secret"), "{arguments}");
    }
}

#[test]
fn what_names_no_redis_that_answers_is_refused_without_its_password() {
    for (url, reason) in [
        (
            "redis://:secret@127.0.0.1:1",
            "does not answer at `127.0.0.1:1`",
        ),
        (
            "postgres://:secret@127.0.0.1:1",
            "cannot be used: `postgres`",
        ),
    ] {
        let refusal = Example::refused("cluster", |command| {
            command.args(["--redis", url]);
        });
        assert!(refusal.contains(reason), "{refusal}");
        assert!(!refusal.contains("secret"), "{refusal}");
    }
}

#[test]
fn without_a_redis_it_says_what_to_do() {
    let refusal = Example::refused("cluster", |command| {
        command.env_remove("REDIS_URL").env("PATH", "/nowhere");
    });
    assert!(
        refusal.starts_with("there is no `redis-server` on the PATH: install "),
        "{refusal}"
    );
    assert!(refusal.contains("--redis redis://"), "{refusal}");
}

/// With a Redis of its own; `None` where it can have none.
fn with_its_own_redis() -> Option<Example> {
    let server = program("SSE_TEST_REDIS_SERVER")?;
    let mut path = vec![
        server
            .parent()
            .expect("a program is in a directory")
            .to_owned(),
    ];
    path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    let path = env::join_paths(path).expect("directories");
    Some(Example::start_with("cluster", |command| {
        command.env_remove("REDIS_URL").env("PATH", path);
    }))
}

/// The processes that a process has started, and so on.
fn descendants(of: u32) -> Vec<u32> {
    let children = fs::read_dir(format!("/proc/{of}/task")).expect("it runs");
    let children = children.map(|thread| thread.expect("it runs").path().join("children"));
    let children = children.map(|children| fs::read_to_string(children).unwrap_or_default());
    let children: Vec<u32> = children
        .flat_map(|children| {
            let children = children.split_whitespace();
            let children = children.map(|child| child.parse().expect("a number"));
            children.collect::<Vec<_>>()
        })
        .collect();
    let further = children.iter().flat_map(|&child| descendants(child));
    let further: Vec<_> = further.collect();
    children.into_iter().chain(further).collect()
}

fn runs(process: &u32) -> bool {
    Path::new(&format!("/proc/{process}/exe"))
        .read_link()
        .is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_all_streams_and_leaves_no_process() {
    let Some(cluster) = with_its_own_redis() else {
        return;
    };
    let processes = descendants(cluster.id());
    // Two nodes, and Redis with the shell that ends it.
    assert_eq!(processes.len(), 4);
    let mut streams = Vec::new();
    for node in [1, 2] {
        let stream = reqwest::get(cluster.at(&format!("/events?prefer={node}")));
        streams.push(stream.await.expect("it answers"));
    }
    assert!(cluster.stop().success());
    for stream in streams {
        let stream = stream.text().await.expect("it ends well");
        let last = stream.split_terminator("\n\n").last();
        assert!(
            last.is_some_and(|last| last.starts_with("retry: ")),
            "{stream}"
        );
    }
    assert!(!processes.iter().any(runs));
}

#[test]
fn where_it_is_killed_no_process_is_left_either() {
    let Some(cluster) = with_its_own_redis() else {
        return;
    };
    let processes = descendants(cluster.id());
    assert_eq!(processes.len(), 4);
    let kill = format!("kill -KILL {}", cluster.id());
    let status = Command::new("sh").args(["-c", &kill]).status();
    assert!(status.is_ok_and(|status| status.success()));
    let start = Instant::now();
    while processes.iter().any(runs) {
        assert!(start.elapsed() < GRACE, "some still run after {GRACE:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
