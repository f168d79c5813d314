//! What breaks: the networks between nodes and engine all the time, and now and then the engine or a node.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use tests::{Fault, Proxy};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, sleep_until};

use crate::cluster::{Cluster, Engine};
use crate::storm::{self, Plan, Repair};

/// The longest pause between two faults of a network.
const PAUSE: Duration = Duration::from_secs(3);

/// Longer than an engine is given to answer.
const LONG: Duration = Duration::from_secs(6);

/// Two nodes over an engine weather it.
pub(crate) async fn is_weathered<E: Engine>() {
    let plan = Plan::of_environment();
    let Some(cluster) = Cluster::<E>::start(plan.kept).await else {
        return;
    };
    let cluster = Arc::new(cluster);
    let log = cluster.log().await;
    let weather = |repairs| over(&cluster, &plan, repairs);
    let report = storm::rages(&plan, &cluster.entrances, log, weather).await;
    report.is_clean();
}

/// Breaks things as long as the storm is to last, and leaves all in order.
async fn over<E: Engine>(cluster: &Arc<Cluster<E>>, plan: &Plan, repairs: UnboundedSender<Repair>) {
    let mut rng = plan.weather();
    let end = Instant::now() + plan.lasts;
    let [one, other] = &cluster.networks;
    let networks = async {
        tokio::join!(
            breaks("network 0", one, rng.fork(), end, &repairs),
            breaks("network 1", other, rng.fork(), end, &repairs),
        )
    };
    tokio::join!(networks, restarts(cluster, plan, &repairs));
}

async fn breaks(
    name: &str,
    network: &Proxy,
    mut rng: Rng,
    end: Instant,
    repairs: &UnboundedSender<Repair>,
) {
    loop {
        sleep(PAUSE.mul_f64(rng.f64())).await;
        let fault = match rng.u8(0..12) {
            0 => Fault::BlackHole(LONG),
            _ => Fault::random(&mut rng),
        };
        if Instant::now() >= end {
            return;
        }
        network.suffer(fault).await;
        // Where there is nobody to tell, the storm has failed.
        let _ = repairs.send(Repair::of(format!("{name}, {fault:?}")));
    }
}

/// What happens to the engine or a node, and what to call it.
type Act<E> = (&'static str, fn(&Cluster<E>));

/// The engine crashes, then a node does, then the engine is restarted in good order.
async fn restarts<E: Engine>(
    cluster: &Arc<Cluster<E>>,
    plan: &Plan,
    repairs: &UnboundedSender<Repair>,
) {
    let begin = Instant::now();
    let acts: [Act<E>; 3] = [
        ("the engine is killed", |cluster| {
            cluster.engine.kill();
            cluster.engine.restart();
        }),
        ("node 0 is killed", |cluster| cluster.replace(0)),
        ("the engine is restarted", |cluster| {
            cluster.engine.restart()
        }),
    ];
    let between = plan.lasts / (acts.len() as u32 + 1);
    for (n, (name, act)) in (1..).zip(acts) {
        sleep_until(begin + n * between).await;
        let cluster = Arc::clone(cluster);
        // In a thread, as the networks go on meanwhile.
        let done = spawn_blocking(move || act(&cluster));
        done.await.expect("it does not fail");
        let _ = repairs.send(Repair::of(name));
    }
}
