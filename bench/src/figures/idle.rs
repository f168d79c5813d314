//! M1: what an idle connection holds.

use super::{Figure, Judged, Row, Target};
use crate::Miss;
use crate::arms::Arm;
use crate::instruments::kernel;
use crate::load::{Clients, Request};
use crate::machine::Machine;
use crate::process::{Build, Server};

pub(super) const M1_HEAP: Figure = Figure {
    id: "M1",
    method: "counted: what the server has on its heap more for 1 000 connections that wait for an event, \
             after 100 others",
    remains: "16 384 of these bytes are the buffers for reading and writing that hyper has for each connection \
              from its start, of which little is ever touched. Only taking the socket over from hyper would save \
              them. The rest is a task, the future of the service, and what the hub keeps",
    is_exact: true,
    measure: |machine, extent| {
        let row = Row::new(
            "M1",
            "bytes on the heap per idle connection",
            Judged::Figure(Arm::Serve, Target::AtMost(8_192.0)),
        )
        .held_to(22_800.0);
        let counted = |server: &mut Server| Ok(server.counts()?.live);
        vec![row.each(extent, Arm::ALL, |arm| {
            grown(machine, arm, Build::Counted, counted)
        })]
    },
};

pub(super) const M1_RESIDENT: Figure = Figure {
    id: "M1",
    method: "its resident memory in place of its heap, with the allocator of glibc and with jemalloc",
    remains: "",
    is_exact: false,
    measure: |machine, extent| {
        let row = |what| Row::new("M1", what, Judged::Nothing(Arm::Serve));
        let resident = |server: &mut Server| kernel::resident(server.pid());
        vec![
            row("resident bytes per idle connection, glibc").each(extent, Arm::ALL, |arm| {
                grown(machine, arm, Build::Plain, resident)
            }),
            row("resident bytes per idle connection, jemalloc").each(extent, Arm::ALL, |arm| {
                let build = Build::Preloaded(machine.jemalloc()?);
                grown(machine, arm, build, resident)
            }),
        ]
    },
};

/// By how much `memory` grows for each connection.
fn grown(
    machine: &Machine,
    arm: Arm,
    build: Build<'_>,
    memory: fn(&mut Server) -> Result<u64, Miss>,
) -> Result<f64, Miss> {
    let mut server = Server::start(machine, arm, build)?;
    let address = server.address();
    let connect = |number| Clients::connect(address, number, &Request::live(arm));
    let _some = connect(100)?;
    let before = memory(&mut server)?;
    let more = connect(machine.connections)?;
    let grown = memory(&mut server)?.saturating_sub(before);
    Ok(grown as f64 / more.len() as f64)
}
