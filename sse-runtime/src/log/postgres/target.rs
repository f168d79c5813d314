//! Which servers a URL names, and how one is connected to.

use std::io;
use std::pin::pin;
use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::config::{Host, TargetSessionAttrs};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::super::remote::{Certificates, ConnectError, distrust};
use super::parameters::Asked;
use super::tls;
use super::trouble::told;

/// A connection that is to be driven.
pub(super) type Wire = Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

/// Servers, one of which is the primary, and how they are talked to.
#[derive(Clone)]
pub(super) struct Target {
    config: Config,
    tls: MakeRustlsConnect,
    timeout: Duration,
}

impl Target {
    pub(super) fn new(
        url: &str,
        timeout: Duration,
        certificates: &Certificates,
    ) -> Result<Self, ConnectError> {
        let invalid = |why: String| ConnectError::InvalidUrl(why.into());
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(invalid("it begins with `postgres://`".to_owned()));
        }
        let (url, asked) = Asked::take_from(url, certificates).map_err(invalid)?;
        let mut config: Config = url.parse().map_err(|error| invalid(told(&error)))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(invalid("it names no host".to_owned()));
        }
        // A log is written to: of several servers it is the primary that is meant.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        if config.get_application_name().is_none() {
            config.application_name("sse");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(timeout);
        }
        let tls =
            tls::connector(asked.checks, &asked.certificates).map_err(ConnectError::InvalidUrl)?;
        Ok(Self {
            config,
            tls: MakeRustlsConnect::new(tls),
            timeout,
        })
    }

    /// The hosts and ports, for who has to be told where nobody answers.
    pub(super) fn address(&self) -> String {
        let ports = self.config.get_ports();
        let hosts = self
            .config
            .get_hosts()
            .iter()
            .enumerate()
            .map(|(at, host)| {
                let port = ports.get(at).or(ports.first()).copied().unwrap_or(5432);
                match host {
                    Host::Tcp(name) => format!("{name}:{port}"),
                    #[cfg(unix)]
                    Host::Unix(path) => path.display().to_string(),
                }
            });
        let addresses = self.config.get_hostaddrs().iter().map(|it| it.to_string());
        let hosts: Vec<_> = hosts.chain(addresses).collect();
        hosts.join(",")
    }

    /// Connects to the first server that can be written to.
    pub(super) async fn connect(&self) -> Result<(Client, Wire), ConnectError> {
        let connecting = timeout(
            // Each host has the time of the configuration; all together no more than so many.
            self.timeout * self.config.get_hosts().len().clamp(1, 8) as u32,
            self.config.connect(self.tls.clone()),
        );
        let (client, mut wire) = match connecting.await {
            Ok(Ok(connected)) => connected,
            Ok(Err(error)) => return Err(self.unconnected(&error)),
            Err(_) => return Err(self.unreachable("no answer in time".to_owned())),
        };
        let settled = async {
            let ours = "select \
                current_setting('default_transaction_isolation') <> 'read committed', \
                current_setting('idle_session_timeout') <> '0'";
            let ours = client.query_typed_one(ours, &[]).await?;
            // Where the default is stricter, whoever waits for a lock would fail for it.
            if ours.try_get(0)? {
                let set =
                    "set session characteristics as transaction isolation level read committed";
                client.batch_execute(set).await?;
            }
            // A node is there to wait.
            if ours.try_get(1)? {
                client.batch_execute("set idle_session_timeout = 0").await?;
            }
            Ok(())
        };
        let settled = timeout(self.timeout, drive(&mut wire, settled)).await;
        match settled {
            Ok(Ok(())) => Ok((client, wire)),
            Ok(Err(error)) => Err(self.unconnected(&error)),
            Err(_) => Err(self.unreachable("no answer in time".to_owned())),
        }
    }

    fn unconnected(&self, error: &tokio_postgres::Error) -> ConnectError {
        if let Some(why) = distrust(error) {
            return self.refused(why);
        }
        let mut told = told(error);
        // As the server says it in English. Elsewhere it has to do without our advice.
        if told.contains("client certificate") {
            told += "; name one by the option `client_certificate`";
        }
        let io = std::error::Error::source(error).and_then(|it| it.downcast_ref::<io::Error>());
        let is_read_only = io.is_some_and(|it| it.kind() == io::ErrorKind::PermissionDenied);
        let is_lost = io.is_some() || error.is_closed();
        // "The database system is starting up", too many connections, and the like, are of the moment.
        let is_of_the_moment = error.code().is_some_and(|code| {
            let class = code.code().get(..2).unwrap_or_default();
            matches!(class, "53" | "57" | "08")
        });
        match is_read_only || !is_lost && !is_of_the_moment {
            true => self.refused(told),
            false => self.unreachable(told),
        }
    }

    pub(super) fn unreachable(&self, why: String) -> ConnectError {
        ConnectError::Unreachable {
            address: self.address(),
            source: why.into(),
        }
    }

    pub(super) fn refused(&self, why: String) -> ConnectError {
        ConnectError::Refused {
            address: self.address(),
            source: why.into(),
        }
    }
}

/// Drives a connection until what is asked over it is answered.
pub(super) async fn drive<T>(
    wire: &mut Wire,
    asked: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, tokio_postgres::Error> {
    let mut asked = pin!(asked);
    tokio::select! {
        biased;
        answer = &mut asked => answer,
        // What ended it is told to who asked.
        _ = &mut *wire => asked.await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invalid(url: &str) -> String {
        let target = Target::new(url, Duration::from_secs(1), &Certificates::default());
        match target.map(|_| ()) {
            Err(ConnectError::InvalidUrl(why)) => why.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_url_of_something_else_is_named() {
        assert!(invalid("redis://host").contains("postgres://"));
        assert!(invalid("postgres://host/db?sslmode=always").contains("sslmode=always"));
        assert!(invalid("postgres:///db").contains("no host"));
    }

    #[test]
    fn an_error_shows_no_password() {
        for url in [
            "postgres://me:secret@host:port/db",
            "postgres://me:secret@host/db?nonsense=1",
            "postgres://me:secret@host/db?sslcert=/nowhere.pem",
            "postgres://me:secret@host/db?sslmode=verify-full&sslrootcert=/nowhere.pem",
        ] {
            assert!(!invalid(url).contains("secret"), "{url}");
        }
    }

    #[test]
    fn all_servers_of_a_url_are_in_its_address() {
        let target = Target::new(
            "postgres://me:secret@a:1,b:2/db",
            Duration::from_secs(1),
            &Certificates::default(),
        );
        assert_eq!(target.map(|it| it.address()).unwrap(), "a:1,b:2");
    }
}
