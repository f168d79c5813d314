//! What is asked of a node and told to it beside its streams.

use reqwest::{Client, StatusCode};
use tests::node::{Health, NotPublished, Number, Presence, Published};

/// The number of that publisher, to that channel.
pub(crate) fn number(channel: &str, publisher: u32, n: u64) -> Number {
    Number {
        channel: channel.to_owned(),
        publisher,
        n,
        padding: String::new(),
    }
}

/// Publishes an event by that node; its id.
pub(crate) async fn publish(
    http: &Client,
    node: &str,
    number: &Number,
) -> Result<String, NotPublished> {
    let url = format!("{node}/channels/{}/events", number.channel);
    let response = http.post(url).json(number).send().await;
    let response = response.expect("the node answers");
    match response.status() {
        StatusCode::OK => Ok(response.json::<Published>().await.expect("an id").id),
        _ => Err(response.json().await.expect("an error")),
    }
}

/// What that node says of its log.
pub(crate) async fn health(http: &Client, node: &str) -> Health {
    let response = http.get(format!("{node}/health")).send().await;
    let response = response.expect("the node answers");
    response.json().await.expect("a health")
}

/// Who that node says is present in a channel.
pub(crate) async fn presence(http: &Client, node: &str, channel: &str) -> Presence {
    let url = format!("{node}/channels/{channel}/presence");
    let response = http.get(url).send().await.expect("the node answers");
    response.json().await.expect("a presence")
}
