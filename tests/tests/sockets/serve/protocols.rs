use crate::client::{Client, SECOND, alone};
use crate::server::serve_streams;

#[tokio::test]
async fn one_port_speaks_http1_and_http2() {
    let _alone = alone().await;
    let server = serve_streams(SECOND).await;
    let page = format!("http://{}/page", server.address);
    for (client, version) in [
        (reqwest::Client::builder(), reqwest::Version::HTTP_11),
        (
            reqwest::Client::builder().http2_prior_knowledge(),
            reqwest::Version::HTTP_2,
        ),
    ] {
        let client = client.build().unwrap();
        let response = client.get(&page).send().await.unwrap();
        assert_eq!(response.version(), version);
        assert_eq!(response.text().await.unwrap(), "a page");
    }
}

#[tokio::test]
async fn a_stream_is_served() {
    let _alone = alone().await;
    let server = serve_streams(SECOND).await;
    let mut client = Client::get(server.address, "/quiet").await;
    client.read_until("data: 1\n\n").await;
}
