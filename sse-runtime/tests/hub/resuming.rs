//! Clients that lose their connections ever again, in the middle of whatever comes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastrand::Rng;
use futures::FutureExt;
use sse_runtime::testing::{Client, Event, Response};
use tokio::time::{interval, sleep};

use crate::support::{self, Tick, Ticks, app, hub, tick};

const EVENTS: u64 = 4000;
const DROPS: usize = 270;

/// 400 a second.
const PACE: Duration = Duration::from_micros(2500);

/// Of many lengths, so that some replays are one write and others many.
fn symbol(n: u64) -> String {
    "x".repeat(n as usize * 7 % 300)
}

/// A client that is not there for long.
struct Traveller {
    stream: Response,
    rng: Rng,
    numbers: Vec<u64>,
    gaps: usize,
    /// Connections lost in the middle of a block.
    halves: usize,
}

impl Traveller {
    async fn new(hub: &Ticks, query: &str, last_id: String, seed: u64) -> Self {
        let first = Client::new(app(hub)).get(&format!("/ticks?{query}"));
        Self {
            stream: first.last_event_id(last_id).await,
            rng: Rng::with_seed(seed),
            numbers: Vec::new(),
            gaps: 0,
            halves: 0,
        }
    }

    fn take(&mut self, event: &Event) {
        match event.name() {
            "gap" => self.gaps += 1,
            _ => self.numbers.push(event.json::<Tick>().n),
        }
    }

    /// Stays for a while and loses its connection, now and then before it has read anything or in
    /// the middle of what comes.
    async fn visit(&mut self) {
        let stay = Duration::from_millis(self.rng.u64(0..30));
        self.stream.cut_at(self.rng.usize(0..4000));
        for event in self.stream.events_within(stay).await {
            self.take(&event);
        }
        let received = self.stream.transcript().to_string();
        self.halves += usize::from(!received.is_empty() && !received.ends_with("\n\n"));
    }

    async fn travel(mut self, events: u64) -> Self {
        for _ in 0..DROPS {
            self.visit().await;
            let away = match self.rng.usize(0..20) {
                // Long enough for a replay of many writes.
                0 => self.rng.u64(0..500),
                _ => self.rng.u64(0..20),
            };
            sleep(Duration::from_millis(away)).await;
            self.stream = self.stream.reconnect().await;
        }
        assert!(self.halves > 50, "{} were lost in the middle", self.halves);
        while (self.numbers.len() as u64) < events {
            let event = self.stream.event().await;
            self.take(&event);
        }
        let millisecond = Duration::from_millis(1);
        assert_eq!(self.stream.events_within(millisecond).await, []);
        self
    }
}

async fn position(hub: &Ticks, channels: &[String]) -> String {
    hub.position(channels).await.expect("known").to_string()
}

#[tokio::test(start_paused = true)]
async fn of_4000_events_who_loses_its_connection_270_times_gets_each_once_in_order() {
    for seed in 0..3 {
        let hub = hub();
        let id = position(&hub, &["c".to_owned()]).await;
        let client = Traveller::new(&hub, "channel=c", id, seed).await;
        let publisher = tokio::spawn(async move {
            let mut pace = interval(PACE);
            for n in 0..EVENTS {
                pace.tick().await;
                let published = hub.publish("c", &tick(&symbol(n), n)).await;
                published.expect("published");
            }
        });
        let client = client.travel(EVENTS).await;
        publisher.await.expect("all are published");
        assert_eq!(client.gaps, 0, "seed {seed}");
        assert!(client.numbers.into_iter().eq(0..EVENTS), "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn so_it_does_among_1000_others_who_all_get_the_same_bytes() {
    let hub = hub();
    let id = position(&hub, &["c".to_owned()]).await;
    // All that is sent after the first block.
    let sent = Arc::new(Mutex::new(String::new()));
    let others = (0..1000).map(|seed| {
        let (hub, sent) = (hub.clone(), Arc::clone(&sent));
        tokio::spawn(async move {
            let mut rng = Rng::with_seed(seed);
            let mut client = support::Client::new(&hub, "channel=c", "").await;
            let first = client.chunk().await.expect("a place to begin from");
            assert!(first.starts_with("id: ") && !first.contains("data"));
            let (mut at, mut events) = (0, 0);
            while events < EVENTS as usize {
                let chunk = match client.chunk().now_or_never() {
                    Some(chunk) => chunk.expect("the stream goes on"),
                    None => {
                        sleep(Duration::from_millis(rng.u64(0..500))).await;
                        continue;
                    }
                };
                let end = at + chunk.len();
                assert!(sent.lock().expect("whole").get(at..end) == Some(&chunk));
                events += chunk.matches("\n\n").count();
                at = end;
            }
        })
    });
    let others: Vec<_> = others.collect();
    // Until all are there.
    while hub.subscribers("c") < 1000 {
        sleep(Duration::from_millis(1)).await;
    }
    let client = Traveller::new(&hub, "channel=c", id, 1000).await;
    let publisher = tokio::spawn(async move {
        let mut pace = interval(PACE);
        for n in 0..EVENTS {
            pace.tick().await;
            let tick = tick("s", n);
            let data = serde_json::to_string(&tick).expect("JSON");
            let mut sent = sent.lock().expect("whole");
            // It is ready at once, so nobody is kept waiting for the lock.
            let id = hub.publish("c", &tick).now_or_never();
            let id = id.expect("at once").expect("published");
            sent.push_str(&format!("id: {id}\nevent: tick\ndata: {data}\n\n"));
        }
    });
    let client = client.travel(EVENTS).await;
    publisher.await.expect("all are published");
    assert!(client.numbers.into_iter().eq(0..EVENTS));
    for other in others {
        other.await.expect("all as they were sent");
    }
}

#[tokio::test(start_paused = true)]
async fn of_50_channels_on_one_stream_each_comes_once_in_its_order() {
    for seed in 0..3 {
        let hub = hub();
        let channels: Vec<_> = (0..50).map(|n| format!("room-{n}")).collect();
        let query: Vec<_> = channels.iter().map(|it| format!("channel={it}")).collect();
        let id = position(&hub, &channels).await;
        let client = Traveller::new(&hub, &query.join("&"), id, seed).await;
        let publisher = tokio::spawn(async move {
            let mut rng = Rng::with_seed(seed);
            let mut pace = interval(PACE);
            let mut published = vec![Vec::new(); 50];
            for n in 0..EVENTS {
                pace.tick().await;
                let channel = rng.usize(0..50);
                let id = hub.publish(&channels[channel], &tick(&symbol(n), n)).await;
                id.expect("published");
                published[channel].push(n);
            }
            published
        });
        let client = client.travel(EVENTS).await;
        let published = publisher.await.expect("all are published");
        assert_eq!(client.gaps, 0, "seed {seed}");
        let mut places = vec![(0, 0); EVENTS as usize];
        for (channel, numbers) in published.iter().enumerate() {
            for (place, n) in numbers.iter().enumerate() {
                places[*n as usize] = (channel, place);
            }
        }
        let mut next = [0; 50];
        for n in client.numbers {
            let (channel, place) = places[n as usize];
            assert_eq!(place, next[channel], "room-{channel}, seed {seed}");
            next[channel] += 1;
        }
        assert!(
            next.iter()
                .zip(&published)
                .all(|(next, all)| *next == all.len())
        );
    }
}
