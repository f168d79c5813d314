//! A client of event streams: it connects, reads, comes back, and where no coming back would help, it
//! says why.
//!
//! ```
//! use sse_runtime::client::{Client, ClientError};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use tokio::{io::{AsyncReadExt, AsyncWriteExt}, net::TcpListener};
//! # let listener = TcpListener::bind("127.0.0.1:0").await?;
//! # let url = format!("http://{}/events", listener.local_addr()?);
//! # tokio::spawn(async move {
//! #     let stream = "200 OK\r\ncontent-type: text/event-stream\r\n\r\nid: 7\nevent: alert\ndata: disk is full\n\n";
//! #     for answer in ["503 Busy\r\nretry-after: 0\r\n\r\n", stream, "204 No Content\r\n\r\n"] {
//! #         let (mut socket, _) = listener.accept().await.unwrap();
//! #         let _ = socket.read(&mut [0; 1024]).await;
//! #         let _ = socket.write_all(format!("HTTP/1.1 {answer}").as_bytes()).await;
//! #     }
//! # });
//! # let mut seen = Vec::new();
//! let mut events = Client::new().get(&url)?.stream();
//! while let Some(event) = events.next().await {
//!     match event {
//!         Ok(event) => {
//!             println!("{}: {}, so far at {:?}", event.event(), event.data(), event.id());
//! #           seen.push(format!("{} {} {}", event.event(), event.data(), event.id().unwrap()));
//!         }
//!         // What a server answers that turns this request away for good, say.
//!         Err(error) => return Err(error.into()),
//!     }
//! }
//! # assert_eq!(seen, ["alert disk is full 7"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }
//! ```
//!
//! This is a client of *any* server: its events are names and data. The [`Events`] of an endpoint are
//! those that its trait describes, each as the type that the server sends: the attribute makes a client
//! of a service where its key `client` is given.
//!
//! # What it does
//!
//! | what happens | what follows |
//! |---|---|
//! | the server is not there, closes, breaks off, answers 408, 425, 429 or 5xx | it comes back, as its [`Policy`] says, with the id of the last event |
//! | nothing comes for too long: [`Policy::watchdog`], [`Policy::open_timeout`]; the other host answers no TCP keep-alive for a minute | the same |
//! | 204, or the last frame of a stream of this crate | the stream ends |
//! | another status, another content type, a content coding, a redirect that is not followed | [an error](ClientError), with what the server says of it; the stream ends |
//! | an event that is too long, or does not fit its type | one error; the stream goes on after it |
//! | events are missing ([`Gap`]), or the service fails (typed streams) | one error; [`ClientError`] says what follows |
//!
//! Who only asks for the next event sees nothing of the first two rows: [`Policy::on_retry`] and `tracing`
//! tell of them. So a host whose name is misspelt is asked for as long as one that is down:
//! [`Policy::max_elapsed`] says how long that is.
//!
//! A POST may have effects. It is sent again only as long as the server has surely not acted on it: when
//! there was no connection, or after 408, 425, 429 and 503. Later on it is where its endpoint takes the
//! `Last-Event-ID`, or its request is said to be [`repeatable`](RequestBuilder::repeatable).
//!
//! # Redirects
//!
//! Up to [`Policy::max_redirects`] are followed, as browsers do, and none from https to http. Within an
//! origin a request keeps all that it has. Another origin is sent `Accept`, `Cache-Control` and
//! `Last-Event-ID`: no token, no cookie, no header of yours, and never the body of a POST. The next attempt
//! begins at the first URL.
//!
//! # What it holds
//!
//! | what | bound | at the bound |
//! |---|---|---|
//! | an event | [`Client::max_event`], 16 MiB | one error; it is skipped |
//! | bytes that were received and not yet asked for | what hyper reads at once | nothing more is read: the server waits |
//! | the body of an answer that is no stream | 16 KiB, 5 s; 4 KiB are kept | the rest is not read |
//! | attempts, and the time that they take | [`Policy::max_attempts`], [`Policy::max_elapsed`]: none unless set | [`ClientError::GaveUp`] |
//!
//! A stream does something only while it is polled. While nobody asks for an event, nothing is read, and no
//! time is counted as silence of the server's.
//!
//! # In a browser
//!
//! It builds for `wasm32-unknown-unknown`, on the browser's `fetch`. A header of yours, and `Last-Event-ID` too,
//! needs the consent of a server of another origin. What else is otherwise there:
//!
//! | what | is |
//! |---|---|
//! | redirects | followed by the browser, up to 20: of your headers it takes away `Authorization` alone where the origin is another, and it sends the body of a POST there |
//! | a POST without an answer | not sent again unless it is repeatable: the browser does not tell whether it has reached the server |
//! | a content coding | asked for and taken away by the browser, so no error |
//! | an id or a header that is not ASCII | not to be sent: who comes back after such an id gets [`ClientError::Request`], and the stream ends |

mod agent;
mod builder;
mod driver;
mod platform;
mod received;
mod redirect;
mod service;
mod session;
mod stream;
mod transport;
mod typed;

pub use crate::gap::{Gap, GapReason};
pub use agent::Client;
pub use builder::{InvalidRequest, RequestBuilder};
pub use platform::MaybeSend;
pub use received::{Message, Received};
pub use service::Service;
pub use session::{ClientError, Policy, Position, Refusal, Retry};
pub use stream::EventStream;
pub use typed::Events;
