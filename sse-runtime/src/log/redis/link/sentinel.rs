//! Who is the primary of a service.

use std::fmt;

use ::redis::sentinel::{SentinelClientBuilder, SentinelServerType};
use ::redis::{ConnectionAddr, ConnectionInfo, RedisError, RedisResult, TlsMode};

use super::pem::Pem;

/// A service, and those who watch over it.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) sentinels: Vec<ConnectionInfo>,
    /// As whom the primary is called. Its address is of no interest.
    pub(super) primary: ConnectionInfo,
    pub(super) pem: Option<Pem>,
}

impl Service {
    /// Asks the sentinels, and whomever they name whether it is so.
    pub(super) async fn primary(&self) -> RedisResult<ConnectionInfo> {
        // Made anew each time: it keeps a connection to each sentinel.
        let client = self.builder()?.build()?.async_get_client().await?;
        Ok(client.get_connection_info().clone())
    }

    fn builder(&self) -> RedisResult<SentinelClientBuilder> {
        let sentinels = self.sentinels.iter().map(|info| info.addr().clone());
        let master = SentinelServerType::Master;
        let mut builder = SentinelClientBuilder::new(sentinels, &self.name, master)?;
        if let Some(sentinel) = self.sentinels.first().map(ConnectionInfo::redis_settings) {
            if let Some(user) = sentinel.username() {
                builder = builder.set_client_to_sentinel_username(user);
            }
            if let Some(password) = sentinel.password() {
                builder = builder.set_client_to_sentinel_password(password);
            }
        }
        let primary = self.primary.redis_settings();
        builder = builder.set_client_to_redis_db(primary.db());
        if let Some(user) = primary.username() {
            builder = builder.set_client_to_redis_username(user);
        }
        if let Some(password) = primary.password() {
            builder = builder.set_client_to_redis_password(password);
        }
        if let ConnectionAddr::TcpTls { .. } = self.primary.addr() {
            builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
            if let Some(Pem(certificates)) = &self.pem {
                builder = builder
                    .set_client_to_redis_certificates(certificates.clone())
                    .set_client_to_sentinel_certificates(certificates.clone());
            }
        }
        Ok::<_, RedisError>(builder)
    }
}

/// As messages name it.
impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of the sentinels ", self.name)?;
        for (at, sentinel) in self.sentinels.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{}", sentinel.addr())?;
        }
        Ok(())
    }
}
