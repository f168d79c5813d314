//! What a log on the network costs beside its engine, and how that grows: `cargo xtask bench engines`
//! writes the page `RESULTS.md` beside this.
//!
//! | room | the one reason it exists |
//! |---|---|
//! | `engine` | a private server, and what it tells of itself |
//! | `redis`, `nats`, `postgres` | one engine each, and the tool of its own that does the same job |
//! | `pace` | how many events a second are published, and followed |
//! | `growth` | what an event costs with many channels, subscribers and nodes |
//! | `page` | the tables |
//!
//! Servers, tools and this process share the CPUs of the machine, as they come. What is compared is
//! taken in turn, and its ratio is what counts.

mod engine;
mod growth;
mod nats;
mod pace;
mod page;
mod postgres;
mod redis;

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use engine::Engine;
use page::Section;

/// Whatever went wrong, for whoever runs this.
type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|it| it == name);
    let start = Instant::now();
    let mut sections = Vec::new();
    if is_wanted("redis") {
        sections.extend(measure::<redis::Redis>().await);
    }
    if is_wanted("nats") {
        sections.extend(measure::<nats::Nats>().await);
    }
    if is_wanted("postgres") {
        sections.extend(measure::<postgres::Postgres>().await);
    }
    print!("{}", page::tables(&sections));
    // A part of the figures is no page.
    if wanted.is_empty()
        && let Err(error) = page::write(&sections, start.elapsed())
    {
        eprintln!("the page cannot be written: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// All figures of one engine. `None` where it is not on this machine.
async fn measure<E: Engine>() -> Option<Section> {
    let Some(engine) = E::start() else {
        eprintln!("{}: skipped, as its server is not there", E::NAME);
        return None;
    };
    eprintln!("{}: publishing", E::NAME);
    let published = pace::publishing(&engine).await;
    eprintln!("{}: following", E::NAME);
    let followed = pace::following(&engine).await;
    eprintln!("{}: growing", E::NAME);
    let growth = growth::table(&engine).await;
    Some(Section {
        engine: E::NAME,
        tool: E::TOOL,
        follower: E::FOLLOWER,
        published,
        followed,
        growth,
    })
}
