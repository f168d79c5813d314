//! What the kernel says of a process and of its sockets.

use std::fs;
use std::net::SocketAddr;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::Miss;

/// Lets this process and its children open as many files as they may; how many.
pub(crate) fn raise_file_limit() -> Result<u64, Miss> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).map_err(std::io::Error::from)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).map_err(std::io::Error::from)?;
    Ok(hard)
}

/// Bytes of memory that a process has in use.
pub(crate) fn resident(pid: u32) -> Result<u64, Miss> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let kilobytes = status.lines().find_map(|line| {
        let (number, _) = line.strip_prefix("VmRSS:")?.trim().split_once(' ')?;
        number.parse::<u64>().ok()
    });
    kilobytes
        .map(|kilobytes| kilobytes * 1024)
        .ok_or_else(|| Miss::failed("a process has no `VmRSS`"))
}

/// Bytes that the kernel holds for the connection from `local` to `remote` until they are sent and
/// acknowledged: what `SIOCOUTQ` tells of a socket of one's own.
pub(crate) fn send_queue(local: SocketAddr, remote: SocketAddr) -> Result<u64, Miss> {
    // sl local_address rem_address st tx_queue:rx_queue …
    let table = fs::read_to_string("/proc/net/tcp")?;
    let (local, remote) = (port(local), port(remote));
    let queue = table.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        match fields.as_slice() {
            [_, from, to, _, queues, ..] if from.ends_with(&local) && to.ends_with(&remote) => {
                u64::from_str_radix(queues.split_once(':')?.0, 16).ok()
            }
            _ => None,
        }
    });
    queue.ok_or_else(|| Miss::failed("the connection is not in `/proc/net/tcp`"))
}

fn port(address: SocketAddr) -> String {
    format!(":{:04X}", address.port())
}
