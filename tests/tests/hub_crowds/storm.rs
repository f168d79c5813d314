//! All come back at once.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use axum::serve::Listener;
use futures::future::join_all;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use crate::alone;
use crate::client::{Client, numbers};
use crate::server::{app, hub, publish, tick};

/// How often each connection was written to.
type Writes = Arc<Mutex<Vec<Arc<AtomicUsize>>>>;

/// A listener whose connections count their writes.
struct Counting(TcpListener, Writes);

impl Listener for Counting {
    type Io = Counted;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Counted, SocketAddr) {
        let (socket, peer) = Listener::accept(&mut self.0).await;
        let writes = Arc::default();
        self.1.lock().expect("whole").push(Arc::clone(&writes));
        (Counted { socket, writes }, peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

struct Counted {
    socket: TcpStream,
    writes: Arc<AtomicUsize>,
}

impl Counted {
    fn count(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(_)) = written {
            self.writes.fetch_add(1, Ordering::Relaxed);
        }
        written
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(cx, buf)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(cx, buf);
        self.count(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write_vectored(cx, bufs);
        self.count(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_5000_who_missed_100_events_gets_them_in_one_write() {
    let _alone = alone().await;
    let hub = hub();
    let last = publish(&hub, "c", &tick(0, "")).await;
    for n in 1..=100 {
        publish(&hub, "c", &tick(n, "")).await;
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let writes = Writes::default();
    let listener = Counting(listener, Arc::clone(&writes));
    let served = tokio::spawn(sse_runtime::serve(listener, app(&hub)).into_future());

    // A thousand at a time, each of them two files of this process.
    for _ in 0..5 {
        let clients = (0..1000).map(|_| async {
            let mut client = Client::new(address, "channel=c", &last).await;
            let got = client.blocks(100).await;
            assert!(numbers(&got).into_iter().eq(1..=100));
            client
        });
        drop(join_all(clients).await);
    }
    let writes = writes.lock().expect("whole");
    assert_eq!(writes.len(), 5000);
    let once = |writes: &&Arc<AtomicUsize>| writes.load(Ordering::Relaxed) == 1;
    assert_eq!(
        writes.iter().filter(once).count(),
        5000,
        "are written to once"
    );
    served.abort();
}
