//! nginx in front, as it is without any directive about streams: it buffers responses, and speaks
//! HTTP/1.0 to the server behind it.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

use reqwest::header::{CACHE_CONTROL, CONTENT_TYPE};
use reqwest::{Client, Response, StatusCode};
use sse_runtime::EndReason;
use tests::{Paced, program};
use tokio::time::timeout;

/// nginx, stopped when the test is over.
struct Nginx {
    process: Child,
    address: SocketAddr,
}

impl Nginx {
    /// Starts it before a server, and waits until it listens.
    fn start(program: PathBuf, name: &str, behind: SocketAddr) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("nginx")
            .join(name);
        fs::create_dir_all(&directory).expect("a writable directory");
        let address = free_address();
        // Only where it listens, where it forwards to and where it may write: all else is default.
        let configuration = format!(
            "daemon off; master_process off; pid nginx.pid; events {{}}
             http {{
                 access_log off;
                 client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
                 uwsgi_temp_path uwsgi; scgi_temp_path scgi;
                 server {{ listen {address}; location / {{ proxy_pass http://{behind}; }} }}
             }}"
        );
        fs::write(directory.join("nginx.conf"), configuration).expect("a writable directory");
        let mut process = Command::new(program)
            .args(["-c", "nginx.conf", "-e", "stderr", "-p"])
            .arg(&directory)
            .spawn()
            .expect("nginx runs");
        while TcpStream::connect(address).is_err() {
            let ended = process.try_wait().expect("it is a child of this process");
            assert_eq!(ended, None, "nginx has ended");
            thread::sleep(Duration::from_millis(10));
        }
        Self { process, address }
    }

    async fn get(&self, path: &str) -> Response {
        let url = format!("http://{}{path}", self.address);
        let response = Client::new().get(url).send();
        timeout(Duration::from_secs(10), response)
            .await
            .expect("the head is not held back")
            .expect("it answers")
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Where it has ended there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An address that was free a moment ago: nginx takes no port 0.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound")
}

/// A stream as it is read, up to what is looked for.
struct Reader {
    response: Response,
    seen: String,
}

impl Reader {
    fn new(response: Response) -> Self {
        Self {
            response,
            seen: String::new(),
        }
    }

    async fn until(&mut self, text: &str) {
        while !self.seen.contains(text) {
            let chunk = timeout(Duration::from_secs(10), self.response.chunk()).await;
            let chunk = chunk.unwrap_or_else(|_| panic!("`{text}` is held back"));
            let chunk = chunk.expect("it goes on").expect("it goes on");
            self.seen += std::str::from_utf8(&chunk).expect("text");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_arrive_one_by_one() {
    let Some(program) = program("SSE_TEST_NGINX") else {
        return;
    };
    let mut paced = Paced::serve().await;
    let nginx = Nginx::start(program, "one-by-one", paced.address());
    // The head comes with the first event, or after a second without one.
    paced.next();
    let response = nginx.get("/numbers?limit=3").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[CONTENT_TYPE], "text/event-stream");
    assert_eq!(response.headers()[CACHE_CONTROL], "no-cache, no-transform");
    let mut reader = Reader::new(response);
    for n in 1..=3 {
        reader.until(&format!("number {n}\n\n")).await;
        assert!(!reader.seen.contains(&format!("number {}\n", n + 1)));
        paced.next();
    }
    reader.until("id: sse-runtime:end-of-stream\n\n").await;
    assert_eq!(reader.response.chunk().await.expect("it ends well"), None);
    assert_eq!(paced.end().await, EndReason::Closed);
}

#[tokio::test(flavor = "multi_thread")]
async fn heartbeats_arrive_while_nothing_happens() {
    let Some(program) = program("SSE_TEST_NGINX") else {
        return;
    };
    let paced = Paced::serve().await;
    let nginx = Nginx::start(program, "heartbeats", paced.address());
    let mut reader = Reader::new(nginx.get("/silence").await);
    reader.until(":\n:\n:\n").await;
    assert_eq!(reader.seen.replace(":\n", ""), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_ends_the_stream_behind() {
    let Some(program) = program("SSE_TEST_NGINX") else {
        return;
    };
    let mut paced = Paced::serve().await;
    let nginx = Nginx::start(program, "goes-away", paced.address());
    drop(nginx.get("/silence").await);
    let end = timeout(Duration::from_secs(10), paced.end()).await;
    assert_eq!(end.expect("it is told"), EndReason::Disconnected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_resumes_and_is_told_to_stay_away() {
    let Some(program) = program("SSE_TEST_NGINX") else {
        return;
    };
    let paced = Paced::serve().await;
    let nginx = Nginx::start(program, "resumes", paced.address());
    let url = format!("http://{}/numbers?limit=2", nginx.address);
    let from = |id: &'static str| Client::new().get(&url).header("last-event-id", id).send();
    paced.next();
    let resumed = from("1").await.expect("it answers").text().await;
    assert!(resumed.expect("it ends well").starts_with("id: 2\n"));
    let stopped = from("sse-runtime:end-of-stream").await.expect("it answers");
    assert_eq!(stopped.status(), StatusCode::NO_CONTENT);
}
