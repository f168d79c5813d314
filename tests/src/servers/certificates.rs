use std::fs;
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};

/// How a server proves that it is who it says, to those who trust the authority that was made for it; and
/// a certificate of the same authority for a client.
#[derive(Clone, Debug)]
pub struct Certificates {
    authority: String,
    server: Certified,
    client: Certified,
    asks_clients: bool,
}

/// A certificate and its key, as PEM.
#[derive(Clone, Debug)]
struct Certified {
    certificate: String,
    key: String,
}

impl Certificates {
    /// An authority of its own, and certificates of it: one for the loopback address and `localhost`, and
    /// one for the client `postgres`.
    ///
    /// # Panics
    /// When there is no randomness for the keys.
    #[must_use]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self::with(&["127.0.0.1", "localhost"], |_| {})
    }

    /// The same of a server whose certificate has expired long ago.
    ///
    /// # Panics
    /// When there is no randomness for the keys.
    #[must_use]
    pub fn expired() -> Self {
        Self::with(&["127.0.0.1"], |server| {
            server.not_before = date_time_ymd(2001, 1, 1);
            server.not_after = date_time_ymd(2002, 1, 1);
        })
    }

    /// The same of a server that is not where its certificate says.
    ///
    /// # Panics
    /// When there is no randomness for the keys.
    #[must_use]
    pub fn of_another_host() -> Self {
        Self::with(&["elsewhere.test"], |_| {})
    }

    fn with(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Another name than the server's, or OpenSSL takes that for its own authority.
        authority
            .distinguished_name
            .push(DnType::CommonName, "the authority of a test");
        let key = || KeyPair::generate().expect("a key");
        let authority = CertifiedIssuer::self_signed(authority, key()).expect("a certificate");
        let signed = |params: CertificateParams| {
            let key = key();
            let certificate = params.signed_by(&key, &authority).expect("a certificate");
            Certified {
                certificate: certificate.pem(),
                key: key.serialize_pem(),
            }
        };
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        let mut server = CertificateParams::new(names).expect("names");
        change(&mut server);
        let mut client = CertificateParams::default();
        client
            .distinguished_name
            .push(DnType::CommonName, "postgres");
        Self {
            authority: authority.pem(),
            server: signed(server),
            client: signed(client),
            asks_clients: false,
        }
    }

    /// The server lets nobody in who has no certificate of the same authority.
    #[must_use]
    pub fn asking_clients(self) -> Self {
        Self {
            asks_clients: true,
            ..self
        }
    }

    /// Whether it does.
    pub(super) fn asks_clients(&self) -> bool {
        self.asks_clients
    }

    /// The certificate of the authority, as PEM.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Writes `ca.pem`, `server.pem` and `server.key`, and `client.pem` and `client.key`.
    ///
    /// # Panics
    /// When the directory cannot be written to.
    pub fn write(&self, directory: &Path) {
        for (name, content) in [
            ("ca.pem", &self.authority),
            ("server.pem", &self.server.certificate),
            ("server.key", &self.server.key),
            ("client.pem", &self.client.certificate),
            ("client.key", &self.client.key),
        ] {
            fs::write(directory.join(name), content).expect("a writable directory");
        }
    }
}
