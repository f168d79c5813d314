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
    method: "counted: 4.4 MB are published, in batches of 50 events, to ten clients that read and to one that does \
             not and has a receive buffer of 4 KiB. What the server then has on its heap (nginx: in resident \
             memory) more than another that did the same without that one, and what the kernel holds for \
             its connection. Median of 5 pairs, as a log may have put 64 KiB more of its events together in \
             one of the two",
    remains: "",
    is_exact: true,
    measure: |machine, extent| {
        let row = Row::new(
            "F4",
            "bytes held for a stalled client, heap and kernel",
            Judged::Figure(Arm::Serve, Target::AtMost(65_536.0)),
        );
        vec![row.each(extent, Arm::ALL, |arm| held(machine, arm))]
    },
};

fn held(machine: &Machine, arm: Arm) -> Result<f64, Miss> {
    let mut pairs = (0..5)
        .map(|_| pair(machine, arm))
        .collect::<Result<Vec<_>, _>>()?;
    pairs.sort_by(f64::total_cmp);
    pairs
        .into_iter()
        .nth(2)
        .ok_or_else(|| Miss::failed("there is no pair"))
}

fn pair(machine: &Machine, arm: Arm) -> Result<f64, Miss> {
    let mut without = Audience::gather(machine, arm)?;
    without.hear()?;
    let mut with = Audience::gather(machine, arm)?;
    let stalled = Stalled::connect(with.server.address(), &Request::live(arm))?;
    with.hear()?;
    let more = with.memory(arm)?.saturating_sub(without.memory(arm)?);
    Ok((stalled.queued()? + more) as f64)
}

/// A server and those who read what it publishes.
struct Audience {
    server: Server,
    readers: Clients,
}

impl Audience {
    fn gather(machine: &Machine, arm: Arm) -> Result<Self, Miss> {
        let server = Server::start(machine, arm, Build::Counted)?;
        let readers = Clients::connect(server.address(), 10, &Request::live(arm))?;
        Ok(Self { server, readers })
    }

    /// More than the kernel takes for a connection that is not read.
    fn hear(&mut self) -> Result<(), Miss> {
        const BATCHES: u64 = 720;
        const EVENTS: u64 = 50;
        /// How many batches the readers may be behind.
        const AHEAD: u64 = 4;
        for _ in 0..BATCHES / AHEAD {
            for _ in 0..AHEAD {
                self.server.publish(EVENTS)?;
            }
            self.readers.read_events(AHEAD * EVENTS)?;
        }
        Ok(())
    }

    fn memory(&mut self, arm: Arm) -> Result<u64, Miss> {
        match arm {
            Arm::Nchan => kernel::resident(self.server.pid()),
            _ => Ok(self.server.counts()?.live),
        }
    }
}
