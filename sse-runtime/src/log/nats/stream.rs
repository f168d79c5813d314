//! The stream that a log lies in: made, brought up to date, or found fit.

use std::time::Duration;

use async_nats::jetstream::stream::{
    Config, DiscardPolicy, Info, Republish, RetentionPolicy, StorageType,
};
use async_nats::jetstream::{Context, ErrorCode, context};
use tokio::time::sleep;

use super::kept;
use super::options::{NatsOptions, NatsStorage};
use super::subjects::Subjects;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// What a log has to know of the stream.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) name: String,
    /// When it was made, in nanoseconds since 1970: of another one that is another time.
    pub(super) created: i128,
    /// The number of its newest message then.
    pub(super) last: u64,
    /// The most messages of a subject.
    pub(super) most: u64,
    /// How long one is kept.
    pub(super) age: Duration,
    pub(super) max_message_size: usize,
    pub(super) is_replicated: bool,
    /// The server that stores what is published, where there are several.
    pub(super) leader: Option<String>,
}

/// Why there is no stream for the log.
#[derive(Debug)]
pub(super) enum NoStream {
    /// Nobody answered.
    Unanswered(Source),
    /// The server refuses, or the stream that is there does not fit.
    Unfit(Source),
}

/// How often it is looked whether what somebody else is making is there, and how long in between.
const TRIES: usize = 50;
const PAUSE: Duration = Duration::from_millis(20);

/// Of the options: made where it is not there, and brought up to them where it is.
pub(super) async fn prepare(
    context: &Context,
    options: &NatsOptions,
    subjects: &Subjects,
) -> Result<Facts, NoStream> {
    for _ in 0..TRIES {
        let info = find_or_make(context, options, subjects).await?;
        if let Some(info) = info.filter(is_made) {
            return Ok(facts(info));
        }
        sleep(PAUSE).await;
    }
    let why = "another stream keeps its subjects, or is being made; take another namespace";
    Err(NoStream::Unfit(why.into()))
}

/// What the server says while it makes a stream is that this was made in the year 1.
fn is_made(info: &Info) -> bool {
    info.created.unix_timestamp() > 0
}

/// `None` where somebody else is making it.
async fn find_or_make(
    context: &Context,
    options: &NatsOptions,
    subjects: &Subjects,
) -> Result<Option<Info>, NoStream> {
    let name = options.stream.as_ref().unwrap_or(&options.namespace);
    let found = match context.get_stream(name).await {
        Ok(stream) => Some(stream.cached_info().clone()),
        Err(error) => match error.kind() {
            context::GetStreamErrorKind::JetStream(error)
                if error.error_code() == ErrorCode::STREAM_NOT_FOUND =>
            {
                None
            }
            context::GetStreamErrorKind::JetStream(error) => {
                return Err(NoStream::Unfit(error.into()));
            }
            context::GetStreamErrorKind::Request if is_missing(&error) => {
                return Err(NoStream::Unfit("it has no JetStream; enable that".into()));
            }
            _ => return Err(NoStream::Unanswered(error.into())),
        },
    };
    let info = match (found, &options.stream) {
        (Some(info), Some(_)) => {
            check(&info.config, subjects).map_err(|why| NoStream::Unfit(why.into()))?;
            info
        }
        (None, Some(name)) => {
            let why = format!("there is no stream `{name}`; make it, or leave that to the log");
            return Err(NoStream::Unfit(why.into()));
        }
        (None, None) => {
            match context.create_stream(wanted(options, subjects)).await {
                Ok(made) => made.cached_info().clone(),
                // The server looks for the name first, and then for its subjects.
                Err(error) if overlaps(&error) => return Ok(None),
                Err(error) => return Err(refused(error)),
            }
        }
        (Some(info), None) => {
            let wanted = brought_up(info.config.clone(), options, subjects);
            check(&wanted, subjects).map_err(|why| NoStream::Unfit(why.into()))?;
            // Before 2.10 a server leaves what is passed on as it was when the stream was made.
            let lesser = Config {
                republish: info.config.republish.clone(),
                ..wanted.clone()
            };
            match wanted == info.config {
                true => info,
                false => match context.update_stream(wanted).await {
                    Ok(updated) => updated,
                    Err(_) if lesser == info.config => info,
                    Err(_) => context.update_stream(lesser).await.map_err(refused)?,
                },
            }
        }
    };
    Ok(Some(info))
}

fn facts(info: Info) -> Facts {
    Facts {
        created: info.created.unix_timestamp_nanos(),
        last: info.state.last_sequence,
        most: kept::limit(info.config.max_messages_per_subject),
        max_message_size: usize::try_from(info.config.max_message_size)
            .ok()
            .filter(|size| *size > 0)
            .unwrap_or(usize::MAX),
        is_replicated: info.config.num_replicas > 1,
        leader: info.cluster.and_then(|it| it.leader),
        age: match info.config.max_age {
            Duration::ZERO => Duration::MAX,
            age => age,
        },
        name: info.config.name,
    }
}

fn overlaps(error: &context::CreateStreamError) -> bool {
    match error.kind() {
        context::CreateStreamErrorKind::JetStream(error) => {
            error.error_code() == ErrorCode::STREAM_SUBJECT_OVERLAP
        }
        _ => false,
    }
}

/// Whether the server said that nobody there answers questions of JetStream.
fn is_missing(error: &context::GetStreamError) -> bool {
    let source = std::error::Error::source(error);
    let source = source.and_then(|it| it.downcast_ref::<context::RequestError>());
    source.is_some_and(|it| it.kind() == context::RequestErrorKind::NoResponders)
}

