//! curl as a client: the bytes as they are, as they come.

use std::process::{Command, Stdio};
use std::time::Duration;

use sse_runtime::EndReason;
use tests::{Example, Paced, passes, program};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::time::timeout;

const BYTES: &str = "\
HTTP/1.1 200 OK
content-type: text/event-stream
cache-control: no-cache, no-transform
x-accel-buffering: no
transfer-encoding: chunked

id: 1
event: number
data: this is
data: number 1

id: 2
event: number
data: this is
data: number 2

id: sse-runtime:end-of-stream

";

#[tokio::test]
async fn events_arrive_one_by_one() {
    let Some(curl) = program("SSE_TEST_CURL") else {
        return;
    };
    let mut paced = Paced::serve().await;
    let url = format!("http://{}/numbers?limit=2", paced.address());
    let mut curl = tokio::process::Command::new(curl)
        .args(["--silent", "--no-buffer", "--include", &url])
        .stdout(Stdio::piped())
        .spawn()
        .expect("curl runs");
    let mut lines = BufReader::new(curl.stdout.take().expect("it is piped")).lines();
    let mut seen = String::new();
    let reading = timeout(Duration::from_secs(10), async {
        paced.next();
        while let Some(line) = lines.next_line().await.expect("curl writes text") {
            // The second number goes out when the first has arrived.
            if line == "data: number 1" {
                paced.next();
            }
            if !line.starts_with("date: ") {
                seen += line.trim_end_matches('\r');
                seen += "\n";
            }
        }
    });
    reading
        .await
        .expect("each number arrives before the next one");
    assert_eq!(seen, BYTES);
    assert!(curl.wait().await.expect("it ends").success());
    assert_eq!(paced.end().await, EndReason::Closed);
}

#[test]
fn the_lines_that_examples_print_work_as_they_stand() {
    let Some(curl) = program("SSE_TEST_CURL") else {
        return;
    };
    let mut chat = Example::start("chat");
    for _ in 0..3 {
        let line = chat.line("  curl ");
        let line = line.replace(
            "curl ",
            &format!(
                "'{}' --silent --show-error --fail --output /dev/null ",
                curl.display()
            ),
        );
        passes(Command::new("sh").args(["-c", &line]));
    }
}
