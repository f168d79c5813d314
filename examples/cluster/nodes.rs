//! The processes of the nodes: each is kept running, and can be killed.

use std::env;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use sse_runtime::Shutdown;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::select;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::{Failed, REDIS_URL};

/// After that a node that has ended is started again.
const BACK_AFTER: Duration = Duration::from_secs(5);
/// How long a node may take to end by itself.
const GRACE: Duration = Duration::from_secs(1);

/// A node as it is seen from outside.
#[derive(Clone)]
pub(crate) struct Node {
    address: watch::Receiver<Option<SocketAddr>>,
    kill: Arc<Notify>,
}

impl Node {
    /// Starts a node, and starts it again whenever it has ended. The task ends after the shutdown,
    /// and the process before the task.
    pub(crate) async fn start(
        number: u8,
        redis: &str,
        shutdown: &Shutdown,
    ) -> Result<(Self, JoinHandle<()>), Failed> {
        let process = Process::start(number, redis).await?;
        let (up, address) = watch::channel(Some(process.address));
        let kill = Arc::new(Notify::new());
        let keeper = Keeper {
            number,
            redis: redis.to_owned(),
            shutdown: shutdown.clone(),
            up,
            kill: kill.clone(),
        };
        Ok((Self { address, kill }, tokio::spawn(keeper.keep(process))))
    }

    /// Where it listens, while it runs.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        *self.address.borrow()
    }

    /// Ends its process as a crash does, with SIGKILL. Of one that does not run, nothing.
    pub(crate) fn kill(&self) {
        self.kill.notify_waiters();
    }
}

struct Keeper {
    number: u8,
    redis: String,
    shutdown: Shutdown,
    up: watch::Sender<Option<SocketAddr>>,
    kill: Arc<Notify>,
}

impl Keeper {
    async fn keep(self, mut process: Process) {
        loop {
            select! {
                _ = process.child.wait() => {}
                () = self.kill.notified() => {
                    // It fails where the process has just ended by itself.
                    let _ = process.child.kill().await;
                }
                () = self.shutdown.started() => return process.end().await,
            }
            self.up.send_replace(None);
            process = select! {
                process = self.restart() => process,
                () = self.shutdown.started() => return,
            };
            self.up.send_replace(Some(process.address));
        }
    }

    async fn restart(&self) -> Process {
        loop {
            sleep(BACK_AFTER).await;
            match Process::start(self.number, &self.redis).await {
                Ok(process) => return process,
                Err(error) => eprintln!("{error}"),
            }
        }
    }
}

struct Process {
    child: Child,
    /// As long as this is open, it runs.
    input: ChildStdin,
    address: SocketAddr,
}

impl Process {
    /// It is this program again, with other arguments.
    async fn start(number: u8, redis: &str) -> Result<Self, Failed> {
        let mut child = Command::new(env::current_exe()?)
            .args(["node", &number.to_string()])
            // Not as an argument, as all users of a machine see those.
            .env(REDIS_URL, redis)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            // Apart from what Ctrl-C in a terminal reaches: it ends when it is told to.
            .process_group(0)
            .spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("a node has no standard input and output".into());
        };
        let Some(address) = BufReader::new(output).lines().next_line().await? else {
            return Err(format!("node {number} does not start").into());
        };
        Ok(Self {
            child,
            input,
            address: address.parse()?,
        })
    }

    async fn end(mut self) {
        drop(self.input);
        // Where it takes longer it is killed.
        let _ = timeout(GRACE, self.child.wait()).await;
    }
}
