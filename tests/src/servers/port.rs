use std::env;
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use rustix::process::getuid;

/// Below the ports that Linux gives to those who ask for any, so that nobody gets it while the server
/// is away for a moment.
const RANGE: std::ops::Range<u16> = 12_000..32_000;

/// A port that no other test has, in whichever process, until this is dropped.
#[derive(Debug)]
pub(crate) struct Port {
    number: u16,
    /// Locked. Its content is of no interest, and it stays: a file that is removed while another
    /// process waits for its lock would be locked twice.
    _lock: File,
}

impl Port {
    pub(crate) fn free() -> Self {
        let directory = env::temp_dir().join(format!("sse-test-ports-{}", getuid().as_raw()));
        fs::create_dir_all(&directory).expect("a writable directory");
        loop {
            let number = fastrand::u16(RANGE);
            let lock = File::options()
                .create(true)
                .append(true)
                .open(directory.join(number.to_string()))
                .expect("a writable directory");
            if lock.try_lock().is_ok() && TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_ok() {
                return Self {
                    number,
                    _lock: lock,
                };
            }
        }
    }

    pub(crate) fn number(&self) -> u16 {
        self.number
    }

    pub(crate) fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.number).into()
    }
}
