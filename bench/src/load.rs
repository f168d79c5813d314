//! Clients: as many connections as are wanted on one thread, read whenever there is something to read.
//! They count events by a mark that each of them has once, which costs a fraction of what a server
//! spends on them.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{self, SocketAddr};
use std::thread::sleep;
use std::time::{Duration, Instant};

use memchr::memmem;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use socket2::{Domain, Socket, Type};

use crate::Miss;
use crate::arms::Arm;
use crate::event::MARK;
use crate::instruments::kernel;

/// How long nothing may come where something should.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(crate) struct Clients {
    poll: Poll,
    ready: Events,
    connected: Vec<Client>,
    buffer: Box<[u8]>,
    /// Marks that all of them have seen.
    seen: u64,
    expected: u64,
    answered: usize,
    ended: usize,
}

#[derive(Debug)]
struct Client {
    socket: TcpStream,
    answered: bool,
}

impl Clients {
    /// Connects `number` clients with the same request, and waits until all of them are answered.
    pub(crate) fn connect(
        address: SocketAddr,
        number: usize,
        request: &Request<'_>,
    ) -> Result<Self, Miss> {
        let mut clients = Self {
            poll: Poll::new()?,
            ready: Events::with_capacity(1024),
            connected: Vec::with_capacity(number),
            buffer: vec![0; 256 * 1024].into(),
            seen: 0,
            expected: 0,
            answered: 0,
            ended: 0,
        };
        let request = request.to_string();
        for _ in 0..number {
            let socket = connect(address, None)?;
            socket.set_nonblocking(true)?;
            clients.add(TcpStream::from_std(socket), &request)?;
        }
        clients.read_while(|clients| clients.answered < clients.len())?;
        Ok(clients)
    }

    fn add(&mut self, mut socket: TcpStream, request: &str) -> Result<(), Miss> {
        socket.write_all(request.as_bytes())?;
        let token = Token(self.connected.len());
        self.poll
            .registry()
            .register(&mut socket, token, Interest::READABLE)?;
        self.connected.push(Client {
            socket,
            answered: false,
        });
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.connected.len()
    }

    /// Waits until each client has seen `events` more.
    pub(crate) fn read_events(&mut self, events: u64) -> Result<(), Miss> {
        self.expected += events * self.len() as u64;
        self.read_while(|clients| clients.seen < clients.expected)?;
        if self.seen == self.expected {
            Ok(())
        } else {
            Err(Miss::failed("more events came than were sent"))
        }
    }

    /// Waits until the server has ended every response; how many events came.
    pub(crate) fn read_to_end(&mut self) -> Result<u64, Miss> {
        self.read_while(|clients| clients.ended < clients.len())?;
        Ok(self.seen)
    }

    fn read_while(&mut self, is_waiting: impl Fn(&Self) -> bool) -> Result<(), Miss> {
        let mut last = Instant::now();
        while is_waiting(self) {
            match self.poll.poll(&mut self.ready, Some(PATIENCE)) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            }
            if !self.ready.is_empty() {
                last = Instant::now();
            } else if last.elapsed() >= PATIENCE {
                return Err(Miss::failed("nothing comes from the server"));
            }
            for event in &self.ready {
                let Some(client) = self.connected.get_mut(event.token().0) else {
                    continue;
                };
                loop {
                    match client.socket.read(&mut self.buffer) {
                        Ok(0) => {
                            self.ended += 1;
                            break;
                        }
                        Ok(n) => {
                            let bytes = self.buffer.get(..n).unwrap_or_default();
                            if !client.answered {
                                is_ok(bytes)?;
                                client.answered = true;
                                self.answered += 1;
                            }
                            self.seen += memchr::memchr_iter(MARK, bytes).count() as u64;
                        }
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                        Err(error) => return Err(error.into()),
                    }
                }
            }
        }
        Ok(())
    }
}

