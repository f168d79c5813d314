use std::time::Instant;

use tokio::time::timeout;

use crate::client::{Client, SECOND, alone};
use crate::server::serve;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_graceful_shutdown_returns_within_its_window_whatever_clients_do() {
    let _alone = alone().await;
    let server = serve(3 * SECOND).await;
    let mut reading = Vec::new();
    for _ in 0..950 {
        reading.push(Client::get(server.address, "/quiet").await);
    }
    for client in &mut reading {
        client.read_until("data: 1").await;
    }
    let mut stalled = Vec::new();
    for _ in 0..50 {
        stalled.push(Client::get_narrow(server.address, "/flood").await);
    }
    for client in &mut stalled {
        client.read_until("text/event-stream").await;
    }
    // Long enough for their buffers to be full, all the way to the services.
    tokio::time::sleep(SECOND).await;

    let started = Instant::now();
    server.shutdown.start();
    timeout(4 * SECOND, server.served)
        .await
        .expect("it returns")
        .unwrap()
        .unwrap();
    let took = started.elapsed();
    assert!(took < 4 * SECOND, "{took:?}");
    for client in reading {
        let text = client.read_to_end().await;
        assert!(
            text.contains("retry: "),
            "every client is told when to come back: {text:?}"
        );
        assert!(
            text.ends_with("0\r\n\r\n"),
            "and its stream ends as it should: {text:?}"
        );
    }
}

#[tokio::test]
async fn a_graceful_shutdown_with_reading_clients_is_immediate() {
    let _alone = alone().await;
    let server = serve(60 * SECOND).await;
    let mut client = Client::get(server.address, "/quiet").await;
    client.read_until("data: 1").await;
    server.shutdown.start();
    let text = tokio::spawn(client.read_to_end());
    timeout(2 * SECOND, server.served)
        .await
        .expect("it returns")
        .unwrap()
        .unwrap();
    assert!(text.await.unwrap().contains("retry: "));
}
