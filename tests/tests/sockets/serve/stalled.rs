use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde::{Deserialize, Serialize};
use socket2::{Domain, Socket, Type};
use sse_runtime::hub::Hub;
use sse_runtime::log::MemoryLog;
use sse_runtime::{EventId, Problem, server_sent_events};
use tokio::net::TcpListener;

use crate::allocator;
use crate::client::{Client, SECOND, alone, eventually};
use crate::server::serve_streams;
use crate::stalled::standstill;

const CLIENTS: usize = 20;

/// What a client that does not read may hold: of the heap, and of the kernel's queue for sending.
const HELD: usize = 64 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_client_that_never_reads_holds_little() {
    let _alone = alone().await;
    holds_little("/flood", 1, |_| ()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_client_with_a_small_window_that_never_reads_holds_little() {
    let _alone = alone().await;
    holds_little("/flood", 1, |socket| {
        socket.set_recv_buffer_size(4096).unwrap()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_client_that_was_fast_and_stops_reading_holds_little() {
    let _alone = alone().await;
    holds_little("/flood", 5_000_000, |_| ()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_client_that_never_reads_single_events_holds_little() {
    let _alone = alone().await;
    holds_little("/trickle", 1, |_| ()).await;
}

/// Opens connections that read `bytes` and no more.
async fn holds_little(path: &str, bytes: usize, set: impl Fn(&Socket)) {
    let server = serve_streams(SECOND).await;
    // The first ones fill what is kept for all.
    let mut clients: Vec<_> = (0..CLIENTS)
        .map(|_| stall(server.address, path, bytes, &set))
        .collect();
    standstill(&server).await;
    clients.reserve(CLIENTS);
    let heap = allocator::live();
    clients.extend((0..CLIENTS).map(|_| stall(server.address, path, bytes, &set)));
    standstill(&server).await;
    let heap = usize::try_from(allocator::live() - heap).unwrap() / CLIENTS;
    let queued = queued(server.address);
    assert_eq!(queued.len(), clients.len());
    let queued = queued.into_iter().max().unwrap();
    println!("a client of {path} holds {heap} bytes of the heap, and {queued} of the kernel");
    assert!(heap + queued < HELD, "{heap} and {queued} bytes are held");
}

/// A client that holds nothing of the heap itself.
fn stall(server: SocketAddr, path: &str, bytes: usize, set: impl Fn(&Socket)) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    set(&socket);
    socket.connect(&server.into()).unwrap();
    let mut socket = TcpStream::from(socket);
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    socket.write_all(request.as_bytes()).unwrap();
    let mut all = 0;
    while all < bytes {
        let mut chunk = [0; 16 * 1024];
        let read = socket.read(&mut chunk).unwrap();
        assert!(read > 0);
        all += read;
    }
    socket
}

/// What the kernel holds for each connection of the server: sent and not acknowledged, or not sent.
fn queued(server: SocketAddr) -> Vec<usize> {
    let local = format!("0100007F:{:04X}", server.port());
    let established = "01";
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let rows = table
        .lines()
        .map(|row| row.split_whitespace().collect::<Vec<_>>());
    rows.filter(|row| row[1] == local && row[3] == established)
        .map(|row| row[4].split_once(':').unwrap().0)
        .map(|queued| usize::from_str_radix(queued, 16).unwrap())
        .collect()
}

#[derive(Serialize)]
struct News {
    n: usize,
    text: String,
}

#[derive(Deserialize)]
struct Since {
    after: Option<EventId>,
}

#[server_sent_events(last_event_id = after)]
trait Agency {
    #[sse(get = "/news")]
    async fn news(
        &self,
        payload: Since,
        stream: impl NewsServerStream<News>,
    ) -> Result<(), Problem>;
}

struct Reuters(Hub<AgencyNews>);

impl Agency for Reuters {
    async fn news(
        &self,
        payload: Since,
        stream: impl NewsServerStream<News>,
    ) -> Result<(), Problem> {
        let events = self.0.subscribe("all").after(payload.after).await?;
        Ok(stream.forward(events).await?)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_a_hub_that_stops_reading_holds_little() {
    let _alone = alone().await;
    let hub = Hub::new(MemoryLog::default(), AgencyNews);
    let app = AgencyServer::new(Reuters(hub.clone())).into_router();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(sse_runtime::serve(listener, app).into_future());

    let clients = (0..CLIENTS)
        .map(|_| tokio::task::spawn_blocking(move || stall(address, "/news", 1_000_000, |_| ())));
    let clients: Vec<_> = clients.collect();
    let mut standstill = 0;
    let mut before = Vec::new();
    while standstill < 3 {
        for n in 0..200 {
            let text = "x".repeat(1000);
            hub.publish("all", &News { n, text }).await.unwrap();
        }
        tokio::time::sleep(SECOND / 10).await;
        let now = queued(address);
        let is_full = now == before && clients.iter().all(|client| client.is_finished());
        standstill = if is_full { standstill + 1 } else { 0 };
        before = now;
    }
    let held = allocator::live();
    drop(clients);
    eventually("their connections are closed", || {
        queued(address).is_empty()
    })
    .await;
    let mut heap = allocator::live();
    loop {
        tokio::time::sleep(SECOND / 10).await;
        let then = std::mem::replace(&mut heap, allocator::live());
        if heap >= then {
            break;
        }
    }
    let heap = usize::try_from(held - heap).unwrap() / CLIENTS;
    let queued = before.into_iter().max().unwrap();
    println!("a client of a hub holds {heap} bytes of the heap, and {queued} of the kernel");
    assert!(heap + queued < HELD, "{heap} and {queued} bytes are held");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_clients_the_one_that_stalls_harms_none() {
    const EVENTS: usize = 900;
    let _alone = alone().await;
    let hub = Hub::new(MemoryLog::default(), AgencyNews);
    let app = AgencyServer::new(Reuters(hub.clone())).into_router();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(sse_runtime::serve(listener, app).into_future());

    let stalled = tokio::task::spawn_blocking(move || stall(address, "/news", 1, |_| ()));
    let mut readers = Vec::new();
    for _ in 0..99 {
        let mut client = Client::get(address, "/news").await;
        client.read_until("id: ").await;
        readers.push(client);
    }
    let _stalled = stalled.await.unwrap();
    let readers = readers.into_iter().map(|mut client| {
        tokio::spawn(async move {
            client.read_until(&format!("{{\"n\":{EVENTS},")).await;
            client.seen()
        })
    });
    let readers: Vec<_> = readers.collect();
    for n in 1..=EVENTS {
        let text = "x".repeat(1000);
        hub.publish("all", &News { n, text }).await.unwrap();
        if n % 10 == 0 {
            tokio::task::yield_now().await;
        }
    }
    for reader in readers {
        let seen = reader.await.unwrap();
        let numbers = seen.split("data:").filter_map(|rest| {
            rest.split_once("{\"n\":")?
                .1
                .split_once(',')?
                .0
                .parse::<usize>()
                .ok()
        });
        assert!(numbers.eq(1..=EVENTS));
    }
}
