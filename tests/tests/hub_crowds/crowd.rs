//! Many who read, and what others notice of them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use futures::future::join_all;
use tokio::time::{interval, sleep};

use crate::client::{Client, numbers, text};
use crate::server::{Tick, Ticks, hub, hub_of, publish, serve, tick};
use crate::{allocator, alone};

/// What every reader of a channel is sent, byte for byte.
struct Sent {
    epoch: String,
    bytes: RwLock<Vec<u8>>,
    /// How much there will be; known at the end.
    all: AtomicUsize,
}

impl Sent {
    async fn new(hub: &Ticks) -> Arc<Self> {
        let id = hub.position("c").await.expect("known").to_string();
        let epoch = id.split_once('-').expect("an id of the log").0.to_owned();
        Arc::new(Self {
            // The place where each of them begins.
            bytes: format!("id: {id}\n\n").into_bytes().into(),
            epoch,
            all: AtomicUsize::new(usize::MAX),
        })
    }

    async fn publish(&self, hub: &Ticks, tick: &Tick) {
        let id = format!("{}-{}", self.epoch, tick.n + 1);
        let data = serde_json::to_string(tick).expect("JSON");
        let block = format!("id: {id}\nevent: tick\ndata: {data}\n\n");
        self.bytes
            .write()
            .expect("whole")
            .extend(block.into_bytes());
        assert_eq!(publish(hub, "c", tick).await, id);
    }

    fn is_all(&self) {
        let all = self.bytes.read().expect("whole").len();
        self.all.store(all, Ordering::Release);
    }

    async fn is_read_by(&self, mut client: Client) {
        let mut at = 0;
        while at != self.all.load(Ordering::Acquire) {
            let Ok(next) = tokio::time::timeout(Duration::from_millis(100), client.next()).await
            else {
                continue;
            };
            let end = at + next.len();
            let bytes = self.bytes.read().expect("whole");
            assert!(
                bytes.get(at..end) == Some(&*next),
                "not sent: {}",
                text(&next)
            );
            at = end;
        }
    }
}

/// Clients that read, in a thread of their own.
fn readers(address: SocketAddr, count: usize, sent: &Arc<Sent>) -> thread::JoinHandle<()> {
    let sent = Arc::clone(sent);
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(async {
            let readers = (0..count).map(|_| async {
                let client = Client::new(address, "channel=c", "").await;
                sent.is_read_by(client).await;
            });
            join_all(readers).await;
        });
    })
}

async fn until_there_are(hub: &Ticks, subscribers: usize) {
    while hub.subscribers("c") < subscribers {
        sleep(Duration::from_millis(10)).await;
    }
}

fn ask(address: SocketAddr, path: &str) -> TcpStream {
    let mut socket = TcpStream::connect(address).expect("a connection");
    let request = format!("GET {path} HTTP/1.1\r\nhost: h\r\naccept: text/event-stream\r\n\r\n");
    socket.write_all(request.as_bytes()).expect("sent");
    assert!(socket.read(&mut [0; 4096]).expect("answered") > 0);
    socket
}

/// Runs that again and again in a thread of its own; the longest time that it took.
fn again_and_again(
    is_over: &Arc<AtomicBool>,
    pause: Duration,
    mut run: impl FnMut() + Send + 'static,
) -> thread::JoinHandle<Duration> {
    let is_over = Arc::clone(is_over);
    thread::spawn(move || {
        let mut longest = Duration::ZERO;
        while !is_over.load(Ordering::Relaxed) {
            let began = Instant::now();
            run();
            longest = longest.max(began.elapsed());
            thread::sleep(pause);
        }
        longest
    })
}

/// Answers whatever it is asked, with no more than a thread: what the machine itself takes.
fn bare_server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.expect("a connection");
            let _ = socket.read(&mut [0; 4096]);
            let _ = socket.write_all(b"here");
        }
    });
    address
}

