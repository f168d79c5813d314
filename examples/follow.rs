//! A text file that grows, line by line: `tail -F` for browsers, which go on at the exact byte.
//!
//! `cargo run --example follow -- app.log` prints its URL, where a page waits, and lines for curl.
//! `PORT` says where it listens: 3000 unless set, 0 for a free port.
//!
//! `GET /lines` streams the file from its start, and then what is added. The `id` of a line is the
//! offset of the byte after it, so a client resumes at that byte, whether or not this program has
//! been restarted meanwhile. `?contains=text` leaves out other lines; they move the resume point as
//! well, by a checkpoint.
//!
//! | in the file | on the wire |
//! |---|---|
//! | a line without its line break, yet | nothing, until the line break is there |
//! | a line longer than [`LONGEST`] bytes | its beginning, as an event named `cut`; `contains` sees no more either |
//! | bytes that are not UTF-8 | `U+FFFD` in their place |
//! | the file is replaced by a new one (rotation) | the rest of the old one, `rotated`, all of the new one |
//! | the file is shorter than what was read | `truncated`, then the file from its start |
//! | `Last-Event-ID` is not the end of a line | `rotated`, or `truncated` beyond the end; then the file from its start |
//!
//! `rotated` and `truncated` have the id 0: there offsets start anew. What an offset cannot tell:
//! a client that was away during a rotation goes on in the new file without a word if a line happens
//! to end there at the very same byte, and so does a file that was truncated and has outgrown its
//! old length within [`POLL`].

use std::env;
use std::error::Error;
use std::fs::{self, File, Metadata};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use sse_runtime::{Context, EventId, Problem, Settings, Shutdown, server_sent_events};
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

#[cfg(feature = "openapi")]
mod openapi;

/// Bytes of a line that are sent. Of a longer one only that much is, and the rest is read over.
const LONGEST: usize = 64 * 1024;
/// Bytes that are read before what was found in them is sent.
const BATCH: usize = 16 * 1024;
/// How often a file is looked at that had nothing new.
const POLL: Duration = Duration::from_millis(200);
/// Streams at a time, as each holds a file open. Further clients are asked to come back.
const STREAMS: usize = 200;
/// How long streams may take to end after Ctrl-C.
const DRAIN: Duration = Duration::from_millis(500);

/// A line, or what became of the file.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct Line {
    text: String,
    kind: Option<&'static str>,
    /// The offset of the byte after it.
    end: u64,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct Request {
    contains: Option<String>, // from the query
    offset: Option<u64>,      // from the Last-Event-ID header, or `?last_event_id=`
}

/// A file that grows.
#[server_sent_events(data = text, event = kind, id = end, last_event_id = offset)]
trait Follow {
    /// Streams the lines of the file that contain a text.
    #[sse(get = "/lines")]
    async fn lines(
        &self,
        ctx: Context,
        payload: Request,
        stream: impl LinesServerStream<Line>,
    ) -> Result<(), Problem>;
}

/// The file of this path, whichever it is at the time.
struct Watched(PathBuf);

impl Follow for Watched {
    async fn lines(
        &self,
        ctx: Context,
        payload: Request,
        stream: impl LinesServerStream<Line>,
    ) -> Result<(), Problem> {
        ctx.open();
        let wanted = payload.contains.unwrap_or_default();
        let mut tail = Tail::new(self.0.clone(), payload.offset.unwrap_or(0));
        loop {
            // Files are read on a thread that may block. The tail goes there and comes back.
            let (back, read) = spawn_blocking(move || {
                let read = tail.read();
                (tail, read)
            })
            .await
            .map_err(internal)?;
            tail = back;

            let Some(lines) = read.map_err(internal)? else {
                sleep(POLL).await;
                continue;
            };
            for line in lines {
                if line.kind.is_some_and(|kind| kind != CUT) || line.text.contains(&wanted) {
                    stream.send(line).await?;
                } else {
                    stream.checkpoint(EventId::from(line.end))?;
                }
            }
        }
    }
}

fn internal(error: impl Error) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR).detail(error.to_string())
}

