use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::allocator;
use crate::client::{SECOND, alone};
use crate::server::serve_streams;

const CLIENTS: usize = 500;

/// What an idle HTTP/1.1 stream may hold of the heap: hyper's buffers for reading and for heads, 8 KiB
/// each, and all else.
const HELD: usize = 2 * 8 * 1024 + 4 * 1024 + 256;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_idle_stream_holds_little_beside_the_buffers_of_hyper() {
    let _alone = alone().await;
    let server = serve_streams(SECOND).await;
    // The first ones fill what is kept for all.
    let _first: Vec<_> = (0..CLIENTS).map(|_| open(server.address)).collect();
    let mut others = Vec::with_capacity(CLIENTS);
    let heap = allocator::live();
    others.extend((0..CLIENTS).map(|_| open(server.address)));
    let held = usize::try_from(allocator::live() - heap).unwrap() / CLIENTS;
    println!("an idle stream holds {held} bytes of the heap");
    assert!(held < HELD, "{held} bytes are held");
}

/// A client that has had its first event, and holds nothing of the heap itself.
fn open(address: SocketAddr) -> TcpStream {
    let mut socket = TcpStream::connect(address).unwrap();
    let cookie = "x".repeat(500);
    let request = format!("GET /quiet HTTP/1.1\r\nhost: localhost\r\ncookie: {cookie}\r\n\r\n");
    socket.write_all(request.as_bytes()).unwrap();
    let mut seen = Vec::new();
    while !seen.ends_with(b"data: 1\n\n\r\n") {
        let mut chunk = [0; 1024];
        let read = socket.read(&mut chunk).unwrap();
        assert!(read > 0);
        seen.extend_from_slice(&chunk[..read]);
    }
    socket
}
