//! P1 on the path of a client: from the socket to the events.

use std::hint::black_box;

use bytes::Bytes;
use eventsource_stream::Eventsource;
use futures::StreamExt;
use sse_runtime::client::Client;
use tokio::runtime::{Builder, Runtime};

use super::decoding::{self, read_by_decoder, scan};
use super::{Extent, Figure, Judged, Row, Target};
use crate::Miss;
use crate::arms::Arm;
use crate::instruments::cpu;
use crate::instruments::paired::{Contest, Paired};
use crate::machine::Machine;
use crate::process::{Build, Server};

/// Those who read a stream.
const ARMS: [Arm; 3] = [Arm::Common, Arm::Raw, Arm::Ours];

pub(super) const P1_CLIENT: Figure = Figure {
    id: "P1",
    method: "paired: CPU time of the thread of a client that reads 1 000 000 events of 122 bytes over \
             loopback, median of 9 rounds. All read what `reqwest` delivers: raw looks for line ends in it, \
             the common practice is the crate `eventsource-stream` 0.2, ours is \
             `client::EventStream::next_with`. And the decoder alone, as above, in the chunks that \
             `reqwest` has delivered",
    remains: "",
    is_exact: false,
    measure: |machine, extent| {
        let decoder = Row::new(
            "P1",
            "throughput of the decoder in the chunks that `reqwest` delivers, GB/s",
            Judged::Ratio(Arm::Ours, Arm::Raw, Target::AtLeast(0.8)),
        );
        let client = Row::new(
            "P1",
            "throughput of a client, GB/s",
            Judged::Ratio(Arm::Ours, Arm::Raw, Target::AtLeast(0.8)),
        );
        match Receiver::start(machine) {
            Ok(receiver) => vec![
                receiver.delivered(decoder, extent),
                client.with_paired(&receiver.contest()),
            ],
            Err(miss) => [decoder, client]
                .map(|row| row.each(extent, [Arm::Ours], |_| Err(miss.clone())))
                .into(),
        }
    },
};

/// A server that streams, and what a client of it needs.
struct Receiver {
    _server: Server,
    runtime: Runtime,
    url: String,
    http: reqwest::Client,
    client: Client,
}

const EVENTS: usize = 1_000_000;
const EVENT: usize = 122;

impl Receiver {
    fn start(machine: &Machine) -> Result<Self, Miss> {
        let server = Server::start(machine, Arm::Ours, Build::Plain)?;
        Ok(Self {
            runtime: Builder::new_current_thread().enable_all().build()?,
            url: format!("http://{}/stream?events=", server.address()),
            http: reqwest::Client::new(),
            client: Client::new(),
            _server: server,
        })
    }

    /// The decoder and a scan, over chunks as they came.
    fn delivered(&self, row: Row, extent: Extent) -> Row {
        let events = decoding::SIZE / EVENT;
        let chunks = self.runtime.block_on(async {
            let mut stream = self.bytes(events).await?;
            let mut chunks = Vec::new();
            while let Some(chunk) = stream.next().await {
                chunks.push(chunk?);
            }
            Ok::<_, reqwest::Error>(chunks)
        });
        match chunks {
            Ok(chunks) => {
                let mut arms = Contest::new([Arm::Raw, Arm::Ours], |arm| match arm {
                    Arm::Raw => Ok(scan as decoding::Reader),
                    _ => Ok(read_by_decoder),
                });
                row.with_paired(&arms.run(|read| decoding::throughput(*read, &chunks, events)))
            }
            Err(error) => row.each(extent, [Arm::Ours], |_| Err(failed(&error))),
        }
    }

    fn contest(&self) -> Paired {
        let mut arms = Contest::new(ARMS, Ok);
        arms.run(|arm| {
            let before = cpu::of_thread()?;
            let seen = self.runtime.block_on(self.read(*arm))?;
            let spent = cpu::of_thread()? - before;
            if seen == EVENTS {
                Ok((EVENTS * EVENT) as f64 / spent.as_nanos() as f64)
            } else {
                Err(Miss::failed(format!("{seen} of {EVENTS} events came")))
            }
        })
    }

    /// How many events one of them sees.
    async fn read(&self, arm: Arm) -> Result<usize, Miss> {
        match arm {
            Arm::Raw => {
                let mut stream = self.bytes(EVENTS).await.map_err(|error| failed(&error))?;
                let mut ends = 0;
                while let Some(chunk) = stream.next().await {
                    let chunk = chunk.map_err(|error| failed(&error))?;
                    ends += decoding::ends(&chunk);
                }
                Ok(ends / decoding::ENDS)
            }
            Arm::Common => {
                let stream = self.bytes(EVENTS).await.map_err(|error| failed(&error))?;
                let events = stream.eventsource();
                let seen = events.fold(0, |seen, event| async move {
                    black_box(event.is_ok());
                    seen + 1
                });
                Ok(seen.await)
            }
            _ => {
                let request = self.client.get(format!("{}{EVENTS}", self.url));
                let mut events = request.map_err(|error| failed(&error))?.stream();
                let mut seen = 0;
                while seen < EVENTS {
                    let next = events.next_with(|event| {
                        black_box((event.event(), event.data()));
                    });
                    match next.await {
                        Some(Ok(())) => seen += 1,
                        Some(Err(error)) => return Err(failed(&error)),
                        None => break,
                    }
                }
                Ok(seen)
            }
        }
    }

    /// The bytes of a stream of so many events.
    async fn bytes(
        &self,
        events: usize,
    ) -> Result<impl futures::Stream<Item = reqwest::Result<Bytes>> + use<>, reqwest::Error> {
        let request = self.http.get(format!("{}{events}", self.url));
        Ok(request.send().await?.bytes_stream())
    }
}

fn failed(error: &dyn std::error::Error) -> Miss {
    Miss::failed(error.to_string())
}
