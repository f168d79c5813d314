use std::sync::atomic::Ordering;

use futures::StreamExt;

use crate::client::{SECOND, alone, eventually};
use crate::server::serve;

fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .http2_prior_knowledge()
        .build()
        .unwrap()
}

#[tokio::test]
async fn many_streams_share_one_connection_and_end_apart() {
    let _alone = alone().await;
    let server = serve(SECOND).await;
    let client = client();
    let mut streams = Vec::new();
    for _ in 0..50 {
        let response = client
            .get(format!("http://{}/quiet", server.address))
            .send()
            .await
            .unwrap();
        assert_eq!(response.version(), reqwest::Version::HTTP_2);
        assert_eq!(response.status(), 200);
        assert!(!response.headers().contains_key("connection"));
        let mut body = response.bytes_stream();
        assert_eq!(body.next().await.unwrap().unwrap(), "data: 1\n\n");
        streams.push(body);
    }
    assert_eq!(server.counts.running.load(Ordering::SeqCst), 50);
    streams.truncate(20);
    eventually("30 services are dropped", || {
        server.counts.running.load(Ordering::SeqCst) == 20
    })
    .await;
    server.shutdown.start();
    for stream in streams {
        let rest: Vec<_> = stream
            .map(|chunk| String::from_utf8(chunk.unwrap().to_vec()).unwrap())
            .collect()
            .await;
        assert!(rest.concat().starts_with("retry: "), "{rest:?}");
    }
}

#[tokio::test]
async fn a_flood_arrives_in_order() {
    let _alone = alone().await;
    let server = serve(SECOND).await;
    let response = client()
        .get(format!("http://{}/short-flood", server.address))
        .send()
        .await
        .unwrap();
    let text = response.text().await.unwrap();
    let ids: Vec<u64> = text
        .lines()
        .filter_map(|line| line.strip_prefix("id: ")?.parse().ok())
        .collect();
    assert!(!ids.is_empty());
    assert!(ids.iter().copied().eq(1..=ids.len() as u64));
}
