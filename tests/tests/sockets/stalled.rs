use std::sync::atomic::Ordering;

use crate::allocator;
use crate::client::{Client, SECOND, alone, eventually};
use crate::server::{Server, serve};

/// What the docs say that a client which never reads may hold of the heap: 16 KiB that wait, 128 KiB
/// on their way, and one event more of each; the connection itself has another 48 KiB here.
const HELD: isize = 192 * 1024;

/// Waits until a flood has stopped, as nobody reads it.
async fn standstill(server: &Server) {
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

#[tokio::test]
async fn a_client_that_never_reads_holds_a_bounded_amount() {
    let _alone = alone().await;
    let server = serve(SECOND).await;
    let heap = allocator::live();
    let mut client = Client::get_narrow(server.address, "/flood").await;
    client.read_until("text/event-stream").await;
    standstill(&server).await;
    let held = allocator::live() - heap;
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
    let server = serve(SECOND).await;
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
