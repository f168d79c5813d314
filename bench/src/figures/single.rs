//! S1, S2, S3: one stream, as fast as it goes.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{Figure, Judged, Row, Target};
use crate::Miss;
use crate::arms::Arm;
use crate::instruments::callgrind::{self, slope};
use crate::instruments::cpu;
use crate::instruments::paired::Contest;
use crate::load::{Clients, Request};
use crate::machine::Machine;
use crate::process::{Build, Server};

/// Those who serve a stream of a request's own.
const ARMS: [Arm; 3] = [Arm::Common, Arm::Raw, Arm::Ours];

pub(super) const S1: Figure = Figure {
    id: "S1",
    method: "callgrind: a server process that sends a stream to one client over loopback. Raw encodes by \
             hand into a buffer and writes it when 16 KiB are full",
    remains: "",
    is_exact: true,
    measure: |machine, extent| {
        let row = Row::new(
            "S1",
            "instructions of the server per event of one stream",
            Judged::Ratio(Arm::Ours, Arm::Raw, Target::AtMost(1.05)),
        );
        vec![row.each(extent, ARMS, |arm| instructions(machine, arm))]
    },
};

fn instructions(machine: &Machine, arm: Arm) -> Result<f64, Miss> {
    let run = |events| {
        callgrind::count(machine, |out| {
            let server = Server::start(machine, arm, Build::Callgrind(out))?;
            stream(&server, events)?;
            server.stop()
        })
    };
    slope(run, 20_000)
}

pub(super) const S2: Figure = Figure {
    id: "S2",
    method: "paired: CPU time of the server process for a stream of 400 000 events, the arms in turn, \
             median of 9 rounds. The server is the bottleneck, so events a second are the inverse of it",
    remains: "the raw loop is not 8 times as fast as axum here either. Most of what it and ours spend is the JSON",
    is_exact: false,
    measure: |machine, _| {
        let row = Row::new(
            "S2",
            "CPU time of the server per event of one stream, ns",
            Judged::Ratio(Arm::Common, Arm::Ours, Target::AtLeast(8.0)),
        );
        let mut arms = Contest::new(ARMS, |arm| Server::start(machine, arm, Build::Plain));
        vec![row.with_paired(&arms.run(|server| cpu_per_event(server)))]
    },
};

fn cpu_per_event(server: &Server) -> Result<f64, Miss> {
    const EVENTS: u64 = 400_000;
    let before = cpu::of_process(server.pid())?;
    stream(server, EVENTS)?;
    let spent = cpu::of_process(server.pid())? - before;
    Ok(spent.as_nanos() as f64 / EVENTS as f64)
}

pub(super) const S3: Figure = Figure {
    id: "S3",
    method: "counted: calls that write to the socket, for one stream without a pause, and for one \
             connection to which an event is published every millisecond",
    remains: "",
    is_exact: true,
    measure: |machine, extent| {
        let saturated = Row::new(
            "S3",
            "writes per event of one stream without a pause",
            Judged::Figure(Arm::Ours, Target::AtMost(0.001)),
        )
        .held_to(0.001_2);
        let paced = Row::new(
            "S3",
            "writes per event at 1 000 events/s",
            Judged::Figure(Arm::Ours, Target::AtMost(1.0)),
        );
        vec![
            saturated.each(extent, ARMS, |arm| writes(machine, arm)),
            paced.each(extent, ARMS, |arm| paced_writes(machine, arm)),
        ]
    },
};

fn writes(machine: &Machine, arm: Arm) -> Result<f64, Miss> {
    let mut server = Server::start(machine, arm, Build::Counted)?;
    let run = |events| {
        let before = server.counts()?.writes;
        stream(&server, events)?;
        Ok(server.counts()?.writes - before)
    };
    slope(run, 200_000)
}

fn paced_writes(machine: &Machine, arm: Arm) -> Result<f64, Miss> {
    const EVENTS: u32 = 500;
    let mut server = Server::start(machine, arm, Build::Counted)?;
    let mut client = Clients::connect(server.address(), 1, &Request::live(arm))?;
    let before = server.counts()?.writes;
    let start = Instant::now();
    for n in 1..=EVENTS {
        server.publish(1)?;
        client.read_events(1)?;
        sleep((start + n * Duration::from_millis(1)).saturating_duration_since(Instant::now()));
    }
    let writes = server.counts()?.writes - before;
    Ok(writes as f64 / f64::from(EVENTS))
}

/// One client reads a stream to its end.
fn stream(server: &Server, events: u64) -> Result<(), Miss> {
    let path = format!("/stream?events={events}");
    let request = Request {
        path: &path,
        after: None,
    };
    let seen = Clients::connect(server.address(), 1, &request)?.read_to_end()?;
    if seen == events {
        Ok(())
    } else {
        Err(Miss::failed(format!("{seen} of {events} events came")))
    }
}
