//! A server process, seen from the one that measures.

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::Miss;
use crate::arms::{Arm, nchan};
use crate::instruments::callgrind;
use crate::instruments::tally::Counts;
use crate::machine::Machine;

/// How a server process is started.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Build<'a> {
    /// As it is.
    Plain,
    /// Counting what it allocates and writes.
    Counted,
    /// Counting its instructions into a file.
    Callgrind(&'a Path),
    /// With the allocator of a library that is loaded first.
    Preloaded(&'a Path),
}

/// How long a server may take for anything it is asked to do.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process that serves one arm. It ends with this value.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    control: Option<Control>,
}

/// How it is told to publish.
#[derive(Debug)]
enum Control {
    Own(BufReader<TcpStream>),
    Nchan(nchan::Publisher),
}

impl Server {
    pub(crate) fn start(machine: &Machine, arm: Arm, build: Build<'_>) -> Result<Self, Miss> {
        match arm {
            Arm::Nchan => Self::start_nginx(machine, build),
            _ => Self::start_own(machine, arm, build),
        }
    }

    fn start_own(machine: &Machine, arm: Arm, build: Build<'_>) -> Result<Self, Miss> {
        let program = match build {
            Build::Counted => counting_program()?,
            _ => this_program()?,
        };
        let mut command = command(machine, &program, build)?;
        command.args(["serve", arm.name()]).stdout(Stdio::piped());
        let mut server = Self::spawn(machine, &mut command, SocketAddr::from(([0; 4], 0)))?;
        let mut ports = String::new();
        if let Some(stdout) = server.child.stdout.take() {
            BufReader::new(stdout).read_line(&mut ports)?;
        }
        let mut ports = ports.split_whitespace().map(str::parse);
        let (Some(Ok(http)), Some(Ok(control))) = (ports.next(), ports.next()) else {
            return Err(Miss::failed(format!("the server of {arm} did not start")));
        };
        server.address = SocketAddr::from(([127, 0, 0, 1], http));
        let control = connect(SocketAddr::from(([127, 0, 0, 1], control)))?;
        server.control = Some(Control::Own(BufReader::new(control)));
        Ok(server)
    }

    fn start_nginx(machine: &Machine, build: Build<'_>) -> Result<Self, Miss> {
        let nginx = nchan::Nginx::prepare(machine)?;
        let mut command = command(machine, &nginx.program, build)?;
        command.args(&nginx.arguments);
        let mut server = Self::spawn(machine, &mut command, nginx.address)?;
        let control = connect(nginx.address)?;
        server.control = Some(Control::Nchan(nchan::Publisher::new(control)));
        Ok(server)
    }

    fn spawn(machine: &Machine, command: &mut Command, address: SocketAddr) -> Result<Self, Miss> {
        let child = command.stdin(Stdio::null()).spawn()?;
        let server = Self {
            child,
            address,
            control: None,
        };
        machine.cpus.pin_server(server.pid())?;
        Ok(server)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Publishes a batch of `events`.
    pub(crate) fn publish(&mut self, events: u64) -> Result<(), Miss> {
        match &mut self.control {
            Some(Control::Own(control)) => {
                control
                    .get_mut()
                    .write_all(format!("{events}\n").as_bytes())?;
            }
            Some(Control::Nchan(publisher)) => publisher.publish(events)?,
            None => {}
        }
        Ok(())
    }

    /// What it has counted so far.
    pub(crate) fn counts(&mut self) -> Result<Counts, Miss> {
        let Some(Control::Own(control)) = &mut self.control else {
            return Err(Miss::skipped("nginx counts nothing"));
        };
        control.get_mut().write_all(b"count\n")?;
        let mut line = String::new();
        control.read_line(&mut line)?;
        line.parse().map_err(Miss::Failed)
    }

    /// Lets it end by itself, as its instruments write down what they saw then.
    pub(crate) fn stop(mut self) -> Result<(), Miss> {
        match self.control.take() {
            Some(Control::Own(control)) => {
                control.get_ref().shutdown(Shutdown::Both)?;
                let status = self.child.wait()?;
                if !status.success() {
                    return Err(Miss::failed(format!("a server ended with {status}")));
                }
            }
            Some(Control::Nchan(_)) => {
                let pid = i32::try_from(self.pid()).map_err(io::Error::other)?;
                kill(Pid::from_raw(pid), Signal::SIGQUIT).map_err(io::Error::from)?;
                // As a single process, nginx with this version of nchan frees something twice on its
                // way out, and aborts. It has done its work by then.
                self.child.wait()?;
            }
            None => {}
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail where it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(machine: &Machine, program: &Path, build: Build<'_>) -> Result<Command, Miss> {
    match build {
        Build::Plain | Build::Counted => Ok(Command::new(program)),
        Build::Callgrind(out) => callgrind::command(machine, program, out),
        Build::Preloaded(library) => {
            let mut command = Command::new(program);
            command.env("LD_PRELOAD", library);
            Ok(command)
        }
    }
}

/// Connects to a server that may not listen yet.
fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let patience = Instant::now() + PATIENCE;
    let connection = loop {
        match TcpStream::connect(address) {
            Ok(connection) => break connection,
            Err(error) if Instant::now() > patience => return Err(error),
            Err(_) => sleep(Duration::from_millis(10)),
        }
    };
    connection.set_nodelay(true)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    Ok(connection)
}

pub(crate) fn this_program() -> Result<PathBuf, Miss> {
    Ok(env::current_exe()?)
}

/// The same program with a counting heap, which is built beside it.
pub(crate) fn counting_program() -> Result<PathBuf, Miss> {
    let program = this_program()?.with_file_name("bench-counted");
    if program.is_file() {
        Ok(program)
    } else {
        Err(Miss::failed(
            "there is no `bench-counted` beside `bench`; build the package as a whole",
        ))
    }
}
