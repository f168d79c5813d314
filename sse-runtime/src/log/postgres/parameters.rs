//! What the driver leaves to us of the parameters of a URL: those of libpq that are about certificates.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use super::super::remote::{Certificates, ClientCertificate};
use super::tls::Checks;

/// How the server is talked to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) checks: Checks,
    pub(super) certificates: Certificates,
}

impl Asked {
    /// Takes it out of a URL, beside which options may have named certificates.
    pub(super) fn take_from(url: &str, options: &Certificates) -> Result<(String, Self), String> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let mut rest = Vec::new();
        let mut mode = options.are_named().then_some("verify-full");
        let mut certificates = options.clone();
        let mut system = false;
        let (mut certificate, mut key) = (None, None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value),
                Some(("sslrootcert", "system")) => system = true,
                Some(("sslrootcert", value)) => {
                    certificates.roots = Some(path("sslrootcert", value)?);
                }
                Some(("sslcert", value)) => certificate = Some(path("sslcert", value)?),
                Some(("sslkey", value)) => key = Some(path("sslkey", value)?),
                _ => rest.push(pair.to_owned()),
            }
        }
        match (certificate, key) {
            (None, None) => {}
            (Some(certificate), Some(key)) => {
                certificates.client = Some(ClientCertificate { certificate, key });
            }
            _ => {
                return Err(
                    "`sslcert` and `sslkey` go together; give both, or the option \
                     `client_certificate`"
                        .to_owned(),
                );
            }
        }
        if system {
            // "the default sslmode is changed to verify-full, and any weaker setting will result in an
            // error" (PostgreSQL, 34.1.2).
            if !matches!(mode, None | Some("verify-full")) {
                return Err("`sslrootcert=system` goes with `sslmode=verify-full` alone".to_owned());
            }
            (mode, certificates.roots) = (Some("verify-full"), None);
        }
        let (mode, checks) = match mode {
            Some("disable") if certificates.are_named() => {
                return Err(
                    "`sslmode=disable` is without TLS, which has no use for certificates; give \
                     `verify-full`, or name no certificates"
                        .to_owned(),
                );
            }
            None | Some("prefer") => ("prefer", Checks::Nothing),
            Some("disable") => ("disable", Checks::Nothing),
            // "If a root CA file exists, the behavior of sslmode=require will be the same as that of
            // verify-ca" (PostgreSQL, 34.19.1).
            Some("require") if certificates.roots.is_none() => ("require", Checks::Nothing),
            Some("require" | "verify-ca") => ("require", Checks::Authority),
            Some("verify-full") => ("require", Checks::AuthorityAndName),
            Some(other) => {
                return Err(format!(
                    "`sslmode={other}` is none of disable, prefer, require, verify-ca and verify-full"
                ));
            }
        };
        rest.push(format!("sslmode={mode}"));
        let asked = Self {
            checks,
            certificates,
        };
        Ok((format!("{base}?{}", rest.join("&")), asked))
    }
}

fn path(name: &str, value: &str) -> Result<PathBuf, String> {
    match percent_decode_str(value).decode_utf8() {
        Ok(path) => Ok(PathBuf::from(path.into_owned())),
        Err(_) => Err(format!("`{name}` is not UTF-8")),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn asked(query: &str) -> (String, Asked) {
        let url = format!("postgres://host/db{query}");
        Asked::take_from(&url, &Certificates::default()).unwrap()
    }

    fn wrong(query: &str, options: &Certificates) -> String {
        Asked::take_from(&format!("postgres://host/db{query}"), options).unwrap_err()
    }

    fn roots() -> Certificates {
        Certificates {
            roots: Some("a.pem".into()),
            ..Certificates::default()
        }
    }

    fn client() -> Certificates {
        let (certificate, key) = ("c.pem".into(), "c.key".into());
        Certificates {
            client: Some(ClientCertificate { certificate, key }),
            ..Certificates::default()
        }
    }

    #[test]
    fn a_mode_checks_what_it_does_in_libpq() {
        let modes = [
            ("", Checks::Nothing),
            ("?sslmode=disable", Checks::Nothing),
            ("?sslmode=prefer&sslrootcert=a.pem", Checks::Nothing),
            ("?sslmode=require", Checks::Nothing),
            ("?sslmode=require&sslrootcert=a.pem", Checks::Authority),
            (
                "?sslmode=require&sslcert=c.pem&sslkey=c.key",
                Checks::Nothing,
            ),
            ("?sslmode=verify-ca", Checks::Authority),
            ("?sslmode=verify-full", Checks::AuthorityAndName),
            ("?sslrootcert=system", Checks::AuthorityAndName),
        ];
        for (query, checks) in modes {
            assert_eq!(asked(query).1.checks, checks, "{query}");
        }
    }

    #[test]
    fn who_names_certificates_by_options_has_the_server_checked() {
        for options in [roots(), client()] {
            let asked = |url| Asked::take_from(url, &options).unwrap().1;
            assert_eq!(asked("postgres://host").checks, Checks::AuthorityAndName);
            let less = asked("postgres://host?sslmode=verify-ca");
            assert_eq!(less.checks, Checks::Authority);
            assert_eq!(less.certificates, options);
        }
    }

    #[test]
    fn the_driver_is_given_what_it_knows() {
        let (url, asked) = asked(
            "?sslrootcert=%2Fa%20b.pem&connect_timeout=3&sslcert=c.pem&sslmode=verify-full&sslkey=c.key",
        );
        assert_eq!(url, "postgres://host/db?connect_timeout=3&sslmode=require");
        let roots = asked.certificates.roots.as_deref();
        assert_eq!(roots, Some(Path::new("/a b.pem")));
        assert_eq!(asked.certificates.client, client().client);
    }

    #[test]
    fn the_authorities_of_the_system_take_the_place_of_those_of_an_option() {
        let asked = Asked::take_from("postgres://host?sslrootcert=system", &roots());
        assert_eq!(asked.unwrap().1.certificates.roots, None);
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let none = Certificates::default();
        for (query, options, part) in [
            ("?sslmode=always", &none, "sslmode=always"),
            ("?sslcert=c.pem", &none, "`client_certificate`"),
            ("?sslkey=c.key", &none, "`sslcert` and `sslkey`"),
            ("?sslkey=c.key", &client(), "`sslcert` and `sslkey`"),
            ("?sslmode=disable", &client(), "sslmode=disable"),
            ("?sslmode=disable", &roots(), "sslmode=disable"),
            (
                "?sslmode=disable&sslrootcert=a.pem",
                &none,
                "sslmode=disable",
            ),
            (
                "?sslmode=require&sslrootcert=system",
                &none,
                "sslmode=verify-full",
            ),
            ("?sslrootcert=%ff", &none, "`sslrootcert` is not UTF-8"),
        ] {
            let wrong = wrong(query, options);
            assert!(wrong.contains(part), "{query}: {wrong}");
        }
    }
}