/// What a client asks for.
#[derive(Debug, Default)]
pub(crate) struct Request<'a> {
    pub(crate) path: &'a str,
    /// The id that it resumes from.
    pub(crate) after: Option<&'a str>,
}

impl Request<'_> {
    /// For what is published from now on.
    pub(crate) fn live(arm: Arm) -> Self {
        Self {
            path: arm.live(),
            after: None,
        }
    }
}

/// As a browser or a library writes it, of a usual size.
impl fmt::Display for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "GET {} HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\
             cache-control: no-cache\r\nuser-agent: bench\r\nconnection: close\r\n",
            self.path
        )?;
        if let Some(id) = self.after {
            write!(f, "last-event-id: {id}\r\n")?;
        }
        f.write_str("\r\n")
    }
}

/// A client that asks for a stream and never reads it, with as little room for it as there may be.
#[derive(Debug)]
pub(crate) struct Stalled {
    socket: net::TcpStream,
    server: SocketAddr,
}

impl Stalled {
    pub(crate) fn connect(server: SocketAddr, request: &Request<'_>) -> Result<Self, Miss> {
        let mut socket = connect(server, Some(4096))?;
        socket.write_all(request.to_string().as_bytes())?;
        Ok(Self { socket, server })
    }

    /// Bytes that the kernel holds for it on the server's side.
    pub(crate) fn queued(&self) -> Result<u64, Miss> {
        kernel::send_queue(self.server, self.socket.local_addr()?)
    }
}

/// Reads from `server` until the first event is complete, and takes its id: the one to resume from.
/// `publish` is called when the server has answered.
pub(crate) fn id_of_next(
    server: SocketAddr,
    path: &str,
    publish: impl FnOnce() -> Result<(), Miss>,
) -> Result<String, Miss> {
    let mut socket = connect(server, None)?;
    let request = Request { path, after: None };
    socket.write_all(request.to_string().as_bytes())?;
    let mut seen = Vec::new();
    let mut read_until = |is_enough: fn(&[u8]) -> bool| {
        let mut part = [0; 4096];
        while !is_enough(&seen) {
            match socket.read(&mut part)? {
                0 => return Err(Miss::failed("a stream has ended before its first event")),
                n => seen.extend_from_slice(part.get(..n).unwrap_or_default()),
            }
        }
        Ok(seen.clone())
    };
    read_until(|seen| memmem::find(seen, b"\r\n\r\n").is_some())?;
    publish()?;
    let seen = read_until(|seen| {
        let rest = memchr::memchr(MARK, seen).and_then(|at| seen.get(at..));
        rest.is_some_and(|rest| memmem::find(rest, b"\n\n").is_some())
    })?;
    let at = memmem::rfind(&seen, b"\nid: ").map(|at| at + b"\nid: ".len());
    let line = at.and_then(|at| seen.get(at..)?.split(|&b| b == b'\n').next());
    line.map(|id| String::from_utf8_lossy(id).into_owned())
        .ok_or_else(|| Miss::failed("an event has no id"))
}

fn connect(address: SocketAddr, receive_buffer: Option<usize>) -> io::Result<net::TcpStream> {
    let patience = Instant::now() + PATIENCE;
    // Some servers say where they will listen before they do.
    loop {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        if let Some(bytes) = receive_buffer {
            socket.set_recv_buffer_size(bytes)?;
        }
        match socket.connect(&address.into()) {
            Ok(()) => {
                socket.set_read_timeout(Some(PATIENCE))?;
                return Ok(socket.into());
            }
            Err(error) if Instant::now() > patience => return Err(error),
            Err(_) => sleep(Duration::from_millis(10)),
        }
    }
}

fn is_ok(answer: &[u8]) -> Result<(), Miss> {
    if answer.starts_with(b"HTTP/1.1 200 ") {
        Ok(())
    } else {
        let line = answer.split(|&b| b == b'\r').next().unwrap_or_default();
        let line = String::from_utf8_lossy(line);
        Err(Miss::failed(format!("a client was answered `{line}`")))
    }
}
