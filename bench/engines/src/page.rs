//! The tables, and the page.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;
use std::{fs, io};

use tests::with_causes;

use crate::Failure;
use crate::growth::{Cost, Setting};
use crate::pace::Pace;

/// All figures of one engine.
pub(crate) struct Section {
    pub(crate) engine: &'static str,
    pub(crate) tool: &'static str,
    pub(crate) follower: &'static str,
    pub(crate) published: Result<Pace, Failure>,
    pub(crate) followed: Result<Pace, Failure>,
    pub(crate) growth: Vec<(Setting, Result<Cost, Failure>)>,
}

/// Where the log is at least this much of the engine's own tool.
const TARGET: f64 = 0.8;

pub(crate) fn write(sections: &[Section], took: Duration) -> io::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("RESULTS.md");
    let text = format!(
        "# Logs on the network\n\n\
         Written by `cargo xtask bench engines` in {} s; not by hand.\n\n\
         Server, tool and nodes share {} CPUs. Events have 122 bytes; 50 publish at once. A rate is the \
         median of 5 rounds of 2 s in which the tool and the log took turns; the ratio is the median of \
         the rounds' ratios. *Followed* is what comes to all of them while the tool publishes to one channel as \
         fast as it can: to one client that does without the log, and to 200 subscribers on a node.\n{}",
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
        "\n## {}\n\nPublished without the log by {}. Followed by {}.\n",
        section.engine, section.tool, section.follower
    )?;
    writeln!(
        text,
        "| events a second | without the log | log | ratio | target | holds |"
    )?;
    writeln!(text, "| --- | ---: | ---: | ---: | ---: | --- |")?;
    for (what, pace) in [
        ("published", &section.published),
        ("followed", &section.followed),
    ] {
        match pace {
            Ok(Pace { tool, log, ratio }) => {
                let holds = if *ratio >= TARGET { "yes" } else { "**no**" };
                writeln!(
                    text,
                    "| {what} | {tool:.0} | {log:.0} | {ratio:.2} | ≥ {TARGET} | {holds} |"
                )?;
            }
            Err(error) => writeln!(
                text,
                "| {what} | failed: {} | | | | |",
                with_causes(&**error)
            )?,
        }
    }
    writeln!(
        text,
        "\n| channels | subscribers of each | nodes | CPU of the server, µs an event | CPU of the nodes, µs \
         an event | behind the publisher, ms | connections |"
    )?;
    writeln!(text, "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")?;
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
                delay,
                connections,
            }) => writeln!(
                text,
                "{} | {} | {:.1} | {connections} |",
                server.as_micros(),
                nodes.as_micros(),
                delay.as_secs_f64() * 1e3
            )?,
            Err(error) => writeln!(text, "failed: {} | | | |", with_causes(&**error))?,
        }
    }
    Ok(())
}
