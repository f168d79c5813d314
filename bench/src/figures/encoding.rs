//! E1, E2, E3: what it costs to turn an event into bytes.

use super::{Extent, Figure, Judged, Row, Target};
use crate::Miss;
use crate::arms::Arm;
use crate::instruments::callgrind::{self, slope};
use crate::machine::Machine;
use crate::process::{Build, own_command};
use crate::work::{Size, Work};

pub(super) const E1: Figure = Figure {
    id: "E1",
    method: "callgrind: the data of one event of 122 bytes by `serde_json::to_writer` into a reused buffer \
             (raw), the whole event by axum's `Event` through the body of an `Sse`, the whole event by \
             the generated encoder",
    remains: "what is left is the head of the event: an id in decimal, a name, two line ends and the one look \
              at the data for line breaks. An encoder written by hand with that look needs as much",
    is_exact: true,
    measure: |machine, extent| {
        let row = Row::new(
            "E1",
            "instructions to encode an event of 122 bytes",
            Judged::Ratio(Arm::Ours, Arm::Raw, Target::AtMost(1.12)),
        );
        vec![encoding(machine, extent, row, Size::Small, 20_000)]
    },
};

pub(super) const E2: Figure = Figure {
    id: "E2",
    method: "as E1, with data of a little over 1 KiB",
    remains: "",
    is_exact: true,
    measure: |machine, extent| {
        let row = Row::new(
            "E2",
            "instructions to encode an event of 1.1 KiB",
            Judged::Ratio(Arm::Ours, Arm::Raw, Target::AtMost(1.03)),
        );
        vec![encoding(machine, extent, row, Size::Large, 2_000)]
    },
};

fn encoding(machine: &Machine, extent: Extent, row: Row, size: Size, times: u64) -> Row {
    row.each(extent, [Arm::Common, Arm::Raw, Arm::Ours], |arm| {
        let work = match arm {
            Arm::Common => Work::EncodeCommon(size),
            Arm::Raw => Work::Json(size),
            _ => Work::Encode(size),
        };
        let instructions = |times| {
            callgrind::count(machine, |out| {
                do_times(machine, work, times, Build::Callgrind(out)).map(|_| ())
            })
        };
        slope(instructions, times)
    })
}

pub(super) const E3: Figure = Figure {
    id: "E3",
    method: "counting allocator: a stream without a pause, the frames of its body taken one by one in a task",
    remains: "",
    is_exact: true,
    measure: |machine, extent| {
        let per_event = Row::new(
            "E3",
            "allocations per event of a steady stream, its share of a flush included",
            Judged::Figure(Arm::Ours, Target::AtMost(0.01)),
        );
        let per_flush = Row::new(
            "E3",
            "allocations per flush",
            Judged::Figure(Arm::Ours, Target::AtMost(1.0)),
        );
        let arms = [Arm::Common, Arm::Ours];
        vec![
            per_event.each(extent, arms, |arm| Ok(steady(machine, arm)?.allocations)),
            per_flush.each(extent, arms, |arm| {
                let per_event = steady(machine, arm)?;
                Ok(per_event.allocations / per_event.frames)
            }),
        ]
    },
};

struct PerEvent {
    allocations: f64,
    frames: f64,
}

fn steady(machine: &Machine, arm: Arm) -> Result<PerEvent, Miss> {
    const EVENTS: u64 = 50_000;
    let work = match arm {
        Arm::Common => Work::BodyCommon,
        _ => Work::Body,
    };
    let counts = |times| do_times(machine, work, times, Build::Counted);
    Ok(PerEvent {
        allocations: slope(|times| Ok(counts(times)?.0), EVENTS)?,
        frames: slope(|times| Ok(counts(times)?.1), EVENTS)?,
    })
}

/// Does `work` in a process of its own, which says what it has allocated and in how many parts the
/// result came.
fn do_times(
    machine: &Machine,
    work: Work,
    times: u64,
    build: Build<'_>,
) -> Result<(u64, u64), Miss> {
    let output = own_command(machine, build)?
        .args(["work", work.name(), &times.to_string()])
        .output()?;
    let line = String::from_utf8_lossy(&output.stdout);
    let mut numbers = line.split_whitespace().map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(allocations)), Some(Ok(parts))) => Ok((allocations, parts)),
        _ => Err(Miss::failed(format!(
            "`work {}` said `{line}`",
            work.name()
        ))),
    }
}
