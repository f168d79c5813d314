//! This machine, as far as figures depend on it: which CPUs there are for whom, how many files may be
//! open, what is installed.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Miss;
use crate::instruments::cpu::Cpus;
use crate::instruments::kernel;

/// How many connections a fan-out has.
const CONNECTIONS: u64 = 1_000;

/// How many servers have all their connections at the same time.
const SERVERS: u64 = 8;

/// Where Debian's package libnginx-mod-nchan puts it.
const NCHAN: [&str; 1] = ["/usr/lib/nginx/modules/ngx_nchan_module.so"];

/// Where Debian's package libjemalloc2 puts it.
const JEMALLOC: [&str; 2] = [
    "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2",
    "/usr/lib/aarch64-linux-gnu/libjemalloc.so.2",
];

#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) cpus: Cpus,
    /// How many connections a fan-out has here.
    pub(crate) connections: usize,
    scratch: PathBuf,
    valgrind: Option<PathBuf>,
    nginx: Option<PathBuf>,
    nchan: Option<&'static Path>,
    jemalloc: Option<&'static Path>,
}

impl Machine {
    /// Makes this process the client that it is in every figure.
    pub(crate) fn prepare() -> Result<Self, Miss> {
        let scratch = env::temp_dir().join(format!("bench-{}", std::process::id()));
        fs::create_dir_all(&scratch)?;
        let files = kernel::raise_file_limit()?;
        let connections = CONNECTIONS.min(files / SERVERS);
        Ok(Self {
            cpus: Cpus::divide()?,
            connections: usize::try_from(connections).unwrap_or(usize::MAX),
            scratch,
            valgrind: find("valgrind"),
            nginx: find("nginx"),
            nchan: first_file(&NCHAN),
            jemalloc: first_file(&JEMALLOC),
        })
    }

    /// A directory that goes away with this value.
    pub(crate) fn scratch(&self) -> &Path {
        &self.scratch
    }

    pub(crate) fn valgrind(&self) -> Result<&Path, Miss> {
        installed(self.valgrind.as_deref(), "valgrind")
    }

    pub(crate) fn nginx(&self) -> Result<&Path, Miss> {
        installed(self.nginx.as_deref(), "nginx")
    }

    pub(crate) fn nchan(&self) -> Result<&Path, Miss> {
        installed(self.nchan, "libnginx-mod-nchan")
    }

    pub(crate) fn jemalloc(&self) -> Result<&Path, Miss> {
        installed(self.jemalloc, "libjemalloc2")
    }
}

fn installed<'a>(file: Option<&'a Path>, package: &str) -> Result<&'a Path, Miss> {
    file.ok_or_else(|| Miss::skipped(format!("{package} is not installed")))
}

impl Drop for Machine {
    fn drop(&mut self) {
        // What is left behind is in the directory for temporary files.
        let _ = fs::remove_dir_all(&self.scratch);
    }
}

fn find(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|directory| directory.join(program))
        .find(|file| file.is_file())
}

fn first_file(paths: &[&'static str]) -> Option<&'static Path> {
    paths
        .iter()
        .map(|path| Path::new(*path))
        .find(|path| path.is_file())
}
