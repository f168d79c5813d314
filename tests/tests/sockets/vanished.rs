use std::fs;
use std::sync::atomic::Ordering;

use tokio::runtime::Handle;

use crate::allocator;
use crate::client::{Client, SECOND, eventually};
use crate::server::{Server, serve};

const CLIENTS: usize = 1_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_clients_that_vanish_leave_nothing_behind() {
    let _alone = crate::client::alone().await;
    let server = serve(10 * SECOND).await;
    // The first round fills what is kept for later: slabs of the runtime, buffers of its threads.
    come_and_vanish(&server).await;
    let before = Alive::now();
    come_and_vanish(&server).await;
    eventually("tasks and files are back where they were", || {
        let now = Alive::now();
        now.tasks <= before.tasks && now.files <= before.files
    })
    .await;
    let left = Alive::now().heap - before.heap;
    assert!(left < 64 * 1024, "{left} bytes stay on the heap");
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
    fn now() -> Self {
        Self {
            heap: allocator::live(),
            files: fs::read_dir("/proc/self/fd").unwrap().count(),
            tasks: Handle::current().metrics().num_alive_tasks(),
        }
    }
}
