use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use ::redis::{Client, Connection, ConnectionAddr, IntoConnectionInfo, RedisConnectionInfo};
use rustix::process::Signal;

use super::certificates::Certificates;
use super::daemon::{Daemon, Program, Server};
use super::port::Port;
use crate::program::server;

/// Whether Redis keeps what it was told over a restart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Append {
    /// In memory alone.
    #[default]
    No,
    /// In a file that is synced after every command.
    Always,
    /// In a file that is synced every second.
    EverySecond,
}

/// A user beside the default one.
#[derive(Clone, Debug)]
pub struct Acl {
    /// Their name.
    pub user: String,
    /// Their password, without a space.
    pub password: String,
    /// What they may, as in `~sse:* &sse:* +@all`.
    pub rules: String,
}

/// How a Redis is set up.
#[derive(Clone, Debug, Default)]
pub struct RedisSettings {
    /// Whether it keeps its data.
    pub append: Append,
    /// The bytes from which on it refuses writes.
    pub max_memory: Option<u64>,
    /// The password of the default user.
    pub password: Option<String>,
    /// A further user.
    pub acl: Option<Acl>,
    /// That it takes TLS alone, and how it proves who it is.
    pub tls: Option<Certificates>,
    /// The primary whose replica it is.
    pub replica_of: Option<SocketAddr>,
    /// Further lines of its configuration.
    pub lines: Vec<String>,
}

/// A private Redis.
#[derive(Debug)]
pub struct Redis {
    daemon: Daemon,
    settings: RedisSettings,
}

impl Redis {
    /// Starts one that answers. Where there is no program, this says `skipped`.
    #[must_use]
    pub fn start(settings: RedisSettings) -> Option<Self> {
        Self::start_with(settings, &[], |directory, port, settings| {
            let mut lines = common(directory, port, settings);
            lines.extend(own(settings));
            lines
        })
    }

    /// Starts one with the lines of a configuration, which Redis itself changes when Sentinel or a
    /// cluster says so.
    pub(super) fn start_with(
        settings: RedisSettings,
        arguments: &'static [&'static str],
        lines: impl FnOnce(&Path, &Port, &RedisSettings) -> Vec<String>,
    ) -> Option<Self> {
        let program = server("SSE_TEST_REDIS_SERVER", "redis-server", &[])?;
        let port = Port::free();
        let directory = tempfile::tempdir().expect("a writable directory");
        if let Some(certificates) = &settings.tls {
            certificates.write(directory.path());
        }
        let lines = lines(directory.path(), &port, &settings).join("\n");
        fs::write(directory.path().join("redis.conf"), lines).expect("it is writable");
        let asked = settings.clone();
        let program = Program {
            name: "redis-server",
            command: Box::new(move |directory| {
                let mut command = Command::new(&program);
                command.arg(directory.join("redis.conf")).args(arguments);
                command
            }),
            is_ready: Box::new(move |directory, _| {
                connect(directory, &asked).is_some_and(|mut connection| {
                    ::redis::cmd("PING").exec(&mut connection).is_ok()
                })
            }),
            stop: Signal::TERM,
        };
        Some(Self {
            daemon: Daemon::run(directory, port, program),
            settings,
        })
    }

    /// With the user of the ACL where there is one, else with the password where there is one.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_at(self.address())
    }

    /// As [`url`](Self::url), by way of a proxy.
    #[must_use]
    pub fn url_at(&self, address: SocketAddr) -> String {
        let scheme = match self.settings.tls {
            Some(_) => "rediss",
            None => "redis",
        };
        format!("{scheme}://{}{address}", self.user())
    }

    /// That of the default user, where it asks for one.
    pub(super) fn password(&self) -> Option<&str> {
        self.settings.password.as_deref()
    }

    /// What a URL has before the address.
    pub(super) fn user(&self) -> String {
        match (&self.settings.acl, &self.settings.password) {
            (Some(acl), _) => format!("{}:{}@", acl.user, acl.password),
            (None, Some(password)) => format!(":{password}@"),
            (None, None) => String::new(),
        }
    }

    /// The file of the authority that signs for it, where it takes TLS.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.daemon.directory().join("ca.pem")
    }

    /// A connection of the default user, which blocks. It goes past TCP and TLS.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn admin(&self) -> Connection {
        connect(self.daemon.directory(), &self.settings).expect("it runs")
    }

    /// Asks it as [`admin`](Self::admin), with words that have no space.
    ///
    /// # Panics
    /// When it does not run, or refuses.
    pub fn ask<T: ::redis::FromRedisValue>(&self, command: &str) -> T {
        self.try_ask(command).expect("it answers")
    }

    /// The same of one that may not run, or that cuts off who asks, as one does that is promoted.
    pub(super) fn try_ask<T: ::redis::FromRedisValue>(&self, command: &str) -> Option<T> {
        let mut words = command.split(' ');
        let mut command = ::redis::cmd(words.next().unwrap_or_default());
        for word in words {
            command.arg(word);
        }
        let mut connection = connect(self.daemon.directory(), &self.settings)?;
        command.query(&mut connection).ok()
    }
}

