//! Why who talks TLS to each other does not trust each other, and what to do about it.

use std::error::Error;
use std::io;
use std::iter;
use std::sync::Arc;

use rustls::{AlertDescription, CertificateError};

/// What an error says of TLS, where it does.
pub(crate) fn distrust(error: &(dyn Error + 'static)) -> Option<String> {
    let mut causes = iter::successors(Some(error), |cause| (*cause).source());
    Some(match causes.find_map(of_tls)? {
        rustls::Error::InvalidCertificate(why) => of_certificate(why),
        rustls::Error::AlertReceived(alert) => of_alert(*alert),
        rustls::Error::InvalidMessage(_) => {
            "it does not talk TLS; is this the port for it?".to_owned()
        }
        other => format!("it and this log cannot agree on how to talk TLS: {other}"),
    })
}

/// The error itself, which some hide where it is no source.
fn of_tls<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(error);
    }
    // What is in an `io::Error` is not its source: that is the source of what is in it.
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return of_tls(error.get_ref()?);
    }
    let shared = error.downcast_ref::<Arc<dyn Error + Send + Sync>>()?;
    of_tls(&**shared)
}

fn of_certificate(why: &CertificateError) -> String {
    let what_to_do = match why {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "name the host in the URL as the certificate does"
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => {
            "renew it, or set the clock of who is wrong about the time"
        }
        _ => "name the authority that has issued it by the option `root_certificates`",
    };
    let why = rustls::Error::InvalidCertificate(why.clone());
    format!("its certificate is not trusted ({why}); {what_to_do}")
}

fn of_alert(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::AccessDenied
        | AlertDescription::BadCertificate
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateRequired
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateUnknown
        | AlertDescription::DecryptError
        | AlertDescription::UnknownCA
        | AlertDescription::UnsupportedCertificate => format!(
            "it wants a client certificate of an authority that it trusts (it says {alert:?}); name \
             one by the option `client_certificate`"
        ),
        // Before TLS 1.3 this is also said to who has shown no certificate.
        AlertDescription::HandshakeFailure => format!(
            "it has ended the handshake of TLS (it says {alert:?}): it may want a client certificate, \
             as the option `client_certificate` names one, or other versions of TLS"
        ),
        alert => format!("it and this log cannot agree on how to talk TLS: it says {alert:?}"),
    }
}

#[cfg(test)]
mod tests {
    use rustls::InvalidMessage;
    use rustls::pki_types::ServerName;

    use super::*;

    fn said(error: rustls::Error) -> String {
        // As `tokio-rustls` hands it on.
        let error = io::Error::new(io::ErrorKind::InvalidData, error);
        distrust(&error).expect("it is of TLS")
    }

    fn of_invalid(why: CertificateError) -> String {
        said(rustls::Error::InvalidCertificate(why))
    }

    #[test]
    fn a_certificate_of_a_strange_authority_is_told_with_the_option_that_names_one() {
        for why in [
            CertificateError::UnknownIssuer,
            CertificateError::BadSignature,
        ] {
            let said = of_invalid(why);
            assert!(said.starts_with("its certificate is not trusted"), "{said}");
            assert!(
                said.ends_with("by the option `root_certificates`"),
                "{said}"
            );
        }
    }

    #[test]
    fn a_certificate_of_another_host_is_told_with_both_names() {
        let said = of_invalid(CertificateError::NotValidForNameContext {
            expected: ServerName::try_from("asked.test").unwrap(),
            presented: vec!["elsewhere.test".to_owned()],
        });
        assert!(
            said.contains("asked.test") && said.contains("elsewhere.test"),
            "{said}"
        );
        assert!(said.contains("name the host in the URL"), "{said}");
    }

    #[test]
    fn a_certificate_of_another_time_is_told_to_be_renewed() {
        for why in [CertificateError::Expired, CertificateError::NotValidYet] {
            let said = of_invalid(why);
            assert!(said.contains("renew it"), "{said}");
        }
    }

    #[test]
    fn whoever_is_refused_by_an_alert_is_told_which_option_names_a_client_certificate() {
        for alert in [
            AlertDescription::CertificateRequired,
            AlertDescription::UnknownCA,
            // What servers of Go say to who has none, before TLS 1.3.
            AlertDescription::BadCertificate,
            AlertDescription::HandshakeFailure,
        ] {
            let said = said(rustls::Error::AlertReceived(alert));
            assert!(said.contains("`client_certificate`"), "{said}");
            assert!(said.contains(&format!("{alert:?}")), "{said}");
        }
    }

    #[test]
    fn a_port_without_tls_is_told() {
        let message = InvalidMessage::InvalidContentType;
        let said = said(rustls::Error::InvalidMessage(message));
        assert!(said.contains("does not talk TLS"), "{said}");
    }

    #[test]
    fn an_error_is_found_behind_others() {
        let error = rustls::Error::AlertReceived(AlertDescription::UnknownCA);
        let shared: Arc<dyn Error + Send + Sync> = Arc::new(io::Error::other(error));
        assert!(distrust(&io::Error::other(shared)).is_some());
    }

    #[test]
    fn what_has_nothing_to_do_with_tls_is_left_to_others() {
        assert_eq!(distrust(&io::Error::from(io::ErrorKind::TimedOut)), None);
        assert_eq!(distrust(&io::Error::other("cut")), None);
    }
}
