use std::fs;
use std::sync::atomic::Ordering;

use tokio::runtime::Handle;

use crate::allocator;
use crate::client::{Client, SECOND, alone, eventually};
use crate::server::{Server, serve, serve_streams};

const CLIENTS: usize = 1_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_clients_that_vanish_leave_nothing_behind() {
    let _alone = alone().await;
    leave_nothing_behind(serve(10 * SECOND).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_do_they_under_a_server_of_ours() {
    let _alone = alone().await;
    leave_nothing_behind(serve_streams(10 * SECOND).await).await;
}

async fn leave_nothing_behind(server: Server) {
    // The first round fills what is kept for later: slabs of the runtime, buffers of its threads.
    come_and_vanish(&server).await;
    let before = Alive::settled().await;
    come_and_vanish(&server).await;
    eventually("tasks, files and the heap are back where they were", || {
        let now = Alive::now();
        now.tasks <= before.tasks && now.files <= before.files && now.heap - before.heap < 64 * 1024
    })
    .await;
    server.shutdown.start();
    server.served.await.unwrap().unwrap();
}

async fn come_and_vanish(server: &Server) {
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push(Client::get(server.address, "/quiet").await);
    }
    for client in &mut clients {
        client.read_until("data: 1").await;
    }
    assert_eq!(server.counts.running.load(Ordering::SeqCst), CLIENTS);
    let open = Alive::now();
    clients.into_iter().for_each(Client::vanish);
    eventually("all services are dropped", || {
        server.counts.running.load(Ordering::SeqCst) == 0
    })
    .await;
    eventually("all connections are closed", || {
        let now = Alive::now();
        now.tasks + CLIENTS <= open.tasks && now.files + 2 * CLIENTS <= open.files
    })
    .await;
}

/// What this process has of the machine.
struct Alive {
    heap: isize,
    files: usize,
    tasks: usize,
}

impl Alive {
    /// Once what is freed a little later is freed, too.
    async fn settled() -> Self {
        loop {
            let then = Self::now();
            tokio::time::sleep(SECOND / 10).await;
            let now = Self::now();
            if now.heap >= then.heap {
                return now;
            }
        }
    }

    fn now() -> Self {
        Self {
            heap: allocator::live(),
            files: fs::read_dir("/proc/self/fd").unwrap().count(),
            tasks: Handle::current().metrics().num_alive_tasks(),
        }
    }
}
