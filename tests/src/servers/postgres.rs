use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Display, Path, PathBuf};
use std::process::Command;

use rustix::process::{Signal, getuid};

use super::certificates::Certificates;
use super::daemon::{Daemon, Program, Server};
use super::disk::Disk;
use super::port::Port;
use crate::program::server;

/// Who runs it where the test is run by root, whom it refuses. Debian's package makes this user.
const USER: &str = "postgres";

/// How a Postgres is set up.
#[derive(Clone, Debug, Default)]
pub struct PostgresSettings {
    /// Whether it waits for the disk. No end of a process needs it, only that of a machine.
    pub fsync: bool,
    /// The password that it asks for.
    pub password: Option<String>,
    /// That it takes TLS, too, and how it proves who it is.
    pub tls: Option<Certificates>,
    /// Further lines of its configuration.
    pub lines: Vec<String>,
}

/// A private Postgres, with one database, `postgres`, and one user of the same name who may all.
#[derive(Debug)]
pub struct Postgres {
    daemon: Daemon,
    settings: PostgresSettings,
}

impl Postgres {
    /// Starts one that answers. Where there is no program, this says `skipped`.
    ///
    /// # Panics
    /// When its data cannot be laid out.
    #[must_use]
    pub fn start(settings: PostgresSettings) -> Option<Self> {
        let program = program()?;
        let port = Port::free();
        let directory = tempfile::tempdir().expect("a writable directory");
        give(directory.path());
        let mut initdb = unprivileged(&program.with_file_name("initdb"), directory.path());
        initdb
            .args(["--pgdata=data", "--username=postgres", "--encoding=UTF8"])
            .args(["--locale=C", "--no-sync"]);
        match &settings.password {
            Some(password) => {
                let file = directory.path().join("password");
                fs::write(&file, password).expect("it is writable");
                give(&file);
                initdb.args(["--auth=scram-sha-256", "--pwfile=password"]);
            }
            None => {
                initdb.arg("--auth=trust");
            }
        }
        done(&mut initdb);
        if let Some(certificates) = &settings.tls {
            certificates.write(directory.path());
            give(&directory.path().join("server.key"));
        }
        configure(&settings, directory.path(), &port);
        Some(Self {
            daemon: run(program, directory, port),
            settings,
        })
    }

    /// Starts a server that follows this one and can be read: until it is promoted (`pg_promote()`), when
    /// it may be written to and follows nobody.
    ///
    /// # Panics
    /// When this one does not answer.
    #[must_use]
    pub fn standby(&self) -> Self {
        let program = program().expect("it runs this one");
        let port = Port::free();
        let directory = tempfile::tempdir().expect("a writable directory");
        give(directory.path());
        // Beside the program itself, of which there may be a link on the path.
        let itself = program.canonicalize().expect("it is there");
        let mut copy = unprivileged(&itself.with_file_name("pg_basebackup"), directory.path());
        copy.args([
            "--pgdata=data",
            "--write-recovery-conf",
            "--no-sync",
            "--checkpoint=fast",
        ])
        .arg(format!("--dbname={}", self.url()));
        done(&mut copy);
        configure(&self.settings, directory.path(), &port);
        Self {
            daemon: run(program, directory, port),
            settings: self.settings.clone(),
        }
    }

    /// Gives it a disk: the place of a table space.
    #[must_use]
    pub fn place_on<'a>(&self, disk: &'a Disk) -> Display<'a> {
        give(disk.path());
        disk.path().display()
    }

    /// With the password where it asks for one.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_at(self.address())
    }

    /// As [`url`](Self::url), by way of a proxy.
    #[must_use]
    pub fn url_at(&self, address: SocketAddr) -> String {
        match &self.settings.password {
            Some(password) => format!("postgres://postgres:{password}@{address}/postgres"),
            None => format!("postgres://postgres@{address}/postgres"),
        }
    }
}

impl Server for Postgres {
    fn daemon(&self) -> &Daemon {
        &self.daemon
    }
}

fn program() -> Option<PathBuf> {
    // The newest of what Debian's packages bring.
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut versions: Vec<_> = versions
        .flatten()
        .map(|version| version.path().join("bin").display().to_string())
        .collect();
    versions.sort_by_key(|path| (path.len(), path.clone()));
    versions.reverse();
    let places: Vec<_> = versions.iter().map(String::as_str).collect();
    server("SSE_TEST_POSTGRES", "postgres", &places)
}

fn run(program: PathBuf, directory: tempfile::TempDir, port: Port) -> Daemon {
    Daemon::run(
        directory,
        port,
        Program {
            name: "postgres",
            command: Box::new(move |directory| {
                let mut command = unprivileged(&program, directory);
                command.args(["-D", "data"]);
                command
            }),
            is_ready: Box::new(|directory, id| {
                // What `pg_ctl` waits for, too: the number of the process in the first line, as the
                // file of one that was killed stays, and the eighth.
                let file = fs::read_to_string(directory.join("data/postmaster.pid"));
                file.is_ok_and(|file| {
                    let mut lines = file.lines().map(str::trim);
                    lines.next() == Some(id.as_raw_pid().to_string().as_str())
                        && lines.nth(6) == Some("ready")
                })
            }),
            // The "fast" one of its ways to end: it does not wait for those who are connected.
            stop: Signal::INT,
        },
    )
}

fn configure(settings: &PostgresSettings, directory: &Path, port: &Port) {
    let file = directory.join("data/postgresql.conf");
    let fsync = if settings.fsync { "on" } else { "off" };
    let mut lines = fs::read_to_string(&file).expect("it was laid out");
    lines += &format!(
        "listen_addresses = '127.0.0.1'\nport = {}\nunix_socket_directories = ''\nfsync = {fsync}\n",
        port.number()
    );
    if let Some(certificates) = &settings.tls {
        lines += "ssl = on\nssl_cert_file = '../server.pem'\nssl_key_file = '../server.key'\n";
        if certificates.asks_clients() {
            lines += "ssl_ca_file = '../ca.pem'\n";
            let clients = "hostssl all all all trust clientcert=verify-ca\n";
            fs::write(directory.join("data/pg_hba.conf"), clients).expect("it is writable");
        }
    }
    lines += &settings.lines.join("\n");
    lines.push('\n');
    fs::write(file, lines).expect("it is writable");
}

/// A command in a directory, by a user whom Postgres lets run it.
pub(super) fn unprivileged(program: &Path, directory: &Path) -> Command {
    let mut command = if getuid().is_root() {
        let mut command = Command::new("setpriv");
        command
            .arg(format!("--reuid={USER}"))
            .arg(format!("--regid={USER}"))
            .args(["--clear-groups", "--"])
            .arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(directory);
    command
}

/// Gives a file to the user who runs Postgres, and to nobody else.
pub(super) fn give(file: &Path) {
    if file.is_file() {
        let alone = fs::Permissions::from_mode(0o600);
        fs::set_permissions(file, alone).expect("it is ours");
    }
    if getuid().is_root() {
        let id = |which: &str| {
            let output = Command::new("id").args([which, USER]).output();
            let output = output.expect("`id` runs").stdout;
            let id = String::from_utf8_lossy(&output);
            id.trim().parse().expect("there is a user `postgres`")
        };
        chown(file, Some(id("-u")), Some(id("-g"))).expect("root may");
    }
}

fn done(command: &mut Command) {
    let output = command.output().expect("it starts");
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
