use std::io::IoSlice;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::get;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::client::{SECOND, alone};
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
async fn a_connection_can_be_upgraded() {
    let _alone = alone().await;
    let upgrade = async |request: Request| {
        tokio::spawn(async {
            let upgraded = hyper::upgrade::on(request).await.unwrap();
            // More than the kernel takes at once.
            let slices = vec![IoSlice::new(b"upgraded"); 2000];
            let mut upgraded = TokioIo::new(upgraded);
            let written = upgraded.write_vectored(&slices).await.unwrap();
            assert!(written > 0, "nothing is written");
        });
        let headers = [("connection", "upgrade"), ("upgrade", "shouting")];
        (StatusCode::SWITCHING_PROTOCOLS, headers)
    };
    let app = Router::new().route("/", get(upgrade));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(sse_runtime::serve(listener, app).into_future());
    let mut client = TcpStream::connect(address).await.unwrap();
    let request =
        b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: shouting\r\n\r\n";
    client.write_all(request).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
    assert!(answer.ends_with("upgraded"), "{answer}");
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_is_read() {
    let _alone = alone().await;
    let server = serve_streams(SECOND).await;
    for head in [
        "GET /page HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
        // As far as that it might be HTTP/2.
        "PRI /page HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    ] {
        let mut client = TcpStream::connect(server.address).await.unwrap();
        client.set_nodelay(true).unwrap();
        for byte in head.as_bytes() {
            client.write_all(&[*byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        let status = if head.starts_with("GET") {
            "200"
        } else {
            "405"
        };
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_head_may_have_64_kib() {
    let _alone = alone().await;
    let server = serve_streams(SECOND).await;
    for (cookie, status) in [(60 * 1024, "200"), (70 * 1024, "431")] {
        let mut client = TcpStream::connect(server.address).await.unwrap();
        let cookie = "x".repeat(cookie);
        let head = format!(
            "GET /page HTTP/1.1\r\nhost: localhost\r\ncookie: {cookie}\r\nconnection: close\r\n\r\n"
        );
        // It may be refused before all of it is read.
        let _ = client.write_all(head.as_bytes()).await;
        let mut answer = [0; 12];
        client.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, format!("HTTP/1.1 {status}").as_bytes());
    }
}
