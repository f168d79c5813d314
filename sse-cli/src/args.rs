//! What can be asked for: the command line, as values that need no second look.

mod body;
mod header;
mod target;

use std::num::NonZero;
use std::time::Duration;

use bytesize::ByteSize;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, ValueEnum, ValueHint};
use clap_complete::Shell;
use sse_runtime::EventId;

use crate::place::Place;

pub(crate) use body::Body;
pub(crate) use header::{Header, Headers};
pub(crate) use target::Target;

/// What to do.
#[derive(Debug)]
pub(crate) enum Command {
    Subscribe(Box<Subscription>),
    /// Print the completions of a shell.
    Complete(Shell),
}

impl Command {
    /// Reads the command line; where it is wrong, says so and ends the program with status 2.
    pub(crate) fn read() -> Self {
        Self::of(Args::parse()).unwrap_or_else(|error| error.exit())
    }

    fn of(args: Args) -> Result<Self, clap::Error> {
        let Args {
            completions,
            target,
            request,
            beginning,
            output,
            connection,
        } = args;
        let refusal = |kind, why| Err(Args::command().error(kind, why));
        if let Some(shell) = completions {
            return Ok(Self::Complete(shell));
        }
        let Some(target) = target else {
            return refusal(ErrorKind::MissingRequiredArgument, "there is no URL");
        };
        if request.data.is_some() && request.method == Some(Method::Get) {
            let why = "a GET has no body; leave out --data, or --request GET";
            return refusal(ErrorKind::ArgumentConflict, why);
        }
        if output.parse_data && output.format != Format::Json {
            let why = "--parse-data is about JSON; add --format json";
            return refusal(ErrorKind::ArgumentConflict, why);
        }
        Ok(Self::Subscribe(Box::new(Subscription {
            target,
            request,
            beginning,
            output,
            connection,
        })))
    }

    /// The completions of a shell.
    pub(crate) fn completions(shell: Shell) -> Vec<u8> {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Args::command(), "sse", &mut script);
        script
    }
}

/// What to subscribe to, and how.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) target: Target,
    pub(crate) request: Request,
    pub(crate) beginning: Beginning,
    pub(crate) output: Output,
    pub(crate) connection: Connection,
}

const OUTCOMES: &str = "\
Exit status:
  0    the stream is over, or --count or --timeout is reached
  1    it cannot be had, or --timeout was reached before --count
  2    the command line is wrong
  130  interrupted";

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "sse",
    about = "Subscribes to a stream of Server-Sent Events, and prints what comes",
    version,
    override_usage = "sse [OPTIONS] <URL>",
    after_help = OUTCOMES,
    arg_required_else_help = true,
    max_term_width = 100
)]
struct Args {
    /// The stream; without a scheme it is http:// on this machine, https:// elsewhere
    #[arg(
        value_name = "URL",
        value_hint = ValueHint::Url,
        required_unless_present = "completions"
    )]
    target: Option<Target>,

    /// Print the completions of a shell
    #[arg(long, value_name = "SHELL", exclusive = true)]
    completions: Option<Shell>,

    #[command(flatten)]
    request: Request,

    #[command(flatten)]
    beginning: Beginning,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    connection: Connection,
}

/// What is sent.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Request")]
pub(crate) struct Request {
    /// Send this header; of @FILE each line, so that secrets stay out of the list of processes
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE|@FILE")]
    pub(crate) headers: Vec<Headers>,

    /// Send this body with a POST; that of @FILE, of stdin as @-. What is JSON is sent as such
    #[arg(short, long, value_name = "TEXT|@FILE|@-", allow_hyphen_values = true)]
    pub(crate) data: Option<Body>,

    /// The method; with a body it is POST, else GET
    #[arg(
        short = 'X',
        long = "request",
        value_name = "METHOD",
        ignore_case = true
    )]
    pub(crate) method: Option<Method>,
}

/// The methods that streams are asked for with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "UPPER")]
pub(crate) enum Method {
    Get,
    Post,
}

/// Where a stream is taken up.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Resuming")]
pub(crate) struct Beginning {
    /// Go on from the place in FILE, and keep it there; begin anew where there is no such file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) resume: Option<Place>,

    /// Begin after the event with this id
    #[arg(long, value_name = "ID", conflicts_with = "resume")]
    pub(crate) last_event_id: Option<EventId>,
}

/// What is printed, and how.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct Output {
    /// How events are printed
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: Format,

    /// With `--format json`: where data is JSON, write the value and not a string of it
    #[arg(long)]
    pub(crate) parse_data: bool,

    /// Print only events with this name; may be given several times
    #[arg(short, long = "event", value_name = "NAME")]
    pub(crate) events: Vec<String>,

    /// Say nothing on stderr but why it failed
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Say on stderr what each connection asks for and how it is answered
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

/// How events are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// To be read: name, id and data, in colours on a terminal
    Text,
    /// The data and a line feed
    Data,
    /// A line of JSON with `event`, `id` and `data`
    Json,
    /// An event stream again
    Sse,
}

/// When to stop, and when to come back.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connection {
    /// Stop after this many events that were printed
    #[arg(short = 'n', long, value_name = "N")]
    pub(crate) count: Option<NonZero<u64>>,

    /// Stop after this time, such as `90s` or `1h 30m`
    #[arg(short, long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Option<Duration>,

    /// Come back when nothing has come for this time, heartbeats included [default: never]
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) idle_timeout: Option<Duration>,

    /// Stop when the first connection ends
    #[arg(long, conflicts_with_all = ["max_attempts", "idle_timeout"])]
    pub(crate) no_reconnect: bool,

    /// Give up after this many attempts in a row that brought no event [default: never]
    #[arg(long, value_name = "N")]
    pub(crate) max_attempts: Option<NonZero<u32>>,

    /// Leave out, and say so, what has more data than this
    #[arg(long, value_name = "SIZE", default_value = "16MiB")]
    pub(crate) max_event_size: ByteSize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(line: &str) -> String {
        let args = Args::try_parse_from(line.split(' '));
        let refusal = args.and_then(Command::of).expect_err(line);
        assert_eq!(refusal.exit_code(), 2);
        refusal.to_string()
    }

    #[test]
    fn the_grammar_holds_together() {
        Args::command().debug_assert();
    }

    #[test]
    fn what_contradicts_itself_is_refused_with_what_to_leave_out() {
        for (line, why) in [
            ("sse", "Usage: sse"),
            ("sse -n 1", "<URL>"),
            ("sse localhost -n 0", "number would be zero"),
            (
                "sse localhost -X GET -d a",
                "leave out --data, or --request GET",
            ),
            ("sse localhost -X PUT", "[possible values: GET, POST]"),
            ("sse localhost --parse-data", "add --format json"),
            (
                "sse localhost --resume a --last-event-id b",
                "cannot be used with",
            ),
            (
                "sse localhost --no-reconnect --max-attempts 2",
                "cannot be used with",
            ),
            ("sse localhost --timeout 5", "time unit needed"),
            (
                "sse localhost --max-event-size many",
                "invalid value 'many'",
            ),
            ("sse localhost --completions bash", "cannot be used with"),
        ] {
            let refusal = refusal(line);
            assert!(refusal.contains(why), "`{line}`: {refusal}");
        }
    }
}
