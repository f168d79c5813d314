//! Whose certificates are trusted, and which one is shown.

use std::error::Error;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
#[cfg(any(feature = "nats", feature = "postgres"))]
use rustls::{ClientConfig, ConfigBuilder, client::WantsClientCert, sign::SingleCertAndKey};

type Source = Box<dyn Error + Send + Sync>;

/// Files of PEM, as options name them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Certificates {
    /// Of who is trusted in place of those whom the system trusts.
    pub(crate) roots: Option<PathBuf>,
    /// Of who we are.
    pub(crate) client: Option<ClientCertificate>,
}

/// A certificate with those that lead from it to its authority, and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientCertificate {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Certificates {
    /// Whether there are any, which are of no use without TLS.
    pub(crate) fn are_named(&self) -> bool {
        self.roots.is_some() || self.client.is_some()
    }

    /// Those who are trusted because a file says so.
    pub(crate) fn roots(&self) -> Result<Option<RootCertStore>, Source> {
        let Some(file) = &self.roots else {
            return Ok(None);
        };
        let mut roots = RootCertStore::empty();
        for certificate in certificates(file)? {
            let added = roots.add(certificate);
            added.map_err(|error| unusable(file, &error))?;
        }
        Ok(Some(roots))
    }

    /// Those who are trusted. Where it is those whom the system trusts, that may be nobody.
    #[cfg(any(feature = "nats", feature = "postgres"))]
    pub(crate) fn trusted(&self) -> Result<RootCertStore, Source> {
        Ok(self.roots()?.unwrap_or_else(|| {
            let mut trusted = RootCertStore::empty();
            trusted.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            trusted
        }))
    }

    /// The last step of a configuration: who we are.
    #[cfg(any(feature = "nats", feature = "postgres"))]
    pub(crate) fn shown_by(
        &self,
        config: ConfigBuilder<ClientConfig, WantsClientCert>,
    ) -> Result<ClientConfig, Source> {
        Ok(match &self.client {
            Some(client) => {
                let certified = SingleCertAndKey::from(client.read()?);
                config.with_client_cert_resolver(std::sync::Arc::new(certified))
            }
            None => config.with_no_client_auth(),
        })
    }
}

impl ClientCertificate {
    /// Both, which fit each other.
    pub(crate) fn read(&self) -> Result<CertifiedKey, Source> {
        let chain = certificates(&self.certificate)?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| match error {
            pem::Error::NoItemsFound => {
                let key = self.key.display();
                format!("`{key}` holds no private key, or an encrypted one: decrypt it before")
            }
            error => unreadable(&self.key, &error),
        })?;
        let provider = aws_lc_rs::default_provider();
        CertifiedKey::from_der(chain, key, &provider).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                let (certificate, key) = (self.certificate.display(), self.key.display());
                format!("the key in `{key}` is not that of the certificate in `{certificate}`")
                    .into()
            }
            // Of a certificate only what is compared with the key has been looked at.
            rustls::Error::InvalidCertificate(_) => unusable(&self.certificate, &error).into(),
            error => unusable(&self.key, &error).into(),
        })
    }
}

/// All in a file: one at least.
fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let found =
        CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let found = found.map_err(|error| unreadable(file, &error))?;
    match found.is_empty() {
        true => Err(format!("`{}` holds no certificate in PEM", file.display())),
        false => Ok(found),
    }
}

fn unreadable(file: &Path, error: &pem::Error) -> String {
    let file = file.display();
    match error {
        pem::Error::Io(error) => format!("`{file}` cannot be read: {error}"),
        error => format!("`{file}` is no PEM: {error}"),
    }
}

fn unusable(file: &Path, error: &rustls::Error) -> String {
    format!("`{}` cannot be used: {error}", file.display())
}
