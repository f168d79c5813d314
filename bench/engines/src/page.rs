//! The tables, and the page.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;
use std::{fs, io};

use tests::with_causes;

use crate::Failure;
use crate::engine::PUBLISHERS;
use crate::growth::{BURST, Cost, Setting};
use crate::pace::{Pace, ROUNDS};

/// All figures of one engine.
pub(crate) struct Section {
    pub(crate) engine: &'static str,
    /// Of its server.
    pub(crate) version: Result<String, Failure>,
    pub(crate) published: Result<Vec<Pace>, Failure>,
    pub(crate) followed: Result<Vec<Pace>, Failure>,
    pub(crate) growth: Vec<(Setting, Result<Cost, Failure>)>,
}

/// Where the log is at least this much of the engine's own tool.
const TARGET: f64 = 0.8;

pub(crate) fn write(sections: &[Section], took: Duration) -> io::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("RESULTS.md");
    let text = format!(
        "# Logs on the network\n\n\
         Written by `cargo xtask bench engines` in {} s; not by hand. Servers, tools and nodes share {} \
         CPUs. An event has 122 bytes.\n\n\
         The first table of an engine: {PUBLISHERS} publish at once, each after the answer to its last \
         event, to one channel of Redis and to 100 channels of the others. A rate is the median of {ROUNDS} \
         rounds in which all took turns with as many events; the ratio is the median of the rounds' \
         ratios. *Followed* is from the first event that comes until all have come, while events are \
         published without the log to one channel as fast as that goes: to one client that does \
         without the log, and to all subscribers on a node. Many of them have no target: no engine \
         has one connection that serves them.\n\n\
         The second: one publishes, each event after the answer to the one before, to any of the \
         channels, and each channel is followed by as many subscribers on each node. *Server* and \
         *nodes* are CPU time; all nodes and the publisher are one process. *Quiet* is a second in \
         which nothing is published: nodes look for hints that were lost. *Behind* is the time from the \
         answer to the publisher to the last subscriber, the median of bursts of {BURST}.\n{}",
        took.as_secs(),
        std::thread::available_parallelism().map_or(1, usize::from),
        tables(sections)
    );
    fs::write(path, text)
}

pub(crate) fn tables(sections: &[Section]) -> String {
    let mut text = String::new();
    for section in sections {
        // Writing to a string does not fail.
        let _ = table(&mut text, section);
    }
    text
}

fn table(text: &mut String, section: &Section) -> std::fmt::Result {
    writeln!(
        text,
        "\n## {}\n\n\
         Version of the server: {}\n\n\
         | events a second | without the log | log | ratio | target | holds |\n\
         | --- | ---: | ---: | ---: | ---: | --- |",
        section.engine,
        section
            .version
            .as_ref()
            .map_or_else(|error| with_causes(&**error), String::clone)
    )?;
    match &section.published {
        Ok(paces) => paces.iter().try_for_each(|it| pace(text, it))?,
        Err(error) => failed(text, "published", error)?,
    }
    match &section.followed {
        Ok(paces) => paces.iter().try_for_each(|it| pace(text, it))?,
        Err(error) => failed(text, "followed", error)?,
    }
    if section.growth.is_empty() {
        return Ok(());
    }
    writeln!(
        text,
        "\n| channels | subscribers of each | nodes | server, µs an event | nodes, µs an event \
         | server when quiet, ms a second | behind, ms | connections |\n\
         | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    )?;
    for (setting, cost) in &section.growth {
        let Setting {
            channels,
            subscribers,
            nodes,
        } = setting;
        write!(text, "| {channels} | {subscribers} | {nodes} | ")?;
        match cost {
            Ok(Cost {
                server,
                nodes,
                quiet,
                delay,
                connections,
            }) => writeln!(
                text,
                "{} | {} | {:.1} | {:.2} | {connections} |",
                server.as_micros(),
                nodes.as_micros(),
                quiet.as_secs_f64() * 1e3,
                delay.as_secs_f64() * 1e3
            )?,
            Err(error) => writeln!(text, "failed: {} | | | | |", with_causes(&**error))?,
        }
    }
    Ok(())
}

fn pace(text: &mut String, pace: &Pace) -> std::fmt::Result {
    let Pace {
        what,
        without,
        log,
        ratio,
        are_alike,
    } = pace;
    write!(text, "| {what} | {without:.0} | {log:.0} | {ratio:.2} | ")?;
    match are_alike {
        true if *ratio >= TARGET => writeln!(text, "≥ {TARGET} | yes |"),
        true => writeln!(text, "≥ {TARGET} | **no** |"),
        false => writeln!(text, "none | |"),
    }
}

fn failed(text: &mut String, what: &str, error: &Failure) -> std::fmt::Result {
    writeln!(
        text,
        "| {what} | failed: {} | | | | |",
        with_causes(&**error)
    )
}