const CUT: &str = "cut";
const ROTATED: &str = "rotated";
const TRUNCATED: &str = "truncated";

/// Reads a file on from an offset, and from its successors when it is rotated. A file that is not
/// there yet is waited for.
struct Tail {
    path: PathBuf,
    open: Option<Open>,
    /// The end of the last whole line.
    offset: u64,
}

struct Open {
    file: BufReader<File>,
    identity: Identity,
    /// What is there of a line that has no line break yet; not more than [`LONGEST`] bytes of it.
    begun: Vec<u8>,
    /// How long it is.
    length: u64,
}

impl Tail {
    fn new(path: PathBuf, offset: u64) -> Self {
        Self {
            path,
            open: None,
            offset,
        }
    }

    /// What is new, in part where it is much; `None` where nothing is.
    fn read(&mut self) -> io::Result<Option<Vec<Line>>> {
        let mut lines = Vec::new();
        let is_more = match &mut self.open {
            None => self.begin(&mut lines)?,
            Some(open) => open.read(&mut self.offset, &mut lines)? || self.at_end(&mut lines)?,
        };
        Ok(is_more.then_some(lines))
    }

    /// Opens the file, and tells if the offset is not one of its. Whether there is a file.
    fn begin(&mut self, lines: &mut Vec<Line>) -> io::Result<bool> {
        let Some(mut open) = Open::new(&self.path)? else {
            return Ok(false);
        };
        let kind = if self.offset > open.file.get_ref().metadata()?.len() {
            Some(TRUNCATED)
        } else if open.seek(self.offset)? {
            None
        } else {
            Some(ROTATED)
        };
        self.open = Some(open);
        if let Some(kind) = kind {
            lines.push(self.start_anew(kind)?);
        }
        Ok(true)
    }

    /// Nothing is left to read: finds out whether the file has been rotated or truncated.
    fn at_end(&mut self, lines: &mut Vec<Line>) -> io::Result<bool> {
        let (Some(open), Some(now)) = (&mut self.open, there(fs::metadata(&self.path))?) else {
            return Ok(false); // Renamed; its successor is to come.
        };
        if open.identity == Identity::of(&now) {
            let is_shorter = now.len() < self.offset + open.length;
            if is_shorter {
                lines.push(self.start_anew(TRUNCATED)?);
            }
            return Ok(is_shorter);
        }
        let Some(successor) = Open::new(&self.path)? else {
            return Ok(false);
        };
        // It may have grown between the last look at it and its renaming.
        if !open.read(&mut self.offset, lines)? {
            lines.extend(open.rest(&mut self.offset));
            self.open = Some(successor);
            lines.push(self.start_anew(ROTATED)?);
        }
        Ok(true)
    }

    fn start_anew(&mut self, kind: &'static str) -> io::Result<Line> {
        self.offset = 0;
        if let Some(open) = &mut self.open {
            open.seek(0)?;
        }
        Ok(Line {
            text: self.path.display().to_string(),
            kind: Some(kind),
            end: 0,
        })
    }
}

impl Open {
    fn new(path: &Path) -> io::Result<Option<Self>> {
        let Some(file) = there(File::open(path))? else {
            return Ok(None);
        };
        Ok(Some(Self {
            identity: Identity::of(&file.metadata()?),
            file: BufReader::new(file),
            begun: Vec::new(),
            length: 0,
        }))
    }

    /// Goes to an offset; whether a line begins there.
    fn seek(&mut self, offset: u64) -> io::Result<bool> {
        self.begun.clear();
        self.length = 0;
        let Some(before) = offset.checked_sub(1) else {
            return self.file.rewind().map(|()| true);
        };
        self.file.seek(SeekFrom::Start(before))?;
        let mut byte = [0];
        self.file.read_exact(&mut byte)?;
        Ok(byte == *b"\n")
    }

