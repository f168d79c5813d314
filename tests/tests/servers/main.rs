//! The servers and the proxy that other tests stand on: that a server keeps what it has to, that it is
//! gone afterwards, and that the proxy does to connections what it says.

mod nats;
mod postgres;
mod proxy;
mod redis;
mod redis_cluster;
mod sentinel;

use std::net::TcpStream;
use std::path::Path;

use tests::servers::Server;

/// Whether anybody listens there.
fn listens(server: &impl Server) -> bool {
    TcpStream::connect(server.address()).is_ok()
}

/// Runs what drops a server, and looks at what is left of it.
fn leaves_nothing<S: Server>(server: S, end: impl FnOnce(S)) {
    let address = server.address();
    let directory = server.daemon().directory().to_owned();
    let process = server.daemon().id().expect("it runs");
    assert!(TcpStream::connect(address).is_ok());
    end(server);
    assert!(TcpStream::connect(address).is_err(), "it still listens");
    assert!(!directory.exists(), "its files are still there");
    let process = format!("/proc/{process}");
    assert!(!Path::new(&process).exists(), "its process is still there");
}

/// Panics with a server in hand, as a test that fails does.
fn panics<S: Server + Send + 'static>(server: S) {
    let panicked = std::thread::spawn(move || {
        let _server = server;
        panic!("a test fails");
    });
    assert!(panicked.join().is_err());
}
