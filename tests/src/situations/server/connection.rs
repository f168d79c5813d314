//! One connection: one request, one answer.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use serde::Serialize;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::{Origin, Request, Shared};
use crate::situations::answer::{Answer, End};
use crate::situations::request::OF_USER;

/// A request with all that came with it.
struct Arrived {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

pub(super) async fn serve(
    mut socket: TcpStream,
    origin: Origin,
    shared: &Arc<Shared>,
) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let Some(request) = read(&mut socket).await? else {
        return Ok(());
    };
    let page = request.header("origin").map(str::to_owned);
    let run = request
        .path
        .split('/')
        .nth(1)
        .unwrap_or_default()
        .to_owned();
    let answer = answer(request, origin, shared);
    let at = |address| format!("http://{address}/{run}");
    let pieces = answer.pieces(&at(shared.home), &at(shared.foreign), page.as_deref());
    for piece in pieces {
        socket.write_all(&piece).await?;
        if !answer.pause().is_zero() {
            sleep(answer.pause()).await;
        }
    }
    if let Some(bytes) = answer.breaks_after() {
        shared.hears(&run, bytes).await;
    }
    match answer.end() {
        // What the client still sends is read, or the FIN would become a RST.
        End::Close => socket.shutdown().await?,
        End::Silence => {}
        End::Reset => return socket.set_zero_linger(),
    }
    while socket.read(&mut [0; 1024]).await? > 0 {}
    Ok(())
}

fn answer(request: Arrived, origin: Origin, shared: &Arc<Shared>) -> Answer {
    let path = request.path.clone();
    let mut parts = path.split('/').skip(1);
    let parts = [(); 4].map(|()| parts.next());
    match (request.method.as_str(), parts) {
        ("OPTIONS", _) => Answer::stop(),
        ("GET", [Some(""), None, ..]) => Answer::page("200 OK", "text/html", "<!doctype html>"),
        ("GET", [Some("situations"), None, ..]) => json(&names(shared)),
        ("POST", [Some("runs"), Some(situation), Some(case), hearing]) => {
            let case = case.parse().ok().and_then(|case: usize| {
                let mut all = shared.situations.iter();
                all.find(|one| one.name == situation)?.cases.get(case)
            });
            case.map_or_else(missing, |case| {
                json(&shared.run(case, hearing == Some("hearing")))
            })
        }
        ("GET", [Some(run), Some("requests"), None, _]) => {
            shared.seen(run).map_or_else(missing, |seen| json(&seen))
        }
        ("POST", [Some(run), Some("listen"), None, _]) if shared.listen(run) => Answer::stop(),
        ("POST", [Some(run), Some("heard"), Some(bytes), None]) => match bytes.parse() {
            Ok(bytes) if shared.heard(run, bytes) => Answer::stop(),
            _ => missing(),
        },
        (_, [Some(run), ..]) => {
            let held = request.held(origin, run);
            let answer = shared.next(run, held, request.headers);
            answer.unwrap_or_else(missing)
        }
        _ => missing(),
    }
}

fn names(shared: &Shared) -> Vec<serde_json::Value> {
    let situations = shared.situations.iter();
    situations
        .map(|situation| {
            let cases = situation.cases.iter().map(|case| &case.name);
            json!({"name": situation.name, "cases": cases.collect::<Vec<_>>()})
        })
        .collect()
}

fn json(value: &impl Serialize) -> Answer {
    let text = serde_json::to_string(value).expect("what a test says is JSON");
    Answer::page("200 OK", "application/json", &text)
}

fn missing() -> Answer {
    Answer::empty("404 Not Found")
}

impl Arrived {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
    }

    /// What of it a client is held to.
    fn held(&self, origin: Origin, run: &str) -> Request {
        let path = self.path.strip_prefix('/');
        let path = path.and_then(|path| path.strip_prefix(run));
        let of_user = OF_USER.iter().filter_map(|name| {
            let value = self.header(name)?;
            Some(((*name).to_owned(), value.to_owned()))
        });
        Request {
            origin,
            method: self.method.clone(),
            path: path.unwrap_or(&self.path).to_owned(),
            last_event_id: self.header("last-event-id").map(str::to_owned),
            headers: of_user.collect::<BTreeMap<_, _>>(),
            body: self.body.clone(),
        }
    }
}

/// The request, unless the client goes before it has sent it.
async fn read(socket: &mut TcpStream) -> io::Result<Option<Arrived>> {
    let mut bytes = Vec::new();
    loop {
        if let Some((length, mut request)) = parse(&bytes)? {
            while bytes.len() < length {
                if socket.read_buf(&mut bytes).await? == 0 {
                    return Ok(None);
                }
            }
            let body = bytes.split_off(length - request.body_length());
            request.body = String::from_utf8_lossy(&body).into_owned();
            return Ok(Some(request));
        }
        if socket.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
}

/// The head, once it is complete, and how long it is together with the body.
fn parse(bytes: &[u8]) -> io::Result<Option<(usize, Arrived)>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Request::new(&mut headers);
    let status = head.parse(bytes).map_err(io::Error::other)?;
    let httparse::Status::Complete(length) = status else {
        return Ok(None);
    };
    let headers = head.headers.iter().map(|header| {
        let value = String::from_utf8_lossy(header.value);
        (header.name.to_ascii_lowercase(), value.into_owned())
    });
    let request = Arrived {
        method: head.method.unwrap_or_default().to_owned(),
        path: head.path.unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body: String::new(),
    };
    Ok(Some((length + request.body_length(), request)))
}

impl Arrived {
    fn body_length(&self) -> usize {
        let length = self.header("content-length");
        length.and_then(|length| length.parse().ok()).unwrap_or(0)
    }
}
