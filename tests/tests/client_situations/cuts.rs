//! A stream of a hub that is cut 1 000 times.

use std::time::Duration;

use api::cut::{CutClient, Number, NumbersPayload};
use sse_runtime::client::{Client, Policy};
use tests::cut_stream::CutStream;

fn client() -> Client {
    let soon = Duration::from_millis(1);
    Client::new().policy(Policy::new().floor(soon).ceiling(soon))
}

#[tokio::test]
async fn every_event_comes_once_and_in_order_over_1_000_cuts() {
    for seed in 0..3 {
        let stream = CutStream::start(seed);
        let service = CutClient::with(client(), stream.url()).expect("a URL");
        let mut events = service.numbers(&NumbersPayload::default());
        for n in 0..CutStream::EVENTS {
            let event = events.next().await;
            let event = event.unwrap_or_else(|| panic!("seed {seed}: it ends before {n}"));
            let event = event.unwrap_or_else(|error| panic!("seed {seed}: at {n}: {error}"));
            assert_eq!(*event, Number::nth(n), "seed {seed}");
        }
        assert!(events.next().await.is_none(), "seed {seed}: it goes on");
        assert_eq!(stream.cuts(), CutStream::CUTS, "seed {seed}");
    }
}
