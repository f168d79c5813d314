use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;

use rustix::process::Signal;

use super::daemon::{Daemon, Program, Server};
use super::port::Port;
use super::postgres::{Postgres, give, unprivileged};
use crate::program::server;

/// How long a connection to the server belongs to one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolMode {
    /// As long as the client is connected.
    Session,
    /// As long as its transaction.
    Transaction,
}

/// A private pgbouncer in front of a Postgres.
#[derive(Debug)]
pub struct PgBouncer {
    daemon: Daemon,
}

impl PgBouncer {
    /// Starts one that lets in whoever asks. Where there is no program, this says `skipped`.
    ///
    /// # Panics
    /// When its configuration cannot be written.
    #[must_use]
    pub fn start(before: &Postgres, mode: PoolMode) -> Option<Self> {
        let program = server("SSE_TEST_PGBOUNCER", "pgbouncer", &["/usr/sbin"])?;
        let port = Port::free();
        let directory = tempfile::tempdir().expect("a writable directory");
        give(directory.path());
        configure(directory.path(), before.address(), port.address(), mode);
        let address = port.address();
        let program = Program {
            name: "pgbouncer",
            command: Box::new(move |directory| {
                let mut command = unprivileged(&program, directory);
                command.arg("pgbouncer.ini");
                command
            }),
            is_ready: Box::new(move |_, _| TcpStream::connect(address).is_ok()),
            // It does not wait for those who are connected.
            stop: Signal::TERM,
        };
        Some(Self {
            daemon: Daemon::run(directory, port, program),
        })
    }

    /// Of the database behind it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@{}/postgres", self.address())
    }
}

impl Server for PgBouncer {
    fn daemon(&self) -> &Daemon {
        &self.daemon
    }
}

fn configure(directory: &Path, server: SocketAddr, own: SocketAddr, mode: PoolMode) {
    let (host, port) = (server.ip(), server.port());
    let (own_host, own_port) = (own.ip(), own.port());
    let mode = match mode {
        PoolMode::Session => "session",
        PoolMode::Transaction => "transaction",
    };
    let lines = format!(
        "[databases]\npostgres = host={host} port={port} user=postgres\n\
         [pgbouncer]\nlisten_addr = {own_host}\nlisten_port = {own_port}\nunix_socket_dir =\n\
         auth_type = any\npool_mode = {mode}\nserver_login_retry = 0.1\n"
    );
    fs::write(directory.join("pgbouncer.ini"), lines).expect("it is writable");
}
