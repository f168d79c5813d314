//! P1: what a client needs to read a stream.

use std::hint::black_box;

use bytes::Bytes;
use eventsource_stream::Eventsource;
use futures::executor::block_on;
use futures::{StreamExt, stream};
use sse_runtime::wire::{Decoder, Item};

use super::{Figure, Judged, Row, Target};
use crate::Miss;
use crate::arms::{Arm, raw};
use crate::event::{Quote, Tick};
use crate::instruments::cpu;
use crate::instruments::paired::Contest;

pub(super) const P1: Figure = Figure {
    id: "P1",
    method: "paired: CPU time of the thread for 8 MB of events of 122 bytes in chunks of 16 KiB, median of \
             9 rounds. Raw is `memchr2_iter` over the same chunks; the common practice is the crate \
             `eventsource-stream` 0.2",
    remains: "the decoder is bound by how many instructions the core executes at a time, raw by how long each \
              takes: where another thread shares the core, the decoder loses more",
    is_exact: false,
    measure: |_, extent| {
        let row = Row::new(
            "P1",
            "throughput of the decoder to `&str`, GB/s",
            Judged::Ratio(Arm::Ours, Arm::Raw, Target::AtLeast(0.8)),
        );
        vec![match corpus() {
            Ok((chunks, events)) => {
                let mut arms = Contest::new([Arm::Common, Arm::Raw, Arm::Ours], reader);
                row.with_paired(&arms.run(|read| throughput(*read, &chunks, events)))
            }
            Err(miss) => row.each(extent, [Arm::Ours], |_| Err(miss.clone())),
        }]
    },
};

/// Finds the events in chunks of a stream.
pub(super) type Reader = fn(&[Bytes]) -> usize;

fn reader(arm: Arm) -> Result<Reader, Miss> {
    match arm {
        Arm::Common => Ok(read_by_eventsource_stream),
        Arm::Raw => Ok(scan),
        _ => Ok(read_by_decoder),
    }
}

pub(super) const SIZE: usize = 8 << 20;
const CHUNK: usize = 16 << 10;

/// Bytes a nanosecond.
pub(super) fn throughput(read: Reader, chunks: &[Bytes], events: usize) -> Result<f64, Miss> {
    let before = cpu::of_thread()?;
    let found = black_box(read(chunks));
    let spent = cpu::of_thread()? - before;
    if found == events {
        Ok(SIZE as f64 / spent.as_nanos() as f64)
    } else {
        Err(Miss::failed(format!(
            "{found} of {events} events were found"
        )))
    }
}

fn corpus() -> Result<(Vec<Bytes>, usize), Miss> {
    let mut corpus = Vec::with_capacity(SIZE + 1024);
    let mut events = 0;
    while corpus.len() < SIZE {
        raw::encode(&mut corpus, &Tick::<Quote>::nth(events as u64))?;
        events += 1;
    }
    let corpus = Bytes::from(corpus);
    let chunks = (0..corpus.len()).step_by(CHUNK);
    let chunks = chunks.map(|at| corpus.slice(at..corpus.len().min(at + CHUNK)));
    Ok((chunks.collect(), events))
}

/// Line ends of an event of the corpus.
pub(super) const ENDS: usize = 4;

pub(super) fn scan(chunks: &[Bytes]) -> usize {
    chunks.iter().map(|chunk| ends(chunk)).sum::<usize>() / ENDS
}

/// How many lines end in `text`, each of which is looked at.
pub(super) fn ends(text: &[u8]) -> usize {
    memchr::memchr2_iter(b'\n', b'\r', text).fold(0, |ends, at| {
        black_box(at);
        ends + 1
    })
}

pub(super) fn read_by_decoder(chunks: &[Bytes]) -> usize {
    let mut decoder = Decoder::new();
    let mut events = 0;
    for chunk in chunks {
        decoder.push(chunk.clone());
        while let Ok(Some(item)) = decoder.next_item() {
            if let Item::Message(message) = item {
                black_box((message.event(), message.data()));
                events += 1;
            }
        }
    }
    events
}

fn read_by_eventsource_stream(chunks: &[Bytes]) -> usize {
    let chunks = chunks.iter().cloned().map(Ok::<_, std::io::Error>);
    let events = stream::iter(chunks).eventsource();
    block_on(events.fold(0, |events, event| async move {
        black_box(event.is_ok());
        events + 1
    }))
}
