//! What is asked of a server's certificate, and shown of our own.

use std::error::Error;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;

use super::super::remote::Certificates;

type Source = Box<dyn Error + Send + Sync>;

/// Trusts the authorities that are named, or without that those of the system.
pub(super) fn config(certificates: &Certificates) -> Result<ClientConfig, Source> {
    // Named, as a program may have several providers compiled in and none of them chosen.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        // Where there are none, no server is trusted. One without TLS needs none.
        .with_root_certificates(certificates.trusted()?);
    certificates.shown_by(config)
}
