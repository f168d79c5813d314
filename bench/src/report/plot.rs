//! The plot: for each figure, how many times of what we need the others need, on a logarithmic scale.
//! Ours is the line at 1; what lies right of it needs more.

use std::fmt::Write;

use crate::arms::Arm;
use crate::figures::Row;

/// The others, each with a colour that is told from the rest on light and on dark ground.
const OTHERS: [(Arm, &str); 4] = [
    (Arm::Common, "#d9820f"),
    (Arm::Gateway, "#b0418f"),
    (Arm::Nchan, "#2b9348"),
    (Arm::Raw, "#7a7f87"),
];

const WIDTH: f64 = 960.0;
/// Where the scale begins and ends.
const LEFT: f64 = 470.0;
const RIGHT: f64 = 930.0;
const TOP: f64 = 64.0;
const LINE: f64 = 26.0;

pub(super) fn of(rows: &[Row]) -> String {
    let lines: Vec<(String, Vec<(&str, f64)>)> = rows
        .iter()
        .map(|row| (format!("{}  {}", row.id, row.what), dots(row)))
        .filter(|(_, dots)| !dots.is_empty())
        .collect();
    let exponents = lines.iter().flat_map(|(_, dots)| dots);
    let (low, high) = exponents.fold((0.0_f64, 1.0_f64), |(low, high), (_, times)| {
        (
            low.min(times.log10().floor()),
            high.max(times.log10().ceil()),
        )
    });
    let x = |times: f64| LEFT + (RIGHT - LEFT) * (times.log10() - low) / (high - low);
    let bottom = TOP + LINE * lines.len() as f64;

    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\" \
         font-family=\"system-ui, sans-serif\" font-size=\"12\">\n\
         <title>What others need, where ours is 1</title>\n\
         <style>text{{fill:#333}}.grid{{stroke:#8884}}.ours{{stroke:#2563eb;stroke-width:2}}\
         @media (prefers-color-scheme:dark){{text{{fill:#ccc}}}}</style>\n",
        bottom + 34.0
    );
    let mut at = 10.0;
    for (arm, colour) in OTHERS {
        dot(&mut svg, at, 20.0, colour);
        text(&mut svg, at + 10.0, 24.0, "start", &arm.to_string());
        at += 110.0;
    }
    let _ = writeln!(
        svg,
        "<line class=\"ours\" x1=\"{at}\" y1=\"12\" x2=\"{at}\" y2=\"28\"/>"
    );
    text(
        &mut svg,
        at + 10.0,
        24.0,
        "start",
        "ours = 1; right of it needs more",
    );

    for power in low as i32..=high as i32 {
        let times = 10.0_f64.powi(power);
        let class = if power == 0 { "ours" } else { "grid" };
        let x = x(times);
        let _ = writeln!(
            svg,
            "<line class=\"{class}\" x1=\"{x:.1}\" y1=\"{}\" x2=\"{x:.1}\" y2=\"{bottom}\"/>",
            TOP - 12.0
        );
        text(&mut svg, x, bottom + 18.0, "middle", &format!("{times}"));
    }
    for (number, (label, dots)) in lines.iter().enumerate() {
        let y = TOP + LINE * number as f64;
        text(&mut svg, 10.0, y + 4.0, "start", label);
        for (colour, times) in dots {
            dot(&mut svg, x(*times), y, colour);
        }
    }
    svg += "</svg>\n";
    svg
}

/// What the others need of what we need.
fn dots(row: &Row) -> Vec<(&'static str, f64)> {
    let figure = |arm| row.cell(arm)?.ok();
    let Some(ours) = figure(row.ours()) else {
        return Vec::new();
    };
    let others = OTHERS.into_iter().filter_map(|(arm, colour)| {
        let times = match row.is_throughput() {
            true => ours / figure(arm)?,
            false => figure(arm)? / ours,
        };
        (times > 0.0 && times.is_finite()).then_some((colour, times))
    });
    others.collect()
}

fn dot(svg: &mut String, x: f64, y: f64, colour: &str) {
    let _ = writeln!(
        svg,
        "<circle cx=\"{x:.1}\" cy=\"{y}\" r=\"5\" fill=\"{colour}\"/>"
    );
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, text: &str) {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let text = text.replace('`', "");
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"{anchor}\">{text}</text>"
    );
}
