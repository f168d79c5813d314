//! A server that has no file descriptor left for a connection. Alone in its process, whose limit it sets.

use std::path::Path;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::{Domain, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

const WHILE: Duration = Duration::from_millis(250);

#[tokio::test]
async fn a_lack_of_file_descriptors_is_waited_out() {
    let app = Router::new().route("/", get(async || "alive"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(sse_runtime::serve(listener, app).into_future());
    let mut before = TcpStream::connect(address).await.unwrap();
    ask(&mut before).await;

    let sockets: Vec<_> = (0..5)
        .map(|_| Socket::new(Domain::IPV4, Type::STREAM, None).unwrap())
        .collect();
    let limit = getrlimit(Resource::Nofile);
    let none_is_free = Rlimit {
        current: Some(lowest_free_descriptor()),
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, none_is_free).unwrap();
    let mut waiting = Vec::new();
    for socket in sockets {
        socket.connect(&address.into()).unwrap();
        socket.set_nonblocking(true).unwrap();
        waiting.push(TcpStream::from_std(socket.into()).unwrap());
    }
    assert!(
        timeout(WHILE, ask(&mut waiting[0])).await.is_err(),
        "it is accepted all the same"
    );
    ask(&mut before).await;
    setrlimit(Resource::Nofile, limit).unwrap();

    let started = Instant::now();
    // The first has asked already.
    answer(&mut waiting[0]).await;
    for socket in &mut waiting[1..] {
        ask(socket).await;
    }
    let took = started.elapsed();
    assert!(took < Duration::from_secs(5), "accepted after {took:?}");
}

async fn ask(socket: &mut TcpStream) {
    let request = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
    socket.write_all(request).await.unwrap();
    answer(socket).await;
}

async fn answer(socket: &mut TcpStream) {
    let mut answer = Vec::new();
    while !answer.ends_with(b"alive") {
        assert!(socket.read_buf(&mut answer).await.unwrap() > 0);
    }
}

fn lowest_free_descriptor() -> u64 {
    (0..)
        .find(|file| !Path::new(&format!("/proc/self/fd/{file}")).exists())
        .unwrap()
}
