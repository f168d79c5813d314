//! A hub behind real sockets: crowds, a client that stalls among them, storms of those who come back,
//! and what is left on the heap.

#[path = "../sockets/allocator.rs"]
mod allocator;
mod client;
mod crowd;
mod heap;
mod server;
mod slow;
mod storm;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::{Mutex, MutexGuard};

/// These tests count what is alive in the whole process and measure how soon it answers, so they run
/// one after the other; with as many files as the system allows, as a connection is two of them here.
async fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::const_new(());
    let alone = ONE.lock().await;
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let all = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Nofile, all).expect("a process may raise its own limit");
    alone
}
