use std::io::ErrorKind;
use std::time::{Duration, Instant};

use tests::{Fault, Proxy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// What is surely not coming does not come in this time.
const NOTHING: Duration = Duration::from_millis(100);

/// A proxy before a server that gives back what it gets, and says good-bye at its end.
async fn echo() -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.split();
                let _ = tokio::io::copy(&mut from, &mut to).await;
            });
        }
    });
    Proxy::start(address).await
}

async fn connect(proxy: &Proxy) -> TcpStream {
    let connected = TcpStream::connect(proxy.address()).await;
    connected.expect("it accepts")
}

async fn says(stream: &mut TcpStream, byte: u8) {
    stream.write_all(&[byte]).await.expect("it is connected");
}

async fn hears(stream: &mut TcpStream, byte: u8) {
    let heard = timeout(Duration::from_secs(10), stream.read_u8()).await;
    assert_eq!(heard.expect("it comes").expect("it is connected"), byte);
}

#[tokio::test]
async fn what_is_cut_is_reset_and_what_comes_after_is_not() {
    let proxy = echo().await;
    let mut first = connect(&proxy).await;
    says(&mut first, 1).await;
    hears(&mut first, 1).await;
    proxy.cut();
    let error = first.read_u8().await.expect_err("it is cut");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    let mut second = connect(&proxy).await;
    says(&mut second, 2).await;
    hears(&mut second, 2).await;
    assert_eq!((proxy.accepted(), proxy.open()), (2, 1));
}

#[tokio::test]
async fn nobody_comes_in_while_it_refuses() {
    let proxy = echo().await;
    let mut before = connect(&proxy).await;
    says(&mut before, 1).await;
    hears(&mut before, 1).await;
    proxy.refuse();
    assert!(before.read_u8().await.is_err());
    let refused = TcpStream::connect(proxy.address()).await;
    let refused = refused.expect_err("it refuses");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    proxy.pass();
    let start = Instant::now();
    while TcpStream::connect(proxy.address()).await.is_err() {
        assert!(start.elapsed() < Duration::from_secs(10));
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_is_delayed_comes_later_in_either_direction() {
    let proxy = echo().await;
    let mut stream = connect(&proxy).await;
    let by = Duration::from_millis(50);
    proxy.delay(by);
    let start = Instant::now();
    says(&mut stream, 1).await;
    hears(&mut stream, 1).await;
    assert!(start.elapsed() >= 2 * by);
}

#[tokio::test]
async fn a_black_hole_accepts_and_gives_back_later() {
    let proxy = echo().await;
    proxy.black_hole();
    let mut stream = connect(&proxy).await;
    says(&mut stream, 1).await;
    assert!(timeout(NOTHING, stream.read_u8()).await.is_err());
    proxy.pass();
    hears(&mut stream, 1).await;
}

#[tokio::test]
async fn a_half_closed_connection_ends_in_one_direction() {
    let proxy = echo().await;
    let mut stream = connect(&proxy).await;
    says(&mut stream, 1).await;
    hears(&mut stream, 1).await;
    proxy.half_close();
    let end = stream.read_u8().await.expect_err("it ends");
    assert_eq!(end.kind(), ErrorKind::UnexpectedEof);
    says(&mut stream, 2).await;
    assert_eq!(proxy.open(), 1);
}

#[tokio::test]
async fn a_seed_gives_the_same_faults_again() {
    let faults = |seed| {
        let mut rng = fastrand::Rng::with_seed(seed);
        std::iter::repeat_with(|| Fault::random(&mut rng))
            .take(100)
            .collect::<Vec<_>>()
    };
    assert_eq!(faults(1), faults(1));
    assert_ne!(faults(1), faults(2));
    let proxy = echo().await;
    let storm = proxy.storm(1, Duration::ZERO);
    assert!(timeout(Duration::from_millis(500), storm).await.is_err());
}
