//! Ports of the loopback interface.

use std::net::{Ipv4Addr, TcpListener};

use tokio::runtime::Runtime;

/// A free port, listened to by a runtime that may be made within another.
pub(crate) fn listener(runtime: &Runtime) -> tokio::net::TcpListener {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.set_nonblocking(true).expect("a socket");
    let _on = runtime.enter();
    listener.try_into().expect("a socket that does not block")
}
