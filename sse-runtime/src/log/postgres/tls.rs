//! What is asked of a server's certificate: the modes of libpq, as users know them from their URLs.

use std::error::Error;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use super::super::remote::Certificates;

type Source = Box<dyn Error + Send + Sync>;

/// How much of a certificate is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checks {
    /// None: what is said is secret, but who hears it is not known.
    Nothing,
    /// That an authority which is trusted has issued it.
    Authority,
    /// That it was issued for this host, too.
    AuthorityAndName,
}

/// A configuration that checks the server's certificate so far, and shows ours to who asks for one.
pub(super) fn connector(
    checks: Checks,
    certificates: &Certificates,
) -> Result<ClientConfig, Source> {
    // Named, as a program may have several providers compiled in and none of them chosen.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    if checks == Checks::AuthorityAndName {
        let config = config.with_root_certificates(trusted(certificates)?);
        return certificates.shown_by(config);
    }
    let chain = match checks {
        Checks::Nothing => None,
        _ => {
            let roots = Arc::new(trusted(certificates)?);
            Some(
                WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider))
                    .build()?,
            )
        }
    };
    let verifier = Arc::new(AnyName { chain, provider });
    let config = config
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    certificates.shown_by(config)
}

fn trusted(certificates: &Certificates) -> Result<RootCertStore, Source> {
    let trusted = certificates.trusted()?;
    match trusted.is_empty() {
        true => Err(
            "the system trusts no authority; name a file of some by the option `root_certificates`"
                .into(),
        ),
        false => Ok(trusted),
    }
}

/// Takes a certificate for any name.
#[derive(Debug)]
struct AnyName {
    /// What it is checked with, where it is.
    chain: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(chain) = &self.chain else {
            return Ok(ServerCertVerified::assertion());
        };
        let verified =
            chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verified {
            // The name is looked at last.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
