//! Making connections.

use std::sync::Arc;
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::io::tcp::{TcpSettings, socket2::TcpKeepalive};
use ::redis::{
    AsyncConnectionConfig, Client, ErrorKind, IntoConnectionInfo, ProtocolVersion, PushInfo,
    PushKind, RedisError,
};
use tokio::sync::Notify;

use super::super::super::ConnectError;

/// A server that can be called.
#[derive(Clone, Debug)]
pub(in super::super) struct Server {
    client: Client,
    timeout: Duration,
}

/// A connection, and when it is over.
pub(in super::super) struct Dialed {
    pub(in super::super) connection: MultiplexedConnection,
    pub(in super::super) over: Arc<Notify>,
}

impl Server {
    pub(in super::super) fn new(url: &str, timeout: Duration) -> Result<Self, ConnectError> {
        // What it says of a URL does not repeat it.
        let invalid = |error: RedisError| ConnectError::InvalidUrl(error.into());
        let info = url.into_connection_info().map_err(invalid)?;
        // What is sent and never acknowledged, and a peer that is gone while nothing is sent. The
        // kernel counts the latter in seconds.
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
        let info = info.set_tcp_settings(tcp).set_redis_settings(redis);
        let client = Client::open(info).map_err(invalid)?;
        Ok(Self { client, timeout })
    }

    pub(in super::super) fn address(&self) -> String {
        self.client.get_connection_info().addr().to_string()
    }

    pub(in super::super) fn database(&self) -> i64 {
        self.client.get_connection_info().redis_settings().db()
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
        let client = &self.client;
        let connection = client.get_multiplexed_async_connection_with_config(&config);
        Ok(Dialed {
            connection: connection.await?,
            over,
        })
    }

    /// Why the first call did not succeed.
    pub(in super::super) fn not_connected(&self, error: &RedisError) -> ConnectError {
        let address = self.address();
        let source = error.to_string().into();
        match error.kind() {
            ErrorKind::Server(_)
            | ErrorKind::Extension
            | ErrorKind::AuthenticationFailed
            | ErrorKind::RESP3NotSupported => ConnectError::Refused { address, source },
            _ => ConnectError::Unreachable { address, source },
        }
    }
}
