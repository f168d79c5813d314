//! What is asked of a server's certificate, and shown of our own.

use std::error::Error;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;

use super::super::remote::{authorities, certificates};
use super::options::Access;

type Source = Box<dyn Error + Send + Sync>;

/// Trusts the authorities that are named, or without that those of the system.
pub(super) fn config(access: &Access) -> Result<ClientConfig, Source> {
    // Named, as a program may have several providers compiled in and none of them chosen.
    let provider = Arc::new(aws_lc_rs::default_provider());
    // Where there are none, no server is trusted. One without TLS needs none.
    let roots = authorities(access.root_certificates.as_deref())?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    Ok(match &access.client_certificate {
        None => config.with_no_client_auth(),
        Some((certificate, key)) => {
            let unreadable = |error| format!("`{}` cannot be read: {error}", key.display());
            let key = PrivateKeyDer::from_pem_file(key).map_err(unreadable)?;
            config.with_client_auth_cert(certificates(certificate)?, key)?
        }
    })
}
