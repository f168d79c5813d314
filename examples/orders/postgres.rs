//! The database: one that is given, or one of this example's own.

use std::env;
use std::fs;
use std::io;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use tokio::time::sleep;

use crate::{DATABASE_URL, Failed};

/// How long Postgres may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who runs Postgres in the place of root, whom it refuses. Packages make this user.
const USER: &str = "postgres";

/// Where packages have programs that are not on the PATH: in a directory of their version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// Runs a program until the input of this ends: that is with the process which has started it, however
/// that ends.
const UNTIL_INPUT_ENDS: &str = r#""$0" "$@" & read -r _; kill -INT $!; wait"#;

const MISSING: &str = "there is no `initdb` on the PATH or below /usr/lib/postgresql: install \
    PostgreSQL 14 or newer (on Debian `apt install postgresql`), or name a database by \
    DATABASE_URL, as in `postgres://user@127.0.0.1/database`";

pub(crate) struct Postgres {
    /// May hold a password, so nobody prints it but of an own one.
    pub(crate) url: String,
    own: Option<Own>,
}

struct Own {
    process: Child,
    /// Removed after the process has ended.
    _directory: TempDir,
}

impl Postgres {
    /// That of the environment, else one of its own.
    pub(crate) async fn find() -> Result<Self, Failed> {
        match env::var(DATABASE_URL) {
            Ok(url) => Ok(Self { url, own: None }),
            Err(_) => Self::start().await,
        }
    }

    pub(crate) fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// It listens on a socket in a directory that is open to nobody else.
    async fn start() -> Result<Self, Failed> {
        let initdb = find_initdb().ok_or(MISSING)?;
        let directory = tempfile::Builder::new().prefix("orders-").tempdir()?;
        let user = substitute()?;
        if let Some((uid, gid)) = user {
            chown(directory.path(), Some(uid), Some(gid))?;
        }
        let data = directory.path().join("data");

        let laid_out = command(&initdb, directory.path(), user)
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8"])
            .args(["--locale=C", "--no-sync", "--pgdata"])
            .arg(&data)
            .output()?;
        if !laid_out.status.success() {
            let why = String::from_utf8_lossy(&laid_out.stderr).into_owned();
            return Err(format!("`{}`: {why}", initdb.display()).into());
        }
        let process = command(Path::new("sh"), directory.path(), user)
            .args(["-c", UNTIL_INPUT_ENDS])
            .arg(initdb.with_file_name("postgres"))
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-k"])
            .arg(directory.path())
            .arg("-D")
            .arg(&data)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(fs::File::create(directory.path().join("log"))?)
            // Apart from what Ctrl-C in a terminal reaches: the shop needs it to its end.
            .process_group(0)
            .spawn()?;
        let socket = directory.path().display();
        let postgres = Self {
            url: format!("postgres:///postgres?host={socket}&user=postgres"),
            own: Some(Own {
                process,
                _directory: directory,
            }),
        };
        let start = Instant::now();
        while let Err(error) = PgConnection::connect(&postgres.url).await {
            if start.elapsed() > PATIENCE {
                return Err(format!("`postgres` does not answer: {error}").into());
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(postgres)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // It is told to end, and nobody needs to know how it did.
        let _ = self.process.wait();
    }
}

fn command(program: &Path, directory: &Path, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(directory);
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command
}

/// On the PATH, else of the newest version that is installed.
fn find_initdb() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).map(|directory| directory.join("initdb"));
    let installed = fs::read_dir(VERSIONS).into_iter().flatten().flatten();
    let mut installed: Vec<_> = installed.map(|version| version.path()).collect();
    installed.sort_by_key(|version| version.as_os_str().len());
    let installed = installed.iter().rev().map(|it| it.join("bin/initdb"));
    on_path.chain(installed).find(|program| program.is_file())
}

/// The user and the group who run Postgres, where this is run by root.
fn substitute() -> io::Result<Option<(u32, u32)>> {
    let id = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let unknown = |_| io::Error::other(format!("there is no user `{USER}` to run Postgres"));
        text.trim().parse::<u32>().map_err(unknown)
    };
    match id(&["-u"])? {
        0 => Ok(Some((id(&["-u", USER])?, id(&["-g", USER])?))),
        _ => Ok(None),
    }
}
