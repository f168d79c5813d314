use std::io;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::ConnectInfo;
use axum::extract::connect_info::Connected;
use axum::routing::get;
use socket2::SockRef;
use sse_runtime::serve::IncomingStream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::time::timeout;

use crate::client::{Client, SECOND, alone, eventually};
use crate::server::serve_streams_with;

/// A listener on a free port.
async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// What comes in answer to a request of `/`, over any socket.
async fn ask<S>(mut socket: S) -> io::Result<String>
where
    S: AsyncReadExt + AsyncWriteExt + Unpin,
{
    let request = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    socket.write_all(request).await?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn an_app_is_told_the_address_of_its_client() {
    let _alone = alone().await;
    let app = Router::new().route(
        "/",
        get(|ConnectInfo(address): ConnectInfo<SocketAddr>| async move { address.to_string() }),
    );
    let (listener, address) = listen().await;
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(sse_runtime::serve(listener, app).into_future());
    let client = TcpStream::connect(address).await.unwrap();
    let local = client.local_addr().unwrap().to_string();
    assert!(ask(client).await.unwrap().ends_with(&local));
}

#[derive(Clone)]
struct Peer(u32);

impl Connected<IncomingStream<'_, UnixListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        Self(stream.io().peer_cred().unwrap().uid())
    }
}

#[tokio::test]
async fn a_unix_socket_is_served() {
    let _alone = alone().await;
    let app = Router::new().route(
        "/",
        get(|ConnectInfo(peer): ConnectInfo<Peer>| async move { format!("uid {}", peer.0) }),
    );
    let directory = std::env::temp_dir().join(format!("sse-serve-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let app = app.into_make_service_with_connect_info::<Peer>();
    tokio::spawn(sse_runtime::serve(listener, app).into_future());
    let answer = ask(UnixStream::connect(&path).await.unwrap()).await;
    std::fs::remove_dir_all(&directory).unwrap();
    let uid = rustix::process::geteuid().as_raw();
    assert!(answer.unwrap().ends_with(&format!("uid {uid}")));
}

/// The options of the connection that a request came on.
#[derive(Clone, Debug, PartialEq)]
struct Options {
    nodelay: bool,
    notsent_lowat: u32,
    user_timeout: Option<Duration>,
}

impl Connected<IncomingStream<'_, TcpListener>> for Options {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        let socket = SockRef::from(stream.io());
        Self {
            nodelay: socket.tcp_nodelay().unwrap(),
            notsent_lowat: socket.tcp_notsent_lowat().unwrap(),
            user_timeout: socket.tcp_user_timeout().unwrap(),
        }
    }
}

#[tokio::test]
async fn connections_have_the_options_that_are_promised() {
    let _alone = alone().await;
    for (given, has) in [(None, 30), (Some(5), 5)] {
        let app = Router::new().route(
            "/",
            get(|ConnectInfo(options): ConnectInfo<Options>| async move { format!("{options:?}") }),
        );
        let (listener, address) = listen().await;
        let app = app.into_make_service_with_connect_info::<Options>();
        let mut serve = sse_runtime::serve(listener, app);
        if let Some(seconds) = given {
            serve = serve.client_timeout(Duration::from_secs(seconds));
        }
        tokio::spawn(serve.into_future());
        let answer = ask(TcpStream::connect(address).await.unwrap())
            .await
            .unwrap();
        let options = Options {
            nodelay: true,
            notsent_lowat: 8 * 1024,
            user_timeout: Some(Duration::from_secs(has)),
        };
        assert!(answer.ends_with(&format!("{options:?}")), "{answer}");
    }
}

#[tokio::test]
async fn a_panic_ends_its_connection_alone() {
    let _alone = alone().await;
    let app = Router::new()
        .route(
            "/panic",
            get(async || -> &'static str { panic!("on purpose") }),
        )
        .route("/", get(async || "alive"));
    let (listener, address) = listen().await;
    tokio::spawn(sse_runtime::serve(listener, app).into_future());
    let other = TcpStream::connect(address).await.unwrap();
    let client = Client::get(address, "/panic").await;
    assert_eq!(client.read_to_end().await, "");
    assert!(ask(other).await.unwrap().ends_with("alive"));
}

#[tokio::test]
async fn at_its_limit_a_server_accepts_no_more_until_one_goes() {
    let _alone = alone().await;
    let server = serve_streams_with(SECOND, |serve| serve.max_connections(2)).await;
    let mut first = Client::get(server.address, "/quiet").await;
    let mut second = Client::get(server.address, "/quiet").await;
    first.read_until("data: 1").await;
    second.read_until("data: 1").await;
    let mut third = Client::get(server.address, "/quiet").await;
    let early = timeout(SECOND / 4, third.read_until("data: 1")).await;
    assert!(early.is_err(), "a third connection is served");
    drop(first);
    timeout(20 * SECOND, third.read_until("data: 1"))
        .await
        .expect("there is room for it");
}

#[tokio::test]
async fn a_client_that_sends_no_request_is_closed() {
    let _alone = alone().await;
    let server = serve_streams_with(SECOND, |serve| serve.header_read_timeout(SECOND / 4)).await;
    let mut stream = Client::get(server.address, "/quiet").await;
    stream.read_until("data: 1").await;
    let silent = TcpStream::connect(server.address).await.unwrap();
    let mut halved = TcpStream::connect(server.address).await.unwrap();
    halved
        .write_all(b"GET /quiet HTTP/1.1\r\nho")
        .await
        .unwrap();
    let mut preface = TcpStream::connect(server.address).await.unwrap();
    preface.write_all(b"PRI * HTTP/2.0\r\n\r\n").await.unwrap();
    let mut kept_alive = Client::get(server.address, "/page").await;
    kept_alive.read_until("a page").await;
    let closed = async {
        for mut socket in [silent, halved, preface] {
            let mut rest = Vec::new();
            socket.read_to_end(&mut rest).await.unwrap();
        }
        kept_alive.read_to_end().await;
    };
    timeout(20 * SECOND, closed).await.expect("they are closed");
    // A stream is no request that is waited for.
    let ended = timeout(SECOND / 4, stream.read_to_end()).await;
    assert!(ended.is_err(), "a stream is closed, too");
}

#[tokio::test]
async fn a_client_that_takes_nothing_for_too_long_is_closed() {
    let _alone = alone().await;
    let server = serve_streams_with(SECOND, |serve| serve.client_timeout(SECOND)).await;
    let mut stalled = Client::get_narrow(server.address, "/flood").await;
    let mut quiet = Client::get(server.address, "/quiet").await;
    quiet.read_until("data: 1").await;
    stalled.read_until("text/event-stream").await;
    let started = Instant::now();
    eventually("the service of the stalled one is dropped", || {
        server.counts.running.load(Ordering::SeqCst) == 1
    })
    .await;
    let took = started.elapsed();
    assert!(took > SECOND / 2, "closed after {took:?}");
}
