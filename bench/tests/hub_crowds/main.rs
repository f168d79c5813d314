//! A hub behind real sockets: crowds, a client that stalls among them, storms of those who come back.

mod allocator;
mod client;
mod crowd;
mod server;
mod slow;
mod storm;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::sync::{Mutex, MutexGuard};

/// These tests count what is alive in the whole process and measure how soon it answers, so they run
/// one after the other; with as many files as the system allows, as a connection is two of them here.
async fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::const_new(());
    let alone = ONE.lock().await;
    let files = Resource::RLIMIT_NOFILE;
    let (_, all) = getrlimit(files).expect("it is a limit of every process");
    setrlimit(files, all, all).expect("a process may raise its own limit");
    alone
}
