//! What can be published, and what cannot.

use crate::support::{Client, hub, tick};

#[tokio::test(start_paused = true)]
async fn no_name_from_a_client_is_the_wildcard() {
    let hub = hub().with_wildcard();
    let client = Client::new(&hub, "channel=*", "").await;
    assert_eq!(client.status, 400);
    assert!(hub.publish("*", &tick("a", 1)).await.is_err());

    let mut all = Client::new(&hub, "all=true", "").await;
    all.blocks().await;
    hub.publish("c", &tick("a", 1)).await.expect("published");
    hub.publish("d", &tick("a", 2)).await.expect("published");
    assert_eq!(all.numbers().await, [1, 2]);
    assert_eq!((hub.subscribers("c"), hub.subscribers_to_all()), (0, 1));
    assert_eq!(hub.subscriptions(), 1);
}
