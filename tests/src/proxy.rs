//! A network between two programs of a test that does what it is told to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fastrand::Rng;
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::servers::Port;

/// What happens to what comes from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Pass,
    Delay(Duration),
    Hold,
    Refuse,
}

/// What is told to every connection.
#[derive(Clone, Copy, Debug)]
struct State {
    mode: Mode,
    /// How many times those of the time were cut, and half-closed.
    cuts: usize,
    half_closes: usize,
}

/// Something that a network does for a while, or once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Every connection is reset.
    Cut,
    /// To those who write to the server, the server has nothing more to say: the end of what comes from
    /// it, while what goes to it still goes.
    HalfClose,
    /// Every connection is reset, and new ones are refused.
    Refuse(Duration),
    /// What is forwarded comes later by the first, in either direction.
    Delay(Duration, Duration),
    /// Connections are accepted, and nothing is forwarded.
    BlackHole(Duration),
}

impl Fault {
    /// One of them, each as likely as the others, for up to a second.
    #[must_use]
    pub fn random(rng: &mut Rng) -> Self {
        let mut up_to = |milliseconds| Duration::from_millis(rng.u64(1..=milliseconds));
        let (length, delay) = (up_to(1_000), up_to(100));
        match rng.u8(0..5) {
            0 => Self::Cut,
            1 => Self::HalfClose,
            2 => Self::Refuse(length),
            3 => Self::Delay(delay, length),
            _ => Self::BlackHole(length),
        }
    }
}

/// A proxy on a port of its own. When it is dropped, its connections end.
#[derive(Debug)]
pub struct Proxy {
    port: Arc<Port>,
    state: watch::Sender<State>,
    counts: Arc<Counts>,
    accepting: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Counts {
    accepted: AtomicUsize,
    open: AtomicUsize,
}

impl Proxy {
    /// Starts one that lets everything through.
    pub async fn start(server: SocketAddr) -> Self {
        let port = Arc::new(Port::free());
        let (state, told) = watch::channel(State {
            mode: Mode::Pass,
            cuts: 0,
            half_closes: 0,
        });
        let counts = Arc::<Counts>::default();
        let listener = TcpListener::bind(port.address()).await.expect("it is free");
        let accepting = tokio::spawn(accept(
            Some(listener),
            port.address(),
            server,
            told,
            Arc::clone(&counts),
        ));
        Self {
            port,
            state,
            counts,
            accepting,
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// How many connections it has ever accepted.
    #[must_use]
    pub fn accepted(&self) -> usize {
        self.counts.accepted.load(Ordering::SeqCst)
    }

    /// How many are there now.
    #[must_use]
    pub fn open(&self) -> usize {
        self.counts.open.load(Ordering::SeqCst)
    }

    /// Resets every connection. New ones are let through as before.
    pub fn cut(&self) {
        self.state.send_modify(|state| state.cuts += 1);
    }

    /// Ends what comes from the server on every connection, while what goes to it still goes.
    pub fn half_close(&self) {
        self.state.send_modify(|state| state.half_closes += 1);
    }

    /// Resets every connection and refuses new ones.
    pub fn refuse(&self) {
        self.state.send_modify(|state| {
            state.cuts += 1;
            state.mode = Mode::Refuse;
        });
    }

    /// Lets everything through, but later.
    pub fn delay(&self, by: Duration) {
        self.state.send_modify(|state| state.mode = Mode::Delay(by));
    }

    /// Accepts connections and forwards nothing. What was held back comes once it
    /// [passes](Self::pass) again, as TCP sends again what was lost.
    pub fn black_hole(&self) {
        self.state.send_modify(|state| state.mode = Mode::Hold);
    }

    /// Lets everything through, as at the beginning.
    pub fn pass(&self) {
        self.state.send_modify(|state| state.mode = Mode::Pass);
    }

    /// Does that, and lets everything through again after it.
    pub async fn suffer(&self, fault: Fault) {
        let length = match fault {
            Fault::Cut => return self.cut(),
            Fault::HalfClose => return self.half_close(),
            Fault::Refuse(length) => {
                self.refuse();
                length
            }
            Fault::Delay(by, length) => {
                self.delay(by);
                length
            }
            Fault::BlackHole(length) => {
                self.black_hole();
                length
            }
        };
        sleep(length).await;
        self.pass();
    }

    /// Goes on until it is dropped: a pause of up to that long, then some [fault](Fault::random), and
    /// so on. The same seed gives the same faults; each is printed.
    pub async fn storm(&self, seed: u64, pause: Duration) {
        let mut rng = Rng::with_seed(seed);
        loop {
            sleep(pause.mul_f64(rng.f64())).await;
            let fault = Fault::random(&mut rng);
            println!("{fault:?}");
            self.suffer(fault).await;
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(
    mut listener: Option<TcpListener>,
    address: SocketAddr,
    server: SocketAddr,
    mut told: watch::Receiver<State>,
    counts: Arc<Counts>,
) {
    loop {
        let refuses = told.borrow_and_update().mode == Mode::Refuse;
        match &listener {
            // A listener that is dropped is what refuses.
            Some(_) if refuses => listener = None,
            None if !refuses => listener = TcpListener::bind(address).await.ok(),
            _ => {}
        }
        let accepted = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = told.changed() => if changed.is_err() { return },
            Ok((client, _)) = accepted => {
                counts.accepted.fetch_add(1, Ordering::SeqCst);
                counts.open.fetch_add(1, Ordering::SeqCst);
                let (told, counts) = (told.clone(), Arc::clone(&counts));
                tokio::spawn(async move {
                    forward(client, server, told).await;
                    counts.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        }
    }
}

/// Forwards until both have ended, or it is cut, or the proxy is dropped.
async fn forward(mut client: TcpStream, server: SocketAddr, mut told: watch::Receiver<State>) {
    let State {
        cuts, half_closes, ..
    } = *told.borrow();
    let Ok(mut behind) = TcpStream::connect(server).await else {
        return reset(&client);
    };
    for stream in [&client, &behind] {
        // What is late is late by our doing alone.
        let _ = stream.set_nodelay(true);
    }
    let (from_client, mut to_client) = client.split();
    let (from_server, mut to_server) = behind.split();
    let (out, back) = (told.clone(), told.clone());
    let mut half_closed = told.clone();
    let back = async {
        tokio::select! {
            _ = half_closed.wait_for(|state| state.half_closes > half_closes) => {}
            () = pump(from_server, &mut to_client, back) => {}
        }
        let _ = to_client.shutdown().await;
    };
    let out = async {
        pump(from_client, &mut to_server, out).await;
        let _ = to_server.shutdown().await;
    };
    let both = async { tokio::join!(out, back) };
    let is_cut = tokio::select! {
        _ = told.wait_for(|state| state.cuts > cuts) => true,
        _ = both => false,
    };
    if is_cut {
        reset(&client);
        reset(&behind);
    }
}
/// Forwards one direction until its end.
async fn pump(mut from: ReadHalf<'_>, to: &mut WriteHalf<'_>, mut told: watch::Receiver<State>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let mode = told.borrow().mode;
        if let Mode::Delay(by) = mode {
            sleep(by).await;
        }
        if told
            .wait_for(|state| state.mode != Mode::Hold)
            .await
            .is_err()
            || to.write_all(&buffer[..read]).await.is_err()
        {
            return;
        }
    }
}

/// Its end is a reset.
fn reset(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}
