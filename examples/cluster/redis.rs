//! The Redis of the nodes: one that is given, or one of this example's own.

use std::env;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::{Failed, REDIS_URL};

/// How long a Redis may take to start.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs `redis-server` until the input of this ends: that is with the process which has started it,
/// however that ends.
const UNTIL_INPUT_ENDS: &str = r#"redis-server "$@" & read -r _; kill $!; wait"#;

const MISSING: &str = "there is no `redis-server` on the PATH: install Redis 7 or newer (on Debian \
    `apt install redis-server`), or name a Redis or Valkey that runs, as in \
    `--redis redis://127.0.0.1:6379` or by REDIS_URL";

pub(crate) struct Redis {
    /// May hold a password, so nobody prints it but of an own one.
    pub(crate) url: String,
    own: Option<Child>,
}

impl Redis {
    /// That of the command line or of the environment, else one of its own.
    pub(crate) fn find(given: Option<String>) -> Result<Self, Failed> {
        match given.or_else(|| env::var(REDIS_URL).ok()) {
            Some(url) => Ok(Self { url, own: None }),
            None => Self::start(),
        }
    }

    pub(crate) fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// It listens on a free port of this machine alone, and writes nothing to the disk.
    fn start() -> Result<Self, Failed> {
        match Command::new("redis-server").arg("--version").output() {
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(MISSING.into()),
            version => drop(version?),
        }
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let child = Command::new("sh")
            .args(["-c", UNTIL_INPUT_ENDS, "redis-server"])
            .args(["--bind", "127.0.0.1", "--port"])
            .arg(address.port().to_string())
            .args(["--save", "", "--appendonly", "no"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            // Apart from what Ctrl-C in a terminal reaches: the nodes need it to their end.
            .process_group(0)
            .spawn()?;
        let redis = Self {
            url: format!("redis://{address}"),
            own: Some(child),
        };
        let start = Instant::now();
        while let Err(error) = TcpStream::connect(address) {
            if start.elapsed() > PATIENCE {
                return Err(format!("`redis-server` does not answer at {address}: {error}").into());
            }
            sleep(Duration::from_millis(10));
        }
        Ok(redis)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if let Some(child) = &mut self.own {
            drop(child.stdin.take());
            // It is told to end, and nobody needs to know how it did.
            let _ = child.wait();
        }
    }
}
