//! A server process, seen from the one that measures.

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
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
        let mut command = own_command(machine, build)?;
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

/// A command for this program, or for the one that counts, which is built beside it.
pub(crate) fn own_command(machine: &Machine, build: Build<'_>) -> Result<Command, Miss> {
    let this = env::current_exe()?;
    let counting = this.with_file_name("bench-counted");
    match build {
        Build::Counted if !counting.is_file() => Err(Miss::failed(
            "there is no `bench-counted` beside `bench`; build the package as a whole",
        )),
        Build::Counted => command(machine, &counting, build),
        _ => command(machine, &this, build),
    }
}

/// A command for `program` that ends with this process, however that ends.
fn command(machine: &Machine, program: &Path, build: Build<'_>) -> Result<Command, Miss> {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    match build {
        Build::Plain | Build::Counted => {}
        Build::Callgrind(out) => {
            command.args(callgrind::words(machine, out)?);
            // It warns of what it does not know of a program.
            command.stderr(Stdio::null());
        }
        Build::Preloaded(library) => {
            command.env("LD_PRELOAD", library);
        }
    }
    command.arg(program);
    Ok(command)
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
