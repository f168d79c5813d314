use std::fs;
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

/// How a server proves that it is who it says, to those who trust the authority that was made for it.
#[derive(Clone, Debug)]
pub struct Certificates {
    authority: String,
    certificate: String,
    key: String,
}

impl Certificates {
    /// An authority of its own, and a certificate of it for the loopback address and `localhost`.
    ///
    /// # Panics
    /// When there is no randomness for the keys.
    #[must_use]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Another name than the server's, or OpenSSL takes that for its own authority.
        authority
            .distinguished_name
            .push(DnType::CommonName, "the authority of a test");
        let key = || KeyPair::generate().expect("a key");
        let authority = CertifiedIssuer::self_signed(authority, key()).expect("a certificate");
        let names = ["127.0.0.1", "localhost"].map(str::to_owned);
        let server = CertificateParams::new(names).expect("names");
        let key = key();
        let certificate = server.signed_by(&key, &authority).expect("a certificate");
        Self {
            authority: authority.pem(),
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }
    }

    /// The certificate of the authority, as PEM.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Writes `ca.pem`, `server.pem` and `server.key`.
    pub(super) fn write(&self, directory: &Path) {
        for (name, content) in [
            ("ca.pem", &self.authority),
            ("server.pem", &self.certificate),
            ("server.key", &self.key),
        ] {
            fs::write(directory.join(name), content).expect("a writable directory");
        }
    }
}
