//! The floor: a socket, a head, and the same bytes written as plainly as can be. What is written for
//! one stream is written when 16 KiB are full; what is published is encoded once, and written to one
//! connection after the other.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use memchr::memmem;
use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::event::{NAME, Quote, Tick};
use crate::instruments::tally::Tallied;
use crate::server::{HISTORY, Publish};

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
    cache-control: no-cache\r\nconnection: close\r\n\r\n";

/// How much is written at once.
const FULL: usize = 16 * 1024;

/// Writes an event as one would by hand, with the one look at the data that keeps a line break from
/// passing for a line of the stream.
pub(crate) fn encode<D: Serialize>(out: &mut Vec<u8>, tick: &Tick<D>) -> io::Result<()> {
    out.extend_from_slice(b"id: ");
    out.extend_from_slice(itoa::Buffer::new().format(tick.id).as_bytes());
    out.extend_from_slice(b"\nevent: ");
    out.extend_from_slice(NAME.as_bytes());
    out.extend_from_slice(b"\ndata: ");
    let start = out.len();
    serde_json::to_writer(&mut *out, &tick.data)?;
    let data = out.get(start..).unwrap_or_default();
    if memchr::memchr2(b'\n', b'\r', data).is_some() {
        return Err(io::Error::other("the data has more than one line"));
    }
    out.extend_from_slice(b"\n\n");
    Ok(())
}

#[derive(Clone, Default)]
pub(crate) struct Sockets {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    connected: Vec<Tallied<TcpStream>>,
    /// What was published last, an element an event.
    history: VecDeque<Vec<u8>>,
    next: u64,
}

impl Sockets {
    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Accepts for ever.
    pub(crate) async fn serve(self, listener: TcpListener) -> io::Result<()> {
        loop {
            let (socket, _) = listener.accept().await?;
            socket.set_nodelay(true)?;
            let sockets = self.clone();
            // A client that goes away is none of the server's business.
            tokio::spawn(async move { sockets.answer(socket).await });
        }
    }

    async fn answer(self, mut socket: TcpStream) -> io::Result<()> {
        let request = read_head(&mut socket).await?;
        let mut socket = Tallied(socket);
        if let Some(events) = number_after(&request, b"events=") {
            return stream(&mut socket, events).await;
        }
        let mut out = HEAD.to_vec();
        if let Some(id) = number_after(&request, b"last-event-id: ") {
            let shared = self.lock();
            let first = shared.next.saturating_sub(shared.history.len() as u64);
            let skip = (id + 1).saturating_sub(Tick::<Quote>::nth(first).id);
            let skip = usize::try_from(skip).unwrap_or(usize::MAX);
            shared
                .history
                .iter()
                .skip(skip)
                .for_each(|event| out.extend_from_slice(event));
        }
        socket.write_all(&out).await?;
        self.lock().connected.push(socket);
        Ok(())
    }
}

impl Publish for Sockets {
    async fn publish(&mut self, events: u64) {
        let mut shared = self.lock();
        let mut batch = Vec::new();
        for _ in 0..events {
            let start = batch.len();
            // A quote is JSON of one line.
            let _ = encode(&mut batch, &Tick::<Quote>::nth(shared.next));
            shared.next += 1;
            if shared.history.len() == HISTORY {
                shared.history.pop_front();
            }
            shared.history.push_back(batch[start..].to_vec());
        }
        // A client that is gone is let go, one that does not read misses what it cannot take.
        shared
            .connected
            .retain(|socket| match socket.try_write(&batch) {
                Ok(_) => true,
                Err(error) => error.kind() == io::ErrorKind::WouldBlock,
            });
    }
}

async fn stream(socket: &mut (impl AsyncWrite + Unpin), events: u64) -> io::Result<()> {
    let mut out = HEAD.to_vec();
    for n in 0..events {
        encode(&mut out, &Tick::<Quote>::nth(n))?;
        if out.len() >= FULL {
            socket.write_all(&out).await?;
            out.clear();
        }
    }
    socket.write_all(&out).await?;
    socket.shutdown().await
}

async fn read_head(socket: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(1024);
    while memmem::find(&head, b"\r\n\r\n").is_none() {
        if socket.read_buf(&mut head).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(head)
}

fn number_after(text: &[u8], key: &[u8]) -> Option<u64> {
    let at = memmem::find(text, key)? + key.len();
    let digits = text.get(at..)?.iter().take_while(|b| b.is_ascii_digit());
    let digits = digits.copied().collect();
    String::from_utf8(digits).ok()?.parse().ok()
}
