//! How many connections a node has to its engine, counted in the network between them.

use std::time::Duration;

use reqwest::Client;
use tests::Proxy;
use tokio::time::Instant;

use crate::ask::{self, number};
use crate::cluster::{Cluster, Engine};
use crate::tap::Tap;

const READERS: usize = 200;
const CHANNELS: usize = 500;

/// In one stream.
const FOLLOWED: usize = 10;

/// A node has as many for 500 channels and 200 readers as for one of each.
pub(crate) async fn are_constant<E: Engine>() {
    let Some(cluster) = Cluster::<E>::start(100).await else {
        return;
    };
    let http = Client::new();
    let nodes = cluster.entrances.all();
    let names: Vec<_> = (0..CHANNELS).map(|n| format!("channel-{n}")).collect();
    let mut taps = Vec::new();
    let soon = || Instant::now() + Duration::from_secs(30);
    for node in &nodes {
        let mut tap = Tap::open(&http, node, &names[..1], "").await;
        let published = ask::publish(&http, node, &number(&names[0], 0, 0)).await;
        published.expect("the engine is there");
        tap.next(soon()).await.expect("it comes");
        taps.push(tap);
    }
    let of_one = cluster.networks.each_ref().map(Proxy::open);
    let ever = cluster.networks.each_ref().map(Proxy::accepted);

    taps.clear();
    for n in 0..READERS {
        let first = n * FOLLOWED % CHANNELS;
        let channels = &names[first..first + FOLLOWED];
        taps.push(Tap::open(&http, &nodes[n % 2], channels, "").await);
    }
    for (n, name) in names.iter().enumerate() {
        let published = ask::publish(&http, &nodes[n % 2], &number(name, 0, 1)).await;
        published.expect("the engine is there");
    }
    let mut most = [0; 2];
    for tap in &mut taps {
        for _ in 0..FOLLOWED {
            tap.next(soon()).await.expect("it comes");
            for (most, network) in most.iter_mut().zip(&cluster.networks) {
                *most = network.open().max(*most);
            }
        }
    }
    println!(
        "connections of each node: {of_one:?}, at most {most:?} with {CHANNELS} channels and {READERS} readers"
    );
    assert_eq!(most, of_one);
    // None has come and gone meanwhile, either.
    let ever_since = cluster.networks.each_ref().map(Proxy::accepted);
    assert_eq!(ever_since, ever, "some were made anew");
}
