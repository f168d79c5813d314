//! Where the servers are, and who we are there.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::{Client, ConnectErrorKind, ConnectOptions, Event, ReconnectToServer, ServerAddr};
use percent_encoding::percent_decode_str;
use rustls::ClientConfig;
use tokio::sync::mpsc;

use super::super::ConnectError;
use super::super::remote::distrust;
use super::options::{Access, NatsOptions};
use super::tls;

type Source = Box<dyn Error + Send + Sync>;

/// All that it takes to connect, again and again.
#[derive(Debug)]
pub(super) struct Address {
    servers: Vec<ServerAddr>,
    identity: Identity,
    access: Access,
    tls: ClientConfig,
    timeout: Duration,
    /// Without what is secret.
    shown: String,
}

/// What the URL says of it. It is in no `Debug`.
#[derive(Clone)]
enum Identity {
    None,
    Token(String),
    User(String, String),
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// Where nobody listens: no port has that number.
const NOWHERE: &str = "nats://127.0.0.1:0";

/// For how long a server may say nothing, however long answers are waited for.
const SHORTEST_SILENCE: Duration = Duration::from_millis(300);
const LONGEST_SILENCE: Duration = Duration::from_secs(15);

/// The messages of one subscription that wait to be heard, and the most of one answer.
pub(super) const SUBSCRIPTION_CAPACITY: usize = 4096;

impl Address {
    /// Of one server, or several of a cluster: `nats://[user:password@|token@]host[:port][,…]`.
    pub(super) fn new(url: &str, options: &NatsOptions) -> Result<Self, ConnectError> {
        let mut identity = Identity::None;
        let mut servers = Vec::new();
        for url in url.split(',') {
            let (server, named) = parse(url.trim()).map_err(ConnectError::InvalidUrl)?;
            servers.push(server);
            if !matches!(named, Identity::None) {
                identity = named;
            }
        }
        let shown: Vec<_> = servers
            .iter()
            .map(|server| format!("{}:{}", server.host(), server.port()))
            .collect();
        Ok(Self {
            servers,
            identity,
            tls: tls::config(&options.access.certificates).map_err(ConnectError::InvalidUrl)?,
            access: options.access.clone(),
            timeout: options.timeout,
            shown: shown.join(","),
        })
    }

    /// The hosts and their ports.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// One connection, to the first server that takes it, in any order. When that is lost, so is what
    /// it had still to send.
    pub(super) async fn connect(
        &self,
        events: mpsc::Sender<Event>,
    ) -> Result<Client, ConnectError> {
        let mut servers = self.servers.clone();
        fastrand::shuffle(&mut servers);
        let mut why = None;
        for server in servers {
            let error = match self.connect_to(server, events.clone()).await {
                Ok(client) => return Ok(client),
                Err(error) => error,
            };
            // One that answers says more than those that do not.
            if why.is_none() || !matches!(error, ConnectError::Unreachable { .. }) {
                why = Some(error);
            }
        }
        Err(why.unwrap_or_else(|| ConnectError::InvalidUrl("a list of no server".into())))
    }

    async fn connect_to(
        &self,
        server: ServerAddr,
        events: mpsc::Sender<Event>,
    ) -> Result<Client, ConnectError> {
        let nowhere: ServerAddr = NOWHERE
            .parse()
            .map_err(|error: std::io::Error| ConnectError::InvalidUrl(error.into()))?;
        let servers = vec![server.clone(), nowhere.clone()];
        let was_connected = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&was_connected);
        let mut options = ConnectOptions::new()
            .name("sse-runtime")
            .connection_timeout(self.timeout)
            .request_timeout(Some(self.timeout))
            // Whoever does not answer three in a row is gone.
            .ping_interval(self.timeout.clamp(SHORTEST_SILENCE, LONGEST_SILENCE) / 3)
            .subscription_capacity(SUBSCRIPTION_CAPACITY)
            // The client would connect again by itself, and then send what it was given meanwhile: an
            // append that somebody gave up long ago. It cannot be told to leave that. But it asks where
            // to connect; then it is sent where it cannot, once, and is over.
            .max_reconnects(1)
            .reconnect_to_server_callback(move |_, _| {
                let addr = match is_over.load(Ordering::Relaxed) {
                    false => server.clone(),
                    true => nowhere.clone(),
                };
                let delay = Some(Duration::ZERO);
                async move { Some(ReconnectToServer { addr, delay }) }
            })
            .event_callback(move |event| {
                let events = events.clone();
                // Who is gone has nothing to hear.
                async move { events.send(event).await.unwrap_or_default() }
            });
        options = match self.identity.clone() {
            Identity::None => options,
            Identity::Token(token) => options.token(token),
            Identity::User(user, password) => options.user_and_password(user, password),
        };
        let access = &self.access;
        if let Some(seed) = access.nkey.clone() {
            options = options.nkey(seed);
        }
        if let Some(path) = &access.credentials {
            let with = options.credentials_file(path).await;
            options = with.map_err(|error| {
                let path = path.display();
                ConnectError::InvalidUrl(format!("`{path}` cannot be used: {error}").into())
            })?;
        }
        // It is used where the server or the URL wants it, too.
        options = options.tls_client_config(self.tls.clone());
        if access.certificates.are_named() {
            options = options.require_tls(true);
        }
        let connected = options.connect(servers).await;
        was_connected.store(true, Ordering::Relaxed);
        connected.map_err(|error| self.unconnected(error))
    }

