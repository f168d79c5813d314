//! That a question is to be asked elsewhere.

use std::fmt;

use ::redis::{ServerError, ServerErrorKind};

use super::shards::{Address, Shard};

/// Where a server passes a question on to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Redirect {
    /// For this question alone: the slot is on its way there.
    pub(super) is_ask: bool,
    pub(super) address: Address,
}

impl Redirect {
    /// `None` for any other error.
    pub(super) fn of(error: &ServerError, from: &Shard) -> Option<Self> {
        let is_ask = match error.kind()? {
            ServerErrorKind::Ask => true,
            ServerErrorKind::Moved => false,
            _ => return None,
        };
        let (_slot, address) = error.details()?.split_once(' ')?;
        let address = address_of(address, &from.address.0)?;
        Some(Self { is_ask, address })
    }
}

/// A server that does not know its own host leaves it out.
fn address_of(text: &str, here: &str) -> Option<Address> {
    let (host, port) = text.trim().rsplit_once(':')?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = if host.is_empty() { here } else { host };
    Some((host.to_owned(), port.parse().ok()?))
}

impl fmt::Display for Redirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, port) = &self.address;
        write!(f, "{host}:{port}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        let address = |text| address_of(text, "here");
        let at = |host: &str, port| Some((host.to_owned(), port));
        assert_eq!(address("10.0.0.1:6380"), at("10.0.0.1", 6380));
        assert_eq!(address("node.example:1"), at("node.example", 1));
        assert_eq!(address("2001:db8::1:6379"), at("2001:db8::1", 6379));
        assert_eq!(address("[::1]:6379"), at("::1", 6379));
        assert_eq!(address(":6379"), at("here", 6379));
        for other in ["", "host", "host:", "host:65536", "host:x"] {
            assert_eq!(address(other), None, "{other}");
        }
    }
}
