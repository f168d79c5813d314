//! What is asked of a server's certificate, and shown of our own.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use super::options::Access;

type Source = Box<dyn Error + Send + Sync>;

/// Trusts the authorities that are named, or without that those of the system.
pub(super) fn config(access: &Access) -> Result<ClientConfig, Source> {
    // Named, as a program may have several providers compiled in and none of them chosen.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    match &access.root_certificates {
        Some(path) => {
            for certificate in certificates(path)? {
                roots.add(certificate)?;
            }
        }
        // Where there are none, no server is trusted. One without TLS needs none.
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    Ok(match &access.client_certificate {
        None => config.with_no_client_auth(),
        Some((certificate, key)) => {
            let unreadable = |error| unreadable(key, &error);
            let key = PrivateKeyDer::from_pem_file(key).map_err(unreadable)?;
            config.with_client_auth_cert(certificates(certificate)?, key)?
        }
    })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Source> {
    let unreadable = |error| unreadable(path, &error);
    let found = CertificateDer::pem_file_iter(path).map_err(unreadable)?;
    let found: Vec<_> = found.collect::<Result<_, _>>().map_err(unreadable)?;
    match found.is_empty() {
        true => Err(format!("`{}` holds no certificate", path.display()).into()),
        false => Ok(found),
    }
}

fn unreadable(path: &Path, error: &rustls::pki_types::pem::Error) -> String {
    format!("`{}` cannot be read: {error}", path.display())
}
