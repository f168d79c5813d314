//! The URL of a stream, with the scheme that is meant where it has none.

use std::net::IpAddr;
use std::str::FromStr;

use url::Url;

/// An `http` or `https` URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target(pub(crate) Url);

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = if text.contains("://") {
            Url::parse(text)
        } else if is_local(text) {
            Url::parse(&format!("http://{text}"))
        } else {
            // What leaves this machine is not sent in the clear by default.
            Url::parse(&format!("https://{text}"))
        };
        let url =
            url.map_err(|error| format!("{error}; write it as https://example.com/events"))?;
        match url.scheme() {
            "http" | "https" => Ok(Self(url)),
            other => Err(format!(
                "{other}:// is not supported; use http:// or https://"
            )),
        }
    }
}

/// Whether a URL without a scheme names this machine.
fn is_local(text: &str) -> bool {
    let authority = text.split(['/', '?', '#']).next().unwrap_or_default();
    if let Some((address, _)) = authority
        .strip_prefix('[')
        .and_then(|v6| v6.split_once(']'))
    {
        return address
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback());
    }
    let host = authority.split(':').next().unwrap_or_default();
    host == "localhost"
        || host.ends_with(".localhost")
        || host
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_may_be_left_out() {
        for (text, meant) in [
            ("http://example.com/a", "http://example.com/a"),
            ("localhost:3000/a?b#c", "http://localhost:3000/a?b#c"),
            ("app.localhost", "http://app.localhost/"),
            ("127.0.0.1:80", "http://127.0.0.1/"),
            ("[::1]:3000/a", "http://[::1]:3000/a"),
            ("example.com:8443/a", "https://example.com:8443/a"),
            ("10.0.0.1/a", "https://10.0.0.1/a"),
        ] {
            let Target(url) = text.parse().expect(text);
            assert_eq!(url.as_str(), meant);
        }
    }

    #[test]
    fn what_is_no_url_of_a_stream_is_refused() {
        for (text, why) in [
            (
                "ftp://example.com",
                "ftp:// is not supported; use http:// or https://",
            ),
            (
                "http://",
                "empty host; write it as https://example.com/events",
            ),
            (
                "a b",
                "invalid international domain name; write it as https://example.com/events",
            ),
        ] {
            assert_eq!(text.parse::<Target>(), Err(why.to_owned()));
        }
    }
}
