//! R1: clients that come back and are given what they missed.

use super::{Figure, Judged, Row, Target};
use crate::Miss;
use crate::arms::Arm;
use crate::instruments::cpu;
use crate::instruments::paired::Contest;
use crate::load::{Clients, Request, id_of_next};
use crate::machine::Machine;
use crate::process::{Build, Server};

pub(super) const R1_CPU: Figure = Figure {
    id: "R1",
    method: "paired: CPU time of the server process for 500 clients, 50 at a time, each of which connects, \
             receives the 100 events after its id and goes, the arms in turn, median of 9 rounds. Raw \
             accepts, reads the request and writes once",
    remains: "accepting a connection and reading its head, by axum and hyper, is most of it",
    is_exact: false,
    measure: |machine, _| {
        let row = Row::new(
            "R1",
            "CPU time of the server per client that is replayed 100 events, µs",
            Judged::Ratio(Arm::Ours, Arm::Raw, Target::AtMost(2.0)),
        );
        let mut arms = Contest::new(Arm::ALL, |arm| Past::record(machine, arm, Build::Plain));
        vec![row.with_paired(&arms.run(Past::cpu_per_client))]
    },
};

pub(super) const R1_WRITES: Figure = Figure {
    id: "R1",
    method: "counted: calls that write to the socket, for the same clients",
    remains: "",
    is_exact: true,
    measure: |machine, extent| {
        let row = Row::new(
            "R1",
            "writes per client that is replayed 100 events",
            Judged::Figure(Arm::Ours, Target::AtMost(1.0)),
        );
        vec![row.each(extent, [Arm::Common, Arm::Raw, Arm::Ours], |arm| {
            let mut past = Past::record(machine, arm, Build::Counted)?;
            let before = past.server.counts()?.writes;
            past.replay()?;
            let writes = past.server.counts()?.writes - before;
            Ok(writes as f64 / CLIENTS as f64)
        })]
    },
};

const EVENTS: u64 = 100;
const CLIENTS: usize = 500;
const AT_ONCE: usize = 50;

/// A server that has published, and the id of the event before the last hundred.
struct Past {
    server: Server,
    path: &'static str,
    id: String,
}

impl Past {
    fn record(machine: &Machine, arm: Arm, build: Build<'_>) -> Result<Self, Miss> {
        let mut server = Server::start(machine, arm, build)?;
        let path = arm.live();
        let id = id_of_next(server.address(), path, || server.publish(1))?;
        let mut witness = Clients::connect(server.address(), 1, &Request::live(arm))?;
        server.publish(EVENTS)?;
        witness.read_events(EVENTS)?;
        Ok(Self { server, path, id })
    }

    fn replay(&mut self) -> Result<(), Miss> {
        let request = Request {
            path: self.path,
            after: Some(&self.id),
        };
        for _ in 0..CLIENTS / AT_ONCE {
            Clients::connect(self.server.address(), AT_ONCE, &request)?.read_events(EVENTS)?;
        }
        Ok(())
    }

    fn cpu_per_client(&mut self) -> Result<f64, Miss> {
        let before = cpu::of_process(self.server.pid())?;
        self.replay()?;
        let spent = cpu::of_process(self.server.pid())? - before;
        Ok(spent.as_nanos() as f64 / 1e3 / CLIENTS as f64)
    }
}
