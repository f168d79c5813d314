//! F4: what is held for a client that does not read.

use super::{Figure, Judged, Row, Target};
use crate::Miss;
use crate::arms::Arm;
use crate::instruments::kernel;
use crate::load::{Clients, Request, Stalled};
use crate::machine::Machine;
use crate::process::{Build, Server};

pub(super) const F4: Figure = Figure {
    id: "F4",
    method: "counted: 6 MB are published to ten clients that read and to one that does not and has a receive \
             buffer of 4 KiB; what the server has on its heap more than without that one, and what the \
             kernel holds for its connection (for nginx: the growth of its resident memory in place of \
             the heap)",
    remains: "up to 128 KiB may be on their way to the socket, which is what lets a stream write seldom (S3)",
    is_exact: true,
    measure: |machine, extent| {
        let row = Row::new(
            "F4",
            "bytes held for a stalled client, heap and kernel",
            Judged::Figure(Arm::Serve, Target::AtMost(65_536.0)),
        )
        .held_to(140_000.0);
        vec![row.each(extent, Arm::ALL, |arm| held(machine, arm))]
    },
};

fn held(machine: &Machine, arm: Arm) -> Result<f64, Miss> {
    let mut server = Server::start(machine, arm, Build::Counted)?;
    let mut others = Clients::connect(server.address(), 10, &Request::live(arm))?;
    // What is kept for those who come back is full before, so that it does not count.
    publish(&mut server, &mut others)?;
    let before = memory(&mut server, arm)?;
    let stalled = Stalled::connect(server.address(), &Request::live(arm))?;
    publish(&mut server, &mut others)?;
    let after = memory(&mut server, arm)?;
    Ok((stalled.queued()? + after.saturating_sub(before)) as f64)
}

fn publish(server: &mut Server, others: &mut Clients) -> Result<(), Miss> {
    const BATCHES: u64 = 250;
    const EVENTS: u64 = 200;
    for _ in 0..BATCHES {
        server.publish(EVENTS)?;
        others.read_events(EVENTS)?;
    }
    Ok(())
}

fn memory(server: &mut Server, arm: Arm) -> Result<u64, Miss> {
    match arm {
        Arm::Nchan => kernel::resident(server.pid()),
        _ => Ok(server.counts()?.live),
    }
}
