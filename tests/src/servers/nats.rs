use std::fs;
use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use super::certificates::Certificates;
use super::daemon::{Daemon, Program, Server};
use super::port::Port;
use crate::program::server;

/// How a NATS server is set up.
#[derive(Clone, Debug, Default)]
pub struct NatsSettings {
    /// The user and the password that it asks for.
    pub user: Option<(String, String)>,
    /// It talks TLS alone.
    pub tls: Option<Certificates>,
    /// Further lines of its configuration.
    pub lines: Vec<String>,
}

/// A private NATS server with JetStream, whose streams may be in files.
#[derive(Debug)]
pub struct Nats {
    daemon: Daemon,
    settings: NatsSettings,
}

impl Nats {
    /// Starts one that answers. Where there is no program, this says `skipped`.
    #[must_use]
    pub fn start(settings: NatsSettings) -> Option<Self> {
        let program = server("SSE_TEST_NATS_SERVER", "nats-server", &["/usr/sbin"])?;
        let port = Port::free();
        let address = port.address();
        let directory = tempfile::tempdir().expect("a writable directory");
        let mut lines = format!(
            "listen: \"{address}\"\njetstream {{ store_dir: \"{}\" }}\n",
            directory.path().join("jetstream").display()
        );
        if let Some((user, password)) = &settings.user {
            lines += &format!("authorization {{ user: \"{user}\", password: \"{password}\" }}\n");
        }
        if let Some(certificates) = &settings.tls {
            certificates.write(directory.path());
            let file = |name| directory.path().join(name);
            let (certificate, key) = (file("server.pem"), file("server.key"));
            let (certificate, key) = (certificate.display(), key.display());
            let clients = match certificates.asks_clients() {
                true => format!(", verify: true, ca_file: \"{}\"", file("ca.pem").display()),
                false => String::new(),
            };
            lines +=
                &format!("tls {{ cert_file: \"{certificate}\", key_file: \"{key}\"{clients} }}\n");
        }
        lines += &settings.lines.join("\n");
        fs::write(directory.path().join("nats.conf"), lines).expect("it is writable");
        let program = Program {
            name: "nats-server",
            command: Box::new(move |directory| {
                let mut command = Command::new(&program);
                command.arg("--config").arg(directory.join("nats.conf"));
                command
            }),
            is_ready: Box::new(move |_, _| greets(address)),
            stop: Signal::TERM,
        };
        Some(Self {
            daemon: Daemon::run(directory, port, program),
            settings,
        })
    }

    /// With user and password where it asks for them.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_at(self.address())
    }

    /// As [`url`](Self::url), by way of a proxy.
    #[must_use]
    pub fn url_at(&self, address: SocketAddr) -> String {
        match &self.settings.user {
            Some((user, password)) => format!("nats://{user}:{password}@{address}"),
            None => format!("nats://{address}"),
        }
    }
}

impl Server for Nats {
    fn daemon(&self) -> &Daemon {
        &self.daemon
    }
}

/// Whether it says who it is, as it does once JetStream has what is in its files.
fn greets(address: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else {
        return false;
    };
    let mut beginning = [0; 5];
    stream
        .set_read_timeout(Some(Duration::from_secs(1)))
        .and_then(|()| stream.read_exact(&mut beginning))
        .is_ok_and(|()| &beginning == b"INFO ")
}