    /// Reads up to about [`BATCH`] bytes, and adds the lines that are whole. Whether there was
    /// anything to read.
    fn read(&mut self, offset: &mut u64, lines: &mut Vec<Line>) -> io::Result<bool> {
        let mut read = 0;
        while read < BATCH {
            let bytes = self.file.fill_buf()?;
            let line_break = bytes.iter().position(|byte| *byte == b'\n');
            let (text, taken) = match line_break {
                Some(at) => (bytes.get(..at).unwrap_or_default(), at + 1),
                None => (bytes, bytes.len()),
            };
            if taken == 0 {
                break;
            }
            let room = LONGEST.saturating_sub(self.begun.len());
            self.begun.extend(text.iter().take(room));
            self.length += text.len() as u64;
            self.file.consume(taken);
            read += taken;
            if line_break.is_some() {
                *offset += self.length + 1;
                lines.push(self.take(*offset));
            }
        }
        Ok(read > 0)
    }

    /// What has no line break, and will get none as the file is finished.
    fn rest(&mut self, offset: &mut u64) -> Option<Line> {
        if self.length == 0 {
            return None;
        }
        *offset += self.length;
        Some(self.take(*offset))
    }

    fn take(&mut self, end: u64) -> Line {
        let is_whole = self.begun.len() as u64 == self.length;
        let text = self.begun.strip_suffix(b"\r").unwrap_or(&self.begun);
        let line = Line {
            text: String::from_utf8_lossy(text).into_owned(),
            kind: (!is_whole).then_some(CUT),
            end,
        };
        self.begun.clear();
        self.length = 0;
        line
    }
}

/// `None` where there is no such file.
fn there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

/// Tells a file from its successor of the same name.
#[derive(PartialEq)]
struct Identity(
    #[cfg(unix)] (u64, u64),
    #[cfg(not(unix))] Option<std::time::SystemTime>,
);

impl Identity {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            Self((metadata.dev(), metadata.ino()))
        }
        #[cfg(not(unix))]
        Self(metadata.created().ok())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args_os().nth(1).map(PathBuf::from);
    let path = path.ok_or("which file? cargo run --example follow -- app.log")?;
    let metadata = fs::metadata(&path).map_err(|error| format!("`{}`: {error}", path.display()))?;
    if !metadata.is_file() {
        return Err(format!("`{}` is not a file", path.display()).into());
    }
    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let port: u16 = port
        .parse()
        .map_err(|_| format!("PORT is `{port}`; it must be a number from 0 to 65535"))?;
    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|error| format!("port {port}: {error}; PORT=0 picks a free one"))?;
    print_usage(&format!("http://{}", listener.local_addr()?), &path);

    let shutdown = Shutdown::new().drain(DRAIN);
    let settings = Settings::new().shutdown(&shutdown).max_streams(STREAMS);
    let app = Router::new()
        .route("/", get(Html(include_str!("follow.html"))))
        .merge(
            FollowServer::new(Watched(path))
                .settings(settings)
                .into_router(),
        );
    #[cfg(feature = "openapi")]
    let app = {
        let document =
            sse_runtime::openapi::Document::new("Lines", "1.0.0").add::<FollowServer<Watched>>();
        app.merge(openapi::routes(document)?)
    };

    let started = shutdown.started();
    let stop = async move {
        asked_to_stop().await;
        shutdown.start();
    };
    tokio::select! {
        served = axum::serve(listener, app).with_graceful_shutdown(stop).into_future() => served?,
        // Streams have ended by now. A request that does not come in whole is not waited for.
        () = async { started.await; sleep(DRAIN + DRAIN / 2).await } => {}
    }
    Ok(())
}

fn print_usage(url: &str, path: &Path) {
    println!(
        r#"listening on {url}

  all lines         curl -N {url}/lines
  some lines        curl -N '{url}/lines?contains=error'
  from a byte on    curl -N {url}/lines -H 'Last-Event-ID: 0'
  add a line        date >> {path}

or open {url} in a browser; Ctrl-C ends it"#,
        path = path.display()
    );
}

/// Waits for Ctrl-C, or for SIGTERM where there is such a thing.
async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => return,
                _ = terminate.recv() => return,
            }
        }
    }
    // Where no signal can be had, there is none to wait for.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
