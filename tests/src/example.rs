use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Lines, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long an example may take to end once it is asked to.
const GRACE: Duration = Duration::from_secs(2);

/// An example as one runs it, on a free port. It is killed where a test fails before it has ended.
#[derive(Debug)]
pub struct Example {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
    url: String,
}

impl Example {
    /// Builds and starts an example: of the package `examples`, or `orders`, which is one of its own.
    #[must_use]
    pub fn start(name: &str) -> Self {
        Self::start_with(name, |_| {})
    }

    /// As [`start`](Self::start), with arguments or variables of its own.
    #[must_use]
    pub fn start_with(name: &str, configure: impl FnOnce(&mut Command)) -> Self {
        let mut command = command(name, configure);
        command.stdout(Stdio::piped());
        let mut child = command.spawn().expect("the example starts");
        let output = child.stdout.take().expect("its output is piped");
        let mut output = BufReader::new(output).lines();
        let first = output.next().expect("it prints a line").expect("of text");
        let url = first
            .split_whitespace()
            .find(|word| word.starts_with("http://"))
            .unwrap_or_else(|| panic!("no URL in the first line, `{first}`"))
            .to_owned();
        Self { child, output, url }
    }

    /// Runs an example that refuses to start; what it says of the reason.
    #[must_use]
    pub fn refused(name: &str, configure: impl FnOnce(&mut Command)) -> String {
        let output = command(name, configure).output().expect("it starts");
        assert!(!output.status.success(), "it ended well");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Runs an example that does something and ends; what it says.
    #[must_use]
    pub fn ran(name: &str, configure: impl FnOnce(&mut Command)) -> String {
        let output = command(name, configure).output().expect("it starts");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The URL that it printed, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The URL of a path.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// A client that never says all of its request, and must not hold the example up.
    #[must_use]
    pub fn half_a_request(&self) -> TcpStream {
        let address = self.url.trim_start_matches("http://");
        let mut socket = TcpStream::connect(address).expect("it listens");
        socket
            .write_all(b"POST / HTTP/1.1\r\nhost:")
            .expect("it reads");
        socket
    }

    /// The id of its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line of its output that begins so.
    pub fn line(&mut self, beginning: &str) -> String {
        self.output
            .by_ref()
            .map(|line| line.expect("it prints text"))
            .find(|line| line.starts_with(beginning))
            .unwrap_or_else(|| panic!("it ended before a line `{beginning}…`"))
    }

    /// Does what Ctrl-C does, without waiting.
    pub fn interrupt(&self) {
        let kill = format!("kill -INT {}", self.id());
        let status = Command::new("sh").args(["-c", &kill]).status();
        assert!(status.is_ok_and(|status| status.success()), "`{kill}`");
    }

    /// Interrupts it; how it ended, within two seconds.
    pub fn stop(mut self) -> ExitStatus {
        self.interrupt();
        let start = Instant::now();
        loop {
            if let Some(status) = self
                .child
                .try_wait()
                .expect("it is a child of this process")
            {
                return status;
            }
            assert!(start.elapsed() < GRACE, "it still runs after {GRACE:?}");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        // Where it has ended there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(name: &str, configure: impl FnOnce(&mut Command)) -> Command {
    let mut command = Command::new(executable(name));
    command.env("PORT", "0");
    configure(&mut command);
    command
}

/// The program of an example, which is built once in a process.
fn executable(name: &str) -> String {
    static BUILT: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    built
        .entry(name.to_owned())
        .or_insert_with(|| build(name))
        .clone()
}

fn build(name: &str) -> String {
    // With the features that these tests are built with, so that dependencies are not built once more. Of
    // a program alone cargo would leave out those of tests.
    let target = match name {
        "orders" => "--bin orders --example quickstart",
        name => &format!("--example {name}"),
    };
    let build = format!("build --workspace --all-features --locked --message-format=json {target}");
    let output = Command::new(env!("CARGO"))
        .args(build.split(' '))
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "the example `{name}` does not build"
    );
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| message["executable"].as_str().map(str::to_owned))
        .expect("cargo names the program that it built")
}
