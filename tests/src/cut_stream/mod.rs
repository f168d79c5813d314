//! A stream of a hub that is cut again and again, at bytes that chance picks.
//!
//! ```text
//! publisher → hub → serve → proxy ─ cut ─ client
//!     ▲                       │
//!     └── as many bytes as ───┘
//! ```
//!
//! The publisher keeps a little ahead of what the proxy lets through, so a client finds now events that
//! it has missed and now has to wait for one. Once the cuts are used up the stream ends for good.

mod proxy;
mod service;

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::loopback::listener;
use proxy::Proxy;

/// A stream of numbered events behind a proxy that cuts it, in a thread of its own. It ends when it is
/// dropped.
#[derive(Debug)]
pub struct CutStream {
    address: SocketAddr,
    proxy: Arc<Proxy>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl CutStream {
    /// How many events it has: `n` from 0 up to this.
    pub const EVENTS: u64 = 10_000;
    /// How often it is cut.
    pub const CUTS: usize = 1000;

    /// Begins, at free ports of the loopback interface. The same seed makes the same cuts.
    ///
    /// # Panics
    /// When there is no port.
    #[must_use]
    pub fn start(seed: u64) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let [served, proxied] = [(); 2].map(|()| listener(&runtime));
        let address = |listener: &TcpListener| listener.local_addr().expect("it is bound");
        let proxy = Arc::new(Proxy::new(address(&served), seed, Self::CUTS));
        let (stop, stopped) = oneshot::channel();
        let (address, proxying) = (address(&proxied), Arc::clone(&proxy));
        let thread = thread::spawn(move || {
            let hub = service::hub();
            runtime.spawn(service::serve(served, hub.clone()));
            runtime.spawn(service::publish(hub, Self::EVENTS, Arc::clone(&proxying)));
            runtime.spawn(proxying.run(proxied));
            // Whether it is stopped by a word or by a drop is the same.
            let _ = runtime.block_on(stopped);
        });
        Self {
            address,
            proxy,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// The proxy's URL, without a slash at the end. The stream is `/numbers`, of which each event is a
    /// [`Number`](api::cut::Number); at `/` there is an empty page, which is not cut.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How often it has been cut so far.
    #[must_use]
    pub fn cuts(&self) -> usize {
        self.proxy.cuts()
    }
}

impl Drop for CutStream {
    fn drop(&mut self) {
        drop(self.stop.take());
        // A thread that has panicked has printed why.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