    fn unconnected(&self, error: async_nats::ConnectError) -> ConnectError {
        match error.kind() {
            ConnectErrorKind::ServerParse => ConnectError::InvalidUrl(error.into()),
            // Nobody was asked: what the server gave to be signed cannot be.
            ConnectErrorKind::Authentication => ConnectError::InvalidUrl(
                "the nkey is no seed of a user, which begins with `SU`".into(),
            ),
            ConnectErrorKind::AuthorizationViolation => self.refused(error),
            _ => match distrust(&error) {
                Some(why) => self.refused(why),
                None => ConnectError::Unreachable {
                    address: self.shown.clone(),
                    source: error.into(),
                },
            },
        }
    }

    pub(super) fn refused(&self, source: impl Into<Source>) -> ConnectError {
        ConnectError::Refused {
            address: self.shown.clone(),
            source: source.into(),
        }
    }
}

/// The server, and who the URL says we are. The client takes neither of it from there.
fn parse(url: &str) -> Result<(ServerAddr, Identity), Source> {
    let server: ServerAddr = url.parse().map_err(|error: std::io::Error| {
        // It may quote the URL, with the password in it.
        let _ = error;
        Source::from("not of the form `nats://[user:password@]host[:port]`, several with commas")
    })?;
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let identity = match (server.username(), server.password()) {
        (None, None) => Identity::None,
        (Some(token), None) => Identity::Token(decoded(token)),
        (user, password) => Identity::User(
            decoded(user.unwrap_or_default()),
            decoded(password.unwrap_or_default()),
        ),
    };
    if !matches!(server.scheme(), "nats" | "tls") || server.host().is_empty() {
        let scheme = server.scheme();
        return Err(format!("a URL of `{scheme}`; give one of `nats` or `tls`").into());
    }
    let plain = format!("{}://{}:{}", server.scheme(), host(&server), server.port());
    let url = server.into_inner();
    if !matches!(url.path(), "" | "/") || url.query().or(url.fragment()).is_some() {
        return Err(
            "there is something behind the host; write `/`, `?` and `#` of a password as `%2F`, `%3F` \
             and `%23`, and use the options for anything else"
                .into(),
        );
    }
    Ok((plain.parse()?, identity))
}

fn host(server: &ServerAddr) -> String {
    match server.host() {
        host if host.contains(':') => format!("[{host}]"),
        host => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str) -> Result<Address, ConnectError> {
        Address::new(url, &NatsOptions::default())
    }

    #[test]
    fn who_we_are_is_in_the_url_and_shown_nowhere() {
        let address = address("nats://ann:s%40cret@a:4333,tls://b").unwrap();
        assert_eq!(address.shown(), "a:4333,b:4222");
        let Identity::User(user, password) = &address.identity else {
            panic!("no user");
        };
        assert_eq!((user.as_str(), password.as_str()), ("ann", "s@cret"));
        let shown = format!("{address:?}");
        assert!(!shown.contains("s@cret") && !shown.contains("s%40cret"));
    }

    #[test]
    fn a_user_without_a_password_is_a_token() {
        let address = address("nats://t0ken@[::1]").unwrap();
        assert_eq!(address.shown(), "::1:4222");
        assert!(matches!(&address.identity, Identity::Token(token) if token == "t0ken"));
    }

    #[test]
    fn a_url_of_something_else_is_refused_without_its_password() {
        for url in [
            "redis://ann:secret@host",
            "nats://ann:secret@",
            "",
            "nats://ann:secret@host:x",
            "nats://ann:1/secret@host",
            "nats://ann:1?secret@host",
            "nats://ann:1#secret@host",
            "tls://ann:secret@host?tls_ca=ca.pem",
        ] {
            let Err(ConnectError::InvalidUrl(why)) = address(url) else {
                panic!("`{url}` was taken");
            };
            assert!(!why.to_string().contains("secret"), "{why}");
        }
    }
}
