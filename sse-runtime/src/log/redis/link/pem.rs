//! The certificates that options name, as the client takes them.

use std::error::Error;
use std::fs;

use ::redis::{
    Client, ClientTlsConfig, ConnectionAddr, ConnectionInfo, RedisError, TlsCertificates,
};

use super::super::super::remote::Certificates;

type Source = Box<dyn Error + Send + Sync>;

/// What the files hold.
#[derive(Clone, Debug)]
pub(super) struct Pem(pub(super) TlsCertificates);

impl Pem {
    /// All that are named, where any are.
    pub(super) fn read(certificates: &Certificates) -> Result<Option<Self>, Source> {
        // The client says of what it cannot use not in which file it was, nor whether a key fits.
        certificates.roots()?;
        let client = &certificates.client;
        let client = client.as_ref().map(|client| {
            client.read()?;
            Ok::<_, Source>(ClientTlsConfig {
                client_cert: fs::read(&client.certificate)?,
                client_key: fs::read(&client.key)?,
            })
        });
        let pem = TlsCertificates {
            client_tls: client.transpose()?,
            root_cert: certificates.roots.as_ref().map(fs::read).transpose()?,
        };
        Ok(certificates.are_named().then_some(Self(pem)))
    }

    /// The same server, called with these certificates.
    pub(super) fn used_for(&self, info: ConnectionInfo) -> Result<ConnectionInfo, String> {
        let ConnectionAddr::TcpTls { .. } = info.addr() else {
            return Err(
                "it is without TLS, which has no use for certificates; write `rediss` for `redis`, or \
                 name no certificates"
                    .to_owned(),
            );
        };
        let client = Client::build_with_tls(info, self.0.clone());
        let client = client.map_err(|error: RedisError| error.to_string())?;
        Ok(client.get_connection_info().clone())
    }
}
