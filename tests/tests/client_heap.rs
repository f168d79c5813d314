//! What a client keeps of a stream that it has read: nothing.

#[path = "sockets/allocator.rs"]
mod allocator;

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use sse_runtime::client::{Client, Policy};

const EVENTS: usize = 10_000_000;

/// A connection ends after so many events.
const OF_A_CONNECTION: usize = 100_000;

/// So many events are made once, and sent again and again.
const OF_A_BATCH: usize = 1000;

/// What may be alive in the second half of the connections, and not in the first.
const SPARE: isize = 64 * 1024;

/// Streams for ever, to one client after the other.
fn serve() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let event = |n| format!("id: {n}\nevent: tick\ndata: {{\"n\":{n},\"text\":\"größer\"}}\n\n");
    let batch: String = (0..OF_A_BATCH).map(event).collect();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            // A client that has enough goes.
            let _ = stream(client, batch.as_bytes());
        }
    });
    address
}

fn stream(mut client: TcpStream, batch: &[u8]) -> io::Result<()> {
    let mut request = BufReader::new(client.try_clone()?).lines();
    while request
        .next()
        .transpose()?
        .is_some_and(|line| !line.is_empty())
    {}
    client.write_all(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n",
    )?;
    for _ in 0..OF_A_CONNECTION / OF_A_BATCH {
        client.write_all(batch)?;
    }
    Ok(())
}

#[tokio::test]
async fn of_10_million_events_over_100_connections_nothing_stays() {
    let soon = Duration::from_millis(1);
    let client = Client::new().policy(Policy::new().floor(soon).ceiling(soon));
    let request = client.get(format!("http://{}/", serve()));
    let mut events = request.expect("a URL").stream();
    let mut of_each_connection = Vec::new();
    for n in 0..EVENTS {
        // Where a connection has begun, and nothing more of the one before can have come.
        if n % OF_A_CONNECTION == 0 {
            of_each_connection.push(allocator::live());
        }
        let event = events.next().await.expect("it goes on");
        let event = event.expect("an event");
        assert_eq!(event.event(), "tick");
        assert!(event.id().is_some());
    }
    let (first, second) = of_each_connection.split_at_mut(EVENTS / OF_A_CONNECTION / 2);
    let grown = middle(second) - middle(first);
    assert!(grown <= SPARE, "{of_each_connection:?}");
}

/// What is alive as a rule: how much of a connection has come when it is looked at differs.
fn middle(readings: &mut [isize]) -> isize {
    *readings.select_nth_unstable(readings.len() / 2).1
}
