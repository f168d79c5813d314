//! What a log on the network costs beside its engine, and how that grows: `cargo xtask bench engines`
//! writes the page `RESULTS.md` beside this.
//!
//! | room | the one reason it exists |
//! |---|---|
//! | `engine` | a private server, what it tells of itself, and who uses it without the log |
//! | `redis`, `nats`, `postgres` | one engine each, with those of its own who do the same job |
//! | `node` | who uses the log |
//! | `pace` | how many events a second are published, and followed |
//! | `growth` | what an event costs with many channels, subscribers and nodes |
//! | `count`, `cpu` | a number that is waited for; what processes use |
//! | `page` | the tables |
//!
//! Servers, tools and this process share the CPUs of the machine, as they come. What is compared is
//! taken in turn, and its ratio is what counts. All of it has an end: what takes too long has failed.

mod count;
mod cpu;
mod engine;
mod growth;
mod nats;
mod node;
mod pace;
mod page;
mod postgres;
mod redis;

use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use tokio::time::timeout;

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
        sections.extend(measure::<postgres::Postgres<true>>().await);
        sections.extend(measure::<postgres::Postgres<false>>().await);
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

/// What all samples of publishing may take, and all of following.
const PART: Duration = Duration::from_secs(35);

/// All figures of one engine. `None` where it is not on this machine.
async fn measure<E: Engine>() -> Option<Section> {
    let Some(engine) = E::start() else {
        eprintln!("{}: skipped, as its server is not there", E::NAME);
        return None;
    };
    let version = match engine.process() {
        Some(process) => engine::version(process).await,
        None => Err("its server does not run".into()),
    };
    eprintln!("{}: publishing", E::NAME);
    let published = within(PART, pace::publishing(&engine)).await;
    eprintln!("{}: following", E::NAME);
    let followed = within(PART, pace::following(&engine)).await;
    let growth = match E::GROWS {
        true => growth::table(&engine).await,
        false => Vec::new(),
    };
    Some(Section {
        engine: E::NAME,
        version,
        published,
        followed,
        growth,
    })
}

/// What comes of it, if it does not take too long.
async fn within<T>(
    most: Duration,
    what: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let over = timeout(most, what).await;
    over.unwrap_or_else(|_| Err(format!("it was not over after {most:?}").into()))
}
