//! One table of all figures, in Markdown that is aligned to be read as it is.

use std::fmt;

use crate::Miss;
use crate::arms::Arm;
use crate::figures::{Judged, Row, Target};

pub(super) fn of(rows: &[Row]) -> String {
    let mut lines = vec![head()];
    lines.extend(rows.iter().map(line));
    let mut widths = vec![0; lines[0].len()];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.chars().count().max(*width);
        }
    }
    let rule = widths.iter().map(|width| "-".repeat(*width)).collect();
    lines.insert(1, rule);
    let mut table = String::new();
    for line in lines {
        for (cell, width) in line.iter().zip(&widths) {
            table += &format!("| {cell:<width$} ");
        }
        table += "|\n";
    }
    table
}

fn head() -> Vec<String> {
    let arms = Arm::ALL.iter().map(ToString::to_string);
    ["id", "figure"]
        .map(str::to_owned)
        .into_iter()
        .chain(arms)
        .chain(["held to the target", "", "target", "holds"].map(str::to_owned))
        .collect()
}

fn line(row: &Row) -> Vec<String> {
    let mut cells = vec![row.id.to_owned(), row.what.to_owned()];
    cells.extend(Arm::ALL.map(|arm| match row.cell(arm) {
        None => "–".to_owned(),
        Some(Ok(figure)) => number(figure),
        Some(Err(Miss::Skipped(_))) => "skipped".to_owned(),
        Some(Err(Miss::Failed(_))) => "failed".to_owned(),
    }));
    cells.push(match row.judged {
        Judged::Figure(arm, _) => arm.to_string(),
        Judged::Ratio(of, to, _) => format!("{of} ÷ {to}"),
        Judged::Nothing(_) => String::new(),
    });
    cells.push(row.value().map_or_else(String::new, number));
    cells.push(row.target().map_or_else(String::new, |t| t.to_string()));
    cells.push(match (row.value(), row.target()) {
        (Some(value), Some(target)) if target.holds(value) => "yes".to_owned(),
        (Some(_), Some(_)) => "**no**".to_owned(),
        _ => String::new(),
    });
    cells
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::AtMost(bound) => write!(f, "≤ {}", number(bound)),
            Self::AtLeast(bound) => write!(f, "≥ {}", number(bound)),
        }
    }
}

/// Four digits that count, or all of a whole number, in groups of three.
pub(super) fn number(value: f64) -> String {
    if value >= 1_000.0 {
        let digits = format!("{value:.0}");
        let mut grouped = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at) % 3 == 0 {
                grouped.push(' ');
            }
            grouped.push(digit);
        }
        return grouped;
    }
    let decimals = match value {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 3,
        _ => 4,
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_grouped() {
        let numbers = [0.0019, 1.0, 1.15_68, 12.34, 345.6, 7_636.4, 2_840_608.0];
        assert_eq!(
            numbers.map(number),
            ["0.0019", "1", "1.157", "12.3", "346", "7 636", "2 840 608"]
        );
    }
}
