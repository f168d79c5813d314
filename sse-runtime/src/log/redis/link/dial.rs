//! Making connections.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::io::tcp::{TcpSettings, socket2::TcpKeepalive};
use ::redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, ErrorKind, ProtocolVersion,
    PushInfo, PushKind, RedisError,
};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::super::super::ConnectError;
use super::super::super::remote::distrust;
use super::sentinel::Service;

/// A server that can be called.
#[derive(Clone, Debug)]
pub(in super::super) struct Server {
    callee: Callee,
    timeout: Duration,
}

#[derive(Clone, Debug)]
enum Callee {
    At(Box<ConnectionInfo>),
    /// The primary of a service, which is looked up for each call.
    PrimaryOf(Arc<Service>),
}

/// A connection, and when it is over.
pub(in super::super) struct Dialed {
    pub(in super::super) connection: MultiplexedConnection,
    pub(in super::super) over: Arc<Notify>,
}

impl Server {
    pub(super) fn at(info: ConnectionInfo, timeout: Duration) -> Self {
        let callee = Callee::At(Box::new(info));
        Self { callee, timeout }
    }

    pub(super) fn primary_of(service: Service, timeout: Duration) -> Self {
        let callee = Callee::PrimaryOf(Arc::new(service));
        Self { callee, timeout }
    }

    /// As messages name it: a host and its port, or a service.
    pub(in super::super) fn address(&self) -> String {
        match &self.callee {
            Callee::At(info) => info.addr().to_string(),
            Callee::PrimaryOf(service) => service.to_string(),
        }
    }

    /// Whether it is another server that is called next, once this one is not the primary any more.
    pub(super) fn is_looked_up(&self) -> bool {
        matches!(self.callee, Callee::PrimaryOf(_))
    }

    pub(in super::super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Calls it. What it pushes is handed to `pushed` as it is read, which must not wait: so nothing is
    /// queued on our side.
    pub(in super::super) async fn dial(
        &self,
        pushed: impl Fn(PushInfo) + Send + Sync + 'static,
    ) -> Result<Dialed, RedisError> {
        let info = match &self.callee {
            Callee::At(info) => ConnectionInfo::clone(info),
            Callee::PrimaryOf(service) => {
                let primary = timeout(self.timeout, service.primary()).await;
                primary.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??
            }
        };
        if let ConnectionAddr::TcpTls { .. } = info.addr() {
            // The client takes the provider of the process. Where there is none yet, it would take the
            // only one that is built in, and panic where there are two.
            let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        }
        let client = Client::open(tuned(info, self.timeout))?;
        let over = Arc::new(Notify::new());
        let is_over = Arc::clone(&over);
        let push = move |info: PushInfo| -> Result<(), ::redis::aio::SendError> {
            match info.kind {
                PushKind::Disconnection => is_over.notify_one(),
                _ => pushed(info),
            }
            Ok(())
        };
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.timeout))
            // Each question has a deadline of its own.
            .set_response_timeout(None)
            .set_push_sender(push);
        let connection = client.get_multiplexed_async_connection_with_config(&config);
        Ok(Dialed {
            connection: connection.await?,
            over,
        })
    }

    /// Why the first call did not succeed.
    pub(in super::super) fn not_connected(&self, error: &RedisError) -> ConnectError {
        let address = self.address();
        if let Some(why) = distrust(error) {
            let source = why.into();
            return ConnectError::Refused { address, source };
        }
        let source = error.to_string().into();
        match error.kind() {
            ErrorKind::InvalidClientConfig => ConnectError::InvalidUrl(source),
            ErrorKind::Server(_)
            | ErrorKind::Extension
            | ErrorKind::AuthenticationFailed
            | ErrorKind::RESP3NotSupported => ConnectError::Refused { address, source },
            _ => ConnectError::Unreachable { address, source },
        }
    }
}

fn tuned(info: ConnectionInfo, timeout: Duration) -> ConnectionInfo {
    // What is sent and never acknowledged, and a peer that is gone while nothing is sent. The kernel
    // counts the latter in seconds.
    let seconds = timeout.max(Duration::from_secs(1));
    let keepalive = TcpKeepalive::new()
        .with_time(seconds)
        .with_interval(seconds);
    let tcp = TcpSettings::default()
        .set_nodelay(true)
        .set_keepalive(keepalive);
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    let tcp = tcp.set_user_timeout(timeout.saturating_mul(2));
    // The end of a connection, as messages, is pushed to us; there is nothing to ask for them.
    let redis = info
        .redis_settings()
        .clone()
        .set_protocol(ProtocolVersion::RESP3);
    info.set_tcp_settings(tcp).set_redis_settings(redis)
}
