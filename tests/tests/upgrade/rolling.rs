//! Nodes are upgraded one after the other, so that for a while there are nodes of two versions on one
//! engine. Their users must not notice.

use std::path::Path;
use std::time::Duration;

use reqwest::StatusCode;
use sse_runtime::client::{Client, Events, Position};
use tests::node::{Ask, Node, Number, NumbersClient, NumbersFollow, Presence, Published};
use tests::servers::{
    Append, Nats, NatsSettings, Postgres, PostgresSettings, Redis, RedisSettings,
};
use tokio::task::block_in_place;
use tokio::time::{sleep, timeout};

use crate::previous;

#[tokio::test(flavor = "multi_thread")]
async fn nodes_of_two_versions_on_one_redis_are_one_service() {
    let settings = RedisSettings {
        append: Append::EverySecond,
        ..RedisSettings::default()
    };
    let Some(redis) = Redis::start(settings) else {
        return;
    };
    are_one_service(&redis.url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_of_two_versions_on_one_nats_are_one_service() {
    let Some(nats) = Nats::start(NatsSettings::default()) else {
        return;
    };
    are_one_service(&nats.url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_of_two_versions_on_one_postgres_are_one_service() {
    let Some(postgres) = Postgres::start(PostgresSettings::default()) else {
        return;
    };
    are_one_service(&postgres.url()).await;
}

/// Enough for all that is published here.
const KEPT: u64 = 1000;

async fn are_one_service(log: &str) {
    let Some(program) = block_in_place(previous::node) else {
        return;
    };
    // The version before this one comes first, as it does in an upgrade.
    let old = block_in_place(|| Node::start(program, log, KEPT));
    let old = match old {
        Err(said) if said.contains("names no log") => {
            println!("skipped: the version before this one does not know this engine");
            return;
        }
        old => old.expect("it starts"),
    };
    let this = Path::new(env!("CARGO_BIN_EXE_node"));
    let new = block_in_place(|| Node::start(this, log, KEPT)).expect("it starts");
    let service = Service::of([old.url(), new.url()]);

    service.both_deliver_what_either_publishes().await;
    service.each_goes_on_after_ids_of_the_other().await;
    service.both_know_a_key_that_either_was_given().await;
    service.both_see_who_is_present_by_either().await;
    let reader = Reader::at(old.url(), &["a", "b"]);
    service.a_reader_of_the_old_one_moves_on(reader, old).await;
}

struct Service {
    http: reqwest::Client,
    nodes: [String; 2],
}

impl Service {
    fn of(nodes: [&str; 2]) -> Self {
        Self {
            http: reqwest::Client::new(),
            nodes: nodes.map(str::to_owned),
        }
    }

    /// By turns, so that neither is right by chance.
    fn node(&self, turn: u64) -> &str {
        &self.nodes[turn as usize % 2]
    }

    async fn publish(&self, node: &str, channel: &str, n: u64, key: Option<&str>) -> String {
        let number = Number {
            channel: channel.to_owned(),
            publisher: 1,
            n,
            padding: String::new(),
        };
        let request = self.http.post(format!("{node}/channels/{channel}/events"));
        let request = match key {
            Some(key) => request.header("idempotency-key", key),
            None => request,
        };
        let response = request.json(&number).send().await.expect("it answers");
        assert_eq!(response.status(), StatusCode::OK);
        response.json::<Published>().await.expect("an id").id
    }

    async fn both_deliver_what_either_publishes(&self) {
        let mut readers = [0, 1].map(|turn| Reader::at(self.node(turn), &["a"]));
        let mut ids = Vec::new();
        for n in 0..40 {
            ids.push(self.publish(self.node(n / 3), "a", n, None).await);
        }
        for reader in &mut readers {
            for (n, id) in (0..40).zip(&ids) {
                assert_eq!(reader.next().await, ("a".to_owned(), n));
                assert_eq!(reader.id(), *id);
            }
        }
    }

    async fn each_goes_on_after_ids_of_the_other(&self) {
        for n in 0..20 {
            self.publish(self.node(n), "b", n, None).await;
        }
        for turn in 0..2 {
            // Of one channel, and of several.
            for channels in [&["a"][..], &["a", "b"]] {
                let mut reader = Reader::at(self.node(turn), channels);
                let mut left = Vec::new();
                for _ in 0..channels.len() * 10 {
                    left.push(reader.next().await);
                }
                reader.moves_to(self.node(turn + 1));
                while left.len() < if channels.len() == 1 { 40 } else { 60 } {
                    left.push(reader.next().await);
                }
                for channel in channels {
                    let of_channel = left.iter().filter(|(it, _)| it == channel);
                    let numbers: Vec<_> = of_channel.map(|(_, n)| *n).collect();
                    assert!(numbers.iter().copied().eq(0..numbers.len() as u64));
                }
            }
        }
    }

    async fn both_know_a_key_that_either_was_given(&self) {
        for turn in 0..2 {
            let key = format!("k{turn}");
            let first = self.publish(self.node(turn), "once", turn, Some(&key));
            let first = first.await;
            let again = self.publish(self.node(turn + 1), "once", turn, Some(&key));
            assert_eq!(again.await, first);
        }
    }

    async fn both_see_who_is_present_by_either(&self) {
        let mut readers = Vec::new();
        for (turn, who) in [(0, "ann"), (1, "bob")] {
            readers.push(Reader::with(self.node(turn), |ask| {
                ask.channels = vec!["presence".to_owned()];
                ask.who = Some(who.to_owned());
            }));
        }
        let streams: Vec<_> = readers.iter_mut().map(|it| it.events.next()).collect();
        let are_seen = async {
            for node in &self.nodes {
                while self.present(node).await != ["ann", "bob"] {
                    sleep(Duration::from_millis(50)).await;
                }
            }
        };
        tokio::select! {
            _ = futures::future::select_all(streams.into_iter().map(Box::pin)) => {
                panic!("nothing is published")
            }
            seen = timeout(PATIENCE, are_seen) => seen.expect("both are seen"),
        }
    }

    async fn present(&self, node: &str) -> Vec<String> {
        let url = format!("{node}/channels/presence/presence");
        let response = self.http.get(url).send().await.expect("it answers");
        let presence: Presence = response.json().await.expect("a presence");
        presence.who
    }

    async fn a_reader_of_the_old_one_moves_on(&self, mut reader: Reader, mut old: Node) {
        for _ in 0..60 {
            reader.next().await;
        }
        block_in_place(|| old.stop());
        reader.moves_to(self.node(1));
        for n in 100..110 {
            self.publish(self.node(1), "a", n, None).await;
        }
        for n in 100..110 {
            assert_eq!(reader.next().await, ("a".to_owned(), n));
        }
    }
}

const PATIENCE: Duration = Duration::from_secs(20);

struct Reader {
    ask: Ask,
    events: Events<NumbersFollow, Number>,
}

impl Reader {
    /// Begins with the oldest event of those channels.
    fn at(node: &str, channels: &[&str]) -> Self {
        Self::with(node, |ask| {
            ask.channels = channels.iter().map(|it| (*it).to_owned()).collect();
            ask.all = true;
        })
    }

    fn with(node: &str, asks: impl FnOnce(&mut Ask)) -> Self {
        let mut ask = Ask::default();
        asks(&mut ask);
        Self {
            events: follow(node, &ask, Position::default()),
            ask,
        }
    }

    /// Leaves, and comes back by that node.
    fn moves_to(&mut self, node: &str) {
        self.events = follow(node, &self.ask, self.events.position());
    }

    /// The channel and the number of the next event.
    async fn next(&mut self) -> (String, u64) {
        let next = timeout(PATIENCE, self.events.next()).await;
        let next = next.expect("it comes").expect("it goes on");
        let number = next.expect("nothing is missing");
        (number.channel.clone(), number.n)
    }

    fn id(&self) -> String {
        let position = self.events.position();
        position.last_event_id().expect("it has one").to_string()
    }
}

fn follow(node: &str, ask: &Ask, position: Position) -> Events<NumbersFollow, Number> {
    let service = NumbersClient::with(Client::new(), node).expect("a URL");
    service.follow(ask).resume_from(position)
}
