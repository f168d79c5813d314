//! Whose certificates are trusted.

use std::error::Error;
use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

type Source = Box<dyn Error + Send + Sync>;

/// Those in a file of PEM, or without one those that the system trusts, which may be none.
pub(crate) fn authorities(file: Option<&Path>) -> Result<RootCertStore, Source> {
    let mut authorities = RootCertStore::empty();
    match file {
        Some(file) => {
            for certificate in certificates(file)? {
                authorities.add(certificate)?;
            }
        }
        None => {
            let system = rustls_native_certs::load_native_certs();
            authorities.add_parsable_certificates(system.certs);
        }
    }
    Ok(authorities)
}

/// All in a file of PEM: one at least.
pub(crate) fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, Source> {
    let unreadable = |error| format!("`{}` cannot be read: {error}", file.display());
    let found = CertificateDer::pem_file_iter(file).map_err(unreadable)?;
    let found: Vec<_> = found.collect::<Result<_, _>>().map_err(unreadable)?;
    match found.is_empty() {
        true => Err(format!("`{}` holds no certificate", file.display()).into()),
        false => Ok(found),
    }
}