fn refused(error: context::CreateStreamError) -> NoStream {
    match error.kind() {
        context::CreateStreamErrorKind::TimedOut => NoStream::Unanswered(error.into()),
        _ => NoStream::Unfit(error.into()),
    }
}

fn wanted(options: &NatsOptions, subjects: &Subjects) -> Config {
    let (source, destination) = subjects.passed_on();
    let config = Config {
        name: options.namespace.clone(),
        description: Some("events of sse-runtime, by channel".to_owned()),
        retention: RetentionPolicy::Limits,
        discard: DiscardPolicy::Old,
        max_bytes: -1,
        max_messages: -1,
        max_consumers: -1,
        storage: match options.storage {
            NatsStorage::File => StorageType::File,
            NatsStorage::Memory => StorageType::Memory,
        },
        republish: Some(Republish {
            source,
            destination,
            headers_only: false,
        }),
        ..Config::default()
    };
    brought_up(config, options, subjects)
}

/// With what the options say, and all else as it is.
fn brought_up(config: Config, options: &NatsOptions, subjects: &Subjects) -> Config {
    // The server takes no longer window than it keeps messages.
    let window = match options.age {
        Duration::ZERO => options.idempotency_window,
        age => options.idempotency_window.min(age),
    };
    let most = i64::try_from(options.events).unwrap_or(i64::MAX);
    Config {
        description: kept::noted(&config, most),
        subjects: subjects.kept().into(),
        max_age: options.age,
        max_messages_per_subject: most,
        duplicate_window: window.max(Duration::from_millis(100)),
        num_replicas: options.replicas,
        allow_direct: true,
        republish: config.republish.map(|passed_on| Republish {
            // With all of it, nobody need read what has just come.
            headers_only: false,
            ..passed_on
        }),
        ..config
    }
}

/// Whether a log can lie in a stream of these settings.
fn check(config: &Config, subjects: &Subjects) -> Result<(), String> {
    let name = &config.name;
    let must = |holds: bool, what: &str| match holds {
        true => Ok(()),
        false => Err(format!("stream `{name}` {what}")),
    };
    for subject in subjects.kept() {
        let is_kept = config.subjects.iter().any(|kept| covers(kept, &subject));
        must(
            is_kept,
            &format!("does not keep `{subject}`; add that to its subjects"),
        )?;
    }
    let (source, destination) = subjects.passed_on();
    let republish = config.republish.as_ref();
    must(
        republish.is_some_and(|it| it.source == source && it.destination == destination),
        &format!(
            "does not republish `{source}` to `{destination}`, by which nodes learn of what is \
             new; make it anew with that, or take another namespace"
        ),
    )?;
    must(
        config.allow_direct,
        "does not allow direct gets; set `allow_direct`",
    )?;
    must(
        config.discard == DiscardPolicy::Old,
        "refuses what is new when it is full; let it discard what is old",
    )?;
    must(
        config.retention == RetentionPolicy::Limits,
        "drops what was consumed; let it retain by limits",
    )?;
    must(!config.no_ack, "acknowledges nothing; leave `no_ack` out")?;
    must(!config.sealed, "is sealed; take another")?;
    must(config.mirror.is_none(), "mirrors another; take that")
}

/// Whether all subjects of `of` are of `pattern`.
fn covers(pattern: &str, of: &str) -> bool {
    let mut of = of.split('.');
    for token in pattern.split('.') {
        match (token, of.next()) {
            (">", Some(_)) => return true,
            ("*", Some(_)) => {}
            (token, Some(same)) if token == same => {}
            _ => return false,
        }
    }
    of.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit() -> (Config, Subjects) {
        let subjects = Subjects::new("sse").unwrap();
        (wanted(&NatsOptions::default(), &subjects), subjects)
    }

    #[test]
    fn what_is_made_fits() {
        let (config, subjects) = fit();
        assert_eq!(check(&config, &subjects), Ok(()));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        type Change = fn(&mut Config);
        let cases: [(&str, Change); 7] = [
            ("does not keep `sse.*.end`", |it| {
                it.subjects = vec!["sse.*.log".to_owned()]
            }),
            ("does not republish", |it| it.republish = None),
            ("allow_direct", |it| it.allow_direct = false),
            ("when it is full", |it| it.discard = DiscardPolicy::New),
            ("was consumed", |it| {
                it.retention = RetentionPolicy::WorkQueue
            }),
            ("no_ack", |it| it.no_ack = true),
            ("sealed", |it| it.sealed = true),
        ];
        for (what, change) in cases {
            let (mut config, subjects) = fit();
            change(&mut config);
            let why = check(&config, &subjects).unwrap_err();
            assert!(
                why.starts_with("stream `sse` ") && why.contains(what),
                "{why}"
            );
        }
    }

    #[test]
    fn a_pattern_covers_what_it_is_wider_than() {
        for (pattern, of, is_covered) in [
            ("sse.*.log", "sse.*.log", true),
            ("sse.>", "sse.*.log", true),
            (">", "sse.*.log", true),
            ("sse.*.*", "sse.*.log", true),
            ("sse.a.log", "sse.*.log", false),
            ("sse.*", "sse.*.log", false),
            ("sse.*.log.>", "sse.*.log", false),
            ("other.>", "sse.*.log", false),
        ] {
            assert_eq!(covers(pattern, of), is_covered, "{pattern} {of}");
        }
    }
}
