//! F1 and F3: what is published once reaches many.

use super::{Figure, Judged, Row, Target};
use crate::Miss;
use crate::arms::Arm;
use crate::instruments::callgrind::{self, slope};
use crate::instruments::cpu;
use crate::instruments::paired::Contest;
use crate::load::{Clients, Request};
use crate::machine::Machine;
use crate::process::{Build, Server};

pub(super) const F1: Figure = Figure {
    id: "F1",
    method: "callgrind: a server process that publishes to 200 connections, one event at a time, each when \
             all have received the one before",
    remains: "three fifths are hyper, tokio, axum and the allocator, by the profile; a fifth is the log and the hub, \
              which are read for each connection; a fifth is what a stream keeps of itself. Only writing to the \
              socket without hyper would save the greatest part",
    is_exact: true,
    measure: |machine, extent| {
        let row = Row::new(
            "F1",
            "instructions of the server per delivery",
            Judged::Figure(Arm::Ours, Target::AtMost(2_200.0)),
        )
        .held_to(5_800.0);
        vec![row.each(extent, Arm::ALL, |arm| instructions(machine, arm))]
    },
};

fn instructions(machine: &Machine, arm: Arm) -> Result<f64, Miss> {
    const CLIENTS: usize = 200;
    let run = |rounds| {
        callgrind::count(machine, |out| {
            let mut audience = Audience::gather(machine, arm, Build::Callgrind(out), CLIENTS)?;
            audience.hear(rounds, 1)?;
            audience.server.stop()
        })
    };
    Ok(slope(run, 50)? / CLIENTS as f64)
}

pub(super) const F3: Figure = Figure {
    id: "F3",
    method: "paired: CPU time of the server process while it publishes to 1 000 connections, each batch when \
             all have received the one before, the arms in turn, median of 9 rounds. Raw is a loop that \
             writes the same bytes to each connection",
    remains: "a write is the same for all and most of what raw spends; what ours spends beside it is F1",
    is_exact: false,
    measure: |machine, _| {
        let mut arms = Contest::new(Arm::ALL, |arm| {
            Audience::gather(machine, arm, Build::Plain, machine.connections)
        });
        let single = Row::new(
            "F3",
            "CPU time of the server per delivery, 1 000 connections, ns",
            Judged::Ratio(Arm::Ours, Arm::Raw, Target::AtMost(1.2)),
        );
        let batches = Row::new(
            "F3",
            "CPU time of the server per delivery, in batches of 16, ns",
            Judged::Ratio(Arm::Ours, Arm::Raw, Target::AtMost(1.25)),
        );
        vec![
            single.with_paired(&arms.run(|audience| audience.cpu_per_delivery(20, 1))),
            batches.with_paired(&arms.run(|audience| audience.cpu_per_delivery(10, 16))),
        ]
    },
};

/// A server and those who listen to it.
struct Audience {
    server: Server,
    clients: Clients,
}

impl Audience {
    fn gather(machine: &Machine, arm: Arm, build: Build<'_>, number: usize) -> Result<Self, Miss> {
        let server = Server::start(machine, arm, build)?;
        let clients = Clients::connect(server.address(), number, &Request::live(arm))?;
        Ok(Self { server, clients })
    }

    /// Publishes so many batches, each when all have received the one before.
    fn hear(&mut self, batches: u64, events: u64) -> Result<(), Miss> {
        for _ in 0..batches {
            self.server.publish(events)?;
            self.clients.read_events(events)?;
        }
        Ok(())
    }

    fn cpu_per_delivery(&mut self, batches: u64, events: u64) -> Result<f64, Miss> {
        let before = cpu::of_process(self.server.pid())?;
        self.hear(batches, events)?;
        let spent = cpu::of_process(self.server.pid())? - before;
        let deliveries = batches * events * self.clients.len() as u64;
        Ok(spent.as_nanos() as f64 / deliveries as f64)
    }
}
