//! What is told of the figures: a table on the terminal, a page with a plot, and whether the gate opens.

mod page;
mod plot;
mod table;

use std::process::ExitCode;
use std::time::Instant;

use crate::Miss;
use crate::figures::{Extent, FIGURES, Figure, Row, Target};
use crate::machine::Machine;
use table::number;

/// Measures everything, prints the table and writes the page.
pub(crate) fn page() -> Result<ExitCode, Miss> {
    let machine = Machine::prepare()?;
    let start = Instant::now();
    let rows = measure(&machine, Extent::Everybody, |_| true);
    println!("{}", table::of(&rows));
    page::write(&machine, &rows, start.elapsed())?;
    Ok(ExitCode::SUCCESS)
}

/// Measures some figures, and prints the table of them.
pub(crate) fn some(names: &[&str]) -> Result<ExitCode, Miss> {
    if let Some(unknown) = names
        .iter()
        .find(|name| FIGURES.iter().all(|figure| figure.id != **name))
    {
        return Err(Miss::failed(format!("there is no figure `{unknown}`")));
    }
    let machine = Machine::prepare()?;
    let rows = measure(&machine, Extent::Everybody, |figure| {
        names.contains(&figure.id)
    });
    println!("{}", table::of(&rows));
    Ok(ExitCode::SUCCESS)
}

/// Measures what needs no clock, of ours and of what it is compared with. Fails where something is
/// beyond its bound; what cannot be measured here is named and passed over.
pub(crate) fn gate() -> Result<ExitCode, Miss> {
    let machine = Machine::prepare()?;
    let mut is_open = true;
    for row in measure(&machine, Extent::Judged, |figure| figure.is_exact) {
        let (verdict, passes) = verdict(&row);
        println!("{:<4}{}: {verdict}", row.id, row.what);
        is_open &= passes;
    }
    Ok(if is_open {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn verdict(row: &Row) -> (String, bool) {
    if let Some((arm, miss)) = row.misses().next() {
        return (format!("{arm}: {miss}"), matches!(miss, Miss::Skipped(_)));
    }
    let (Some(value), Some(bound), Some(target)) = (row.value(), row.bound(), row.target()) else {
        return ("not measured".to_owned(), false);
    };
    let passes = bound.holds(value);
    let word = if passes { "passes" } else { "IS WORSE THAN" };
    let value = number(value);
    let target = match target.holds(1.0) == bound.holds(1.0) && bounds(target) == bounds(bound) {
        true => String::new(),
        false => format!(", with a target of {target}"),
    };
    (format!("{value} {word} {bound}{target}"), passes)
}

fn bounds(target: Target) -> f64 {
    match target {
        Target::AtMost(bound) | Target::AtLeast(bound) => bound,
    }
}

/// One line for each figure tells how far it is.
fn measure(machine: &Machine, extent: Extent, is_wanted: impl Fn(&Figure) -> bool) -> Vec<Row> {
    let mut rows = Vec::new();
    for figure in FIGURES.iter().filter(|figure| is_wanted(figure)) {
        let start = Instant::now();
        rows.extend((figure.measure)(machine, extent));
        eprintln!("{}: {:.1} s", figure.id, start.elapsed().as_secs_f64());
    }
    rows
}