impl Server for Redis {
    fn daemon(&self) -> &Daemon {
        &self.daemon
    }
}

fn connect(directory: &Path, settings: &RedisSettings) -> Option<Connection> {
    let mut user = RedisConnectionInfo::default();
    if let Some(password) = &settings.password {
        user = user.set_password(password);
    }
    let socket = ConnectionAddr::Unix(directory.join("redis.sock"));
    let info = socket.into_connection_info().ok()?;
    let client = Client::open(info.set_redis_settings(user)).ok()?;
    client.get_connection().ok()
}

/// The lines that a Sentinel has, too.
pub(super) fn common(directory: &Path, port: &Port, settings: &RedisSettings) -> Vec<String> {
    let directory = directory.display();
    let number = port.number();
    let mut lines = vec![
        "bind 127.0.0.1".to_owned(),
        format!("unixsocket {directory}/redis.sock"),
        format!("dir {directory}"),
    ];
    lines.extend(match &settings.tls {
        None => vec![format!("port {number}")],
        Some(certificates) => vec![
            format!("port 0\ntls-port {number}\ntls-replication yes\ntls-cluster yes"),
            format!("tls-cert-file {directory}/server.pem"),
            format!("tls-key-file {directory}/server.key"),
            format!("tls-ca-cert-file {directory}/ca.pem"),
            format!(
                "tls-auth-clients {}",
                if certificates.asks_clients() {
                    "yes"
                } else {
                    "no"
                }
            ),
        ],
    });
    if let Some(password) = &settings.password {
        lines.push(format!("requirepass \"{password}\""));
    }
    lines.extend(settings.lines.iter().cloned());
    lines
}

/// The lines that only a server with data has.
fn own(settings: &RedisSettings) -> Vec<String> {
    let (appends, syncs) = match settings.append {
        Append::No => ("no", "no"),
        Append::Always => ("yes", "always"),
        Append::EverySecond => ("yes", "everysec"),
    };
    let mut lines = vec![
        "save \"\"".to_owned(),
        format!("appendonly {appends}\nappendfsync {syncs}"),
        "maxmemory-policy noeviction".to_owned(),
        // A replica is served at once.
        "repl-diskless-sync-delay 0".to_owned(),
    ];
    if let Some(bytes) = settings.max_memory {
        lines.push(format!("maxmemory {bytes}"));
    }
    if let Some(password) = &settings.password {
        lines.push(format!("masterauth \"{password}\""));
    }
    if let Some(acl) = &settings.acl {
        let Acl {
            user,
            password,
            rules,
        } = acl;
        lines.push(format!("user {user} on >{password} {rules}"));
    }
    if let Some(primary) = settings.replica_of {
        lines.push(format!("replicaof {} {}", primary.ip(), primary.port()));
    }
    lines
}
