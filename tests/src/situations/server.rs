//! Plays the scripts, and says what has come.
//!
//! | request | answer |
//! |---|---|
//! | `GET /` | an empty page, for scripts of this origin |
//! | `GET /situations` | `[{name, cases: [name, …]}, …]` |
//! | `POST /runs/<situation>/<number of the case>` | `{run, base, url, call, outcome, exceptions}`: the case, to be played once at `url` |
//! | `POST /runs/<situation>/<number of the case>/hearing` | as before, but that a stream breaks only once the client has said how much of it it heard |
//! | `POST /<run>/heard/<n>` | the client has so many bytes of the body at hand |
//! | `GET /<run>/requests` | `[{request, headers, afterMs}, …]`: what has come so far; `request` is to be compared with `outcome.requests` |
//! | `POST /<run>/listen` | from now on the run of a case `refused` is listened to |
//! | anything else below `/<run>` | the next answer of the script |

mod connection;

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;

use crate::loopback::listener;

use super::{Answer, Call, Case, Exception, Origin, Outcome, Request, Seen, Situation, situations};

/// How long a client may take to hear what it was sent.
const HEARING: Duration = Duration::from_secs(10);

/// A server of situations in a thread of its own, so that the client under test may stop its clock. It
/// ends when it is dropped.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// A case that is played.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Its name, which is the first part of its path.
    pub run: String,
    /// The server without a path, for a typed client.
    pub base: String,
    /// The stream.
    pub url: String,
    /// What the client is asked to do.
    pub call: Call,
    /// What must come of it.
    pub outcome: Outcome,
    /// For whom something else comes of it.
    pub exceptions: Vec<Exception>,
}

#[derive(Debug)]
struct Shared {
    situations: Vec<Situation>,
    home: SocketAddr,
    foreign: SocketAddr,
    runtime: tokio::runtime::Handle,
    plays: Mutex<HashMap<String, Play>>,
}

/// What is known of a run.
#[derive(Debug)]
struct Play {
    script: std::vec::IntoIter<Answer>,
    seen: Vec<Seen>,
    began: Option<Instant>,
    /// Bound, but not listened to.
    late: Option<TcpSocket>,
    /// How many bytes of the body at hand the client has heard, where it says so.
    heard: Option<watch::Sender<usize>>,
}

impl Server {
    /// Listens on free ports of the loopback interface.
    ///
    /// # Panics
    /// When there are none.
    #[must_use]
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let [home, foreign] = [(); 2].map(|()| listener(&runtime));
        let address = |listener: &TcpListener| listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared {
            situations: situations(),
            home: address(&home),
            foreign: address(&foreign),
            runtime: runtime.handle().clone(),
            plays: Mutex::default(),
        });
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&shared);
        let thread = thread::spawn(move || {
            runtime.spawn(accept(home, Origin::Home, Arc::clone(&serving)));
            runtime.spawn(accept(foreign, Origin::Foreign, serving));
            // Whether it is stopped by a word or by a drop is the same.
            let _ = runtime.block_on(stopped);
        });
        Self {
            shared,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Its URL, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.shared.home)
    }

    /// The situations that it plays.
    #[must_use]
    pub fn situations(&self) -> &[Situation] {
        &self.shared.situations
    }

    /// Begins to play a case.
    #[must_use]
    pub fn run(&self, case: &Case) -> Run {
        self.shared.run(case, false)
    }

    /// What has come to a run so far.
    #[must_use]
    pub fn seen(&self, run: &Run) -> Vec<Seen> {
        self.shared.seen(&run.run).unwrap_or_default()
    }

    /// Listens, from now on, to the run of a case that was refused until then.
    pub fn listen(&self, run: &Run) {
        self.shared.listen(&run.run);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        // A thread that has panicked has printed why.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Shared {
    fn plays(&self) -> MutexGuard<'_, HashMap<String, Play>> {
        self.plays.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, case: &Case, is_hearing: bool) -> Run {
        let late = case.call.refused.then(|| {
            let socket = TcpSocket::new_v4().expect("a socket");
            let port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            socket.bind(port).expect("a free port");
            socket
        });
        let address = late.as_ref().map_or(self.home, |socket| {
            socket.local_addr().expect("it is bound")
        });
        let mut plays = self.plays();
        let run = format!("r{}", plays.len() + 1);
        let play = Play {
            script: case.script.clone().into_iter(),
            seen: Vec::new(),
            began: None,
            late,
            heard: is_hearing.then(|| watch::Sender::new(0)),
        };
        plays.insert(run.clone(), play);
        let base = format!("http://{address}");
        Run {
            url: format!("{base}/{run}{}", case.call.endpoint.path()),
            run,
            base,
            call: case.call.clone(),
            outcome: case.outcome.clone(),
            exceptions: case.exceptions.clone(),
        }
    }

    fn seen(&self, run: &str) -> Option<Vec<Seen>> {
        Some(self.plays().get(run)?.seen.clone())
    }

    fn listen(self: &Arc<Self>, run: &str) -> bool {
        let Some(socket) = self.plays().get_mut(run).and_then(|play| play.late.take()) else {
            return false;
        };
        let _on = self.runtime.enter();
        let listener = socket.listen(16).expect("it is bound");
        self.runtime
            .spawn(accept(listener, Origin::Late, Arc::clone(self)));
        true
    }

    /// Notes what a client has heard.
    fn heard(&self, run: &str, bytes: usize) -> bool {
        let plays = self.plays();
        let heard = plays.get(run).and_then(|play| play.heard.as_ref());
        heard.is_some_and(|heard| {
            heard.send_replace(bytes);
            true
        })
    }

    /// Waits until a client that says so has heard so many bytes.
    ///
    /// A browser throws away what it has received and not been asked for when a connection breaks.
    async fn hears(&self, run: &str, bytes: usize) {
        let heard = self.plays().get(run).and_then(|play| play.heard.clone());
        if let Some(heard) = heard {
            let mut heard = heard.subscribe();
            let enough = heard.wait_for(|heard| *heard >= bytes);
            // Its test fails where it never does.
            let _ = timeout(HEARING, enough).await;
        }
    }

    /// Takes down a request, and says what to answer.
    fn next(&self, run: &str, request: Request, headers: Vec<(String, String)>) -> Option<Answer> {
        let mut plays = self.plays();
        let play = plays.get_mut(run)?;
        if let Some(heard) = &play.heard {
            heard.send_replace(0);
        }
        let began = *play.began.get_or_insert_with(Instant::now);
        play.seen.push(Seen {
            request,
            headers,
            after_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
        Some(play.script.next().unwrap_or_else(Answer::stop))
    }
}

async fn accept(listener: TcpListener, origin: Origin, shared: Arc<Shared>) {
    while let Ok((socket, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            // A client that goes in between has what it wants, or its test fails elsewhere.
            let _ = connection::serve(socket, origin, &shared).await;
        });
    }
}