/// Without optimization a tenth of them is as much work.
const READERS: usize = if cfg!(debug_assertions) { 100 } else { 1000 };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn among_1000_readers_and_visitors_that_come_and_go_each_probe_is_answered_in_100_ms() {
    const EVENTS: u64 = 150 * 10;
    let _alone = alone().await;
    let hub = hub_of(EVENTS as usize);
    let server = serve(&hub).await;
    let address = server.address;
    let sent = Sent::new(&hub).await;
    let readers = readers(address, READERS, &sent);
    until_there_are(&hub, READERS).await;

    let is_over = Arc::new(AtomicBool::new(false));
    let often = Duration::from_millis(20);
    let probes = again_and_again(&is_over, often, move || drop(ask(address, "/probe")));
    let bare = bare_server();
    let bare_probes = again_and_again(&is_over, often, move || drop(ask(bare, "/probe")));
    let visits = Arc::new(AtomicUsize::new(0));
    let visitors = {
        let visits = Arc::clone(&visits);
        again_and_again(&is_over, Duration::from_millis(5), move || {
            let channel = visits.fetch_add(1, Ordering::Relaxed);
            drop(ask(address, &format!("/ticks?channel=room-{channel}")));
        })
    };

    let mut pace = interval(Duration::from_secs(1) / 150);
    for n in 0..EVENTS {
        pace.tick().await;
        sent.publish(&hub, &tick(n, "")).await;
    }
    is_over.store(true, Ordering::Relaxed);
    sent.is_all();
    let longest = |probes: thread::JoinHandle<Duration>| probes.join().expect("all were answered");
    let [probe, bare, _] = tokio::task::block_in_place(|| {
        readers.join().expect("each got all, byte for byte");
        [probes, bare_probes, visitors].map(longest)
    });
    // On a machine that is busy otherwise nobody is answered sooner; and a probe waits for its threads
    // three times, to be accepted, to be read and to be answered.
    let limit = Duration::from_millis(100) + 3 * bare;
    assert!(
        probe <= limit,
        "a probe took {probe:?}, one of a bare server {bare:?}"
    );
    let visits = visits.load(Ordering::Relaxed);
    assert!(visits > 100, "{visits} visits");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_stalls_among_100_keeps_nothing_from_the_others() {
    let _alone = alone().await;
    // All are kept, so that no machine is too slow for it.
    let hub = hub_of(2000);
    let server = serve(&hub).await;
    let sent = Sent::new(&hub).await;
    let _stalled = Client::narrow(server.address, "channel=c").await;
    let readers = readers(server.address, 99, &sent);
    until_there_are(&hub, 100).await;
    let content = "x".repeat(1000);
    let mut pace = interval(Duration::from_millis(1));
    for n in 0..2000 {
        pace.tick().await;
        sent.publish(&hub, &tick(n, &content)).await;
    }
    sent.is_all();
    tokio::task::block_in_place(|| readers.join()).expect("they got all");
}

/// What one stalled client may hold of the heap beside the log.
const HELD: isize = 256 * 1024;

#[tokio::test]
async fn of_100_000_messages_with_one_there_who_does_not_read_the_log_holds_its_bound() {
    let _alone = alone().await;
    let hub = hub();
    let server = serve(&hub).await;
    let mut stalled = Client::narrow(server.address, "channel=c").await;
    let content = "x".repeat(1000);
    let before = allocator::live();
    let mut most = 0;
    for n in 0..100_000 {
        publish(&hub, "c", &tick(n, &content)).await;
        if n % 100 == 0 {
            // The connection runs in this thread as well.
            tokio::task::yield_now().await;
            most = most.max(allocator::live() - before);
        }
    }
    // The default bound in bytes, and what `Bounds` states beyond it.
    let bound = 1024 * 1024 + 1024 * 1024 / 8 + 1000 * 150;
    assert!(most <= bound + HELD, "{most} bytes");

    // When it reads again it is told what it missed, to the last event.
    let mut next = 0;
    let mut got = Vec::new();
    while next < 100_000 {
        got.extend(stalled.next().await);
        let Some(end) = got.windows(2).rposition(|it| it == b"\n\n") else {
            continue;
        };
        for block in text(&got[..end]).split("\n\n") {
            if let Some((_, missed)) = block.split_once("\"missed\":") {
                let missed: u64 = missed.trim_end_matches('}').parse().expect("a number");
                next += missed;
            }
            for n in numbers(block) {
                assert_eq!(n, next);
                next += 1;
            }
        }
        got.drain(..end + 2);
    }
    assert_eq!(next, 100_000);
}
