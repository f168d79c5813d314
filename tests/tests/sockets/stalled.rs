use std::sync::atomic::Ordering;

use crate::allocator;
use crate::client::{Client, SECOND, alone, eventually};
use crate::server::{Server, serve, serve_streams};

/// What a client which never reads may hold of the heap: 136 KiB on their way, a buffer of 18 KiB for
/// the 16 KiB and one event that wait, and up to 40 KiB for the connection and both its ends.
const HELD: isize = 194 * 1024;

/// Waits until all floods have stopped, as nobody reads them.
pub(crate) async fn standstill(server: &Server) {
    let mut before = 0;
    loop {
        tokio::time::sleep(SECOND / 4).await;
        let sent = server.counts.sent.load(Ordering::SeqCst);
        if sent > 0 && sent == before {
            return;
        }
        before = sent;
    }
}

async fn stall(server: &Server, clients: usize) -> Vec<Client> {
    let mut stalled = Vec::new();
    for _ in 0..clients {
        let mut client = Client::get_narrow(server.address, "/flood").await;
        client.read_until("text/event-stream").await;
        stalled.push(client);
    }
    standstill(server).await;
    stalled
}

#[tokio::test]
async fn a_client_that_never_reads_holds_a_bounded_amount() {
    let _alone = alone().await;
    let server = serve(SECOND).await;
    // The first ones fill what the thread keeps for all of its streams.
    let _first = stall(&server, 5).await;
    let heap = allocator::live();
    let _others = stall(&server, 20).await;
    let held = (allocator::live() - heap) / 20;
    assert!(held < HELD, "{held} bytes are held");
    println!("a stalled client holds {held} bytes of the heap");
}

#[tokio::test]
async fn a_deadline_frees_the_service_of_a_client_that_never_reads() {
    let _alone = alone().await;
    let server = serve(SECOND).await;
    let mut client = Client::get_narrow(server.address, "/short-flood").await;
    client.read_until("text/event-stream").await;
    eventually("the service is dropped", || {
        server.counts.running.load(Ordering::SeqCst) == 0
    })
    .await;
}

#[tokio::test]
async fn a_client_that_reads_again_gets_everything_in_order() {
    let _alone = alone().await;
    read_again(serve(SECOND).await).await;
}

#[tokio::test]
async fn so_does_one_of_a_server_of_ours() {
    let _alone = alone().await;
    read_again(serve_streams(SECOND).await).await;
}

async fn read_again(server: Server) {
    let mut client = Client::get_narrow(server.address, "/short-flood").await;
    client.read_until("text/event-stream").await;
    eventually("the service is dropped", || {
        server.counts.running.load(Ordering::SeqCst) == 0
    })
    .await;
    let sent = server.counts.sent.load(Ordering::SeqCst);
    client.read_until("retry: ").await;
    let text = client.seen();
    let ids: Vec<usize> = text
        .lines()
        .filter_map(|line| line.strip_prefix("id: ")?.parse().ok())
        .collect();
    assert_eq!(ids, (1..=sent).collect::<Vec<_>>());
}
