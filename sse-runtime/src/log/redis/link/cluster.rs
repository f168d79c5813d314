//! Which primary of a cluster has which slots.

use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ::redis::{Cmd, ConnectionAddr, ConnectionInfo, RedisError, Value};
use tokio::time::{Instant, sleep, timeout};

use super::super::super::ConnectError;
use super::line::Question;
use super::shards::{Address, Slots};
use super::{Link, RECONNECTING, Server};

/// How long a node is waited for that is asked for the slots.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often the slots are asked for where nothing says that they have changed.
const REGULARLY: Duration = Duration::from_secs(30);

/// How often at most.
const AT_MOST: Duration = Duration::from_millis(20);

/// How many slots there are.
const SLOTS: i64 = 16_384;

static COMMAND: LazyLock<Cmd> = LazyLock::new(|| {
    let mut command = ::redis::cmd("CLUSTER");
    command.arg("SLOTS");
    command
});

/// A cluster, by some of its nodes.
pub(super) struct Cluster {
    seed: ConnectionInfo,
    seeds: Vec<Address>,
    timeout: Duration,
    /// With whom the next search begins, so that one who knows no better is not asked for ever.
    next: AtomicUsize,
}

impl Cluster {
    pub(super) fn new(seed: ConnectionInfo, seeds: Vec<Address>, timeout: Duration) -> Self {
        Self {
            seed,
            seeds,
            timeout,
            next: AtomicUsize::new(0),
        }
    }

    /// A node: called as the same user, and trusted because of the same authority.
    pub(super) fn server(&self, (host, port): &Address) -> Server {
        let (host, port) = (host.clone(), *port);
        let addr = match self.seed.addr() {
            ConnectionAddr::TcpTls {
                insecure,
                tls_params,
                ..
            } => ConnectionAddr::TcpTls {
                host,
                port,
                insecure: *insecure,
                tls_params: tls_params.clone(),
            },
            _ => ConnectionAddr::Tcp(host, port),
        };
        Server::at(self.seed.clone().set_addr(addr), self.timeout)
    }

    /// The slots, as the first of the seeds says that answers.
    pub(super) async fn first_slots(&self) -> Result<Slots, ConnectError> {
        let mut why = ConnectError::InvalidUrl("it names no node".into());
        for seed in &self.seeds {
            let server = self.server(seed);
            match self.ask_seed(seed).await {
                Ok(Some(slots)) => return Ok(slots),
                Ok(None) => {
                    why = ConnectError::Refused {
                        address: server.address(),
                        source: "it says of no node which slots it has".into(),
                    };
                }
                Err(error) => why = server.not_connected(&error),
            }
        }
        Err(why)
    }

    /// Looks for the slots again and again, as long as it is polled.
    pub(super) async fn follow(&self, link: &Link) {
        let mut backoff = RECONNECTING;
        loop {
            let all_connected = {
                let shards = link.shards.borrow();
                shards.all().iter().all(|shard| shard.line.is_connected())
            };
            let wait = if all_connected {
                backoff = RECONNECTING;
                REGULARLY
            } else {
                // Of a server that is lost, others know who has taken its place, some time later.
                backoff.next()
            };
            tokio::select! {
                () = link.stale.notified() => {}
                () = sleep(wait) => {}
            }
            if let Some(slots) = self.slots(link).await {
                link.shards.send_if_modified(|shards| {
                    let is_new = *shards.slots() != slots;
                    if is_new {
                        *shards = Arc::new(shards.serving(self, slots));
                    }
                    is_new
                });
            }
            sleep(AT_MOST).await;
        }
    }

    /// The slots, as a node says that is connected, or else a seed.
    async fn slots(&self, link: &Link) -> Option<Slots> {
        let shards = link.shards();
        let first = self.next.fetch_add(1, Ordering::Relaxed) % shards.all().len().max(1);
        let (before, after) = shards.all().split_at_checked(first)?;
        for shard in after.iter().chain(before) {
            let question = Question {
                command: &COMMAND,
                size: 0,
                is_asking: false,
                deadline: Instant::now() + PATIENCE,
            };
            if let Ok(answer) = shard.line.ask(question).await
                && let Some(slots) = slots(&answer, &shard.address.0)
            {
                return Some(slots);
            }
        }
        for seed in &self.seeds {
            if let Ok(Ok(Some(slots))) = timeout(PATIENCE, self.ask_seed(seed)).await {
                return Some(slots);
            }
        }
        None
    }

    async fn ask_seed(&self, seed: &Address) -> Result<Option<Slots>, RedisError> {
        let mut dialed = self.server(seed).dial(drop).await?;
        let answer = dialed.connection.send_packed_command(&COMMAND).await?;
        Ok(slots(&answer.extract_error()?, &seed.0))
    }
}

/// What is said by a node that is called so. `None` where it is not of that shape, or is of no slot.
fn slots(answer: &Value, here: &str) -> Option<Slots> {
    let Value::Array(ranges) = answer else {
        return None;
    };
    let slots = ranges.iter().map(|range| {
        let Value::Array(range) = range else {
            return None;
        };
        // What comes after the primary are its replicas.
        let [
            Value::Int(first),
            Value::Int(last),
            Value::Array(primary),
            ..,
        ] = &**range
        else {
            return None;
        };
        let range = (0..SLOTS).contains(first) && (*first..SLOTS).contains(last);
        let range = range.then_some(*first as u16..=*last as u16)?;
        Some((range, address(primary, here)?))
    });
    let mut slots = slots.collect::<Option<Slots>>()?;
    slots.sort_by_key(|(range, _)| *range.start());
    (!slots.is_empty()).then_some(slots)
}

fn address(node: &[Value], here: &str) -> Option<Address> {
    let [host, Value::Int(port), ..] = node else {
        return None;
    };
    let host = match host {
        // That of the node itself, which does not know it.
        Value::Nil => here,
        Value::BulkString(host) if host.is_empty() => here,
        Value::BulkString(host) => str::from_utf8(host).ok()?,
        _ => return None,
    };
    // What it says of a node of which it knows no name.
    let is_known = host != "?";
    is_known.then_some((host.to_owned(), u16::try_from(*port).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::BulkString(text.into())
    }

    fn range(first: i64, last: i64, host: Value, port: i64) -> Value {
        let replica = Value::Array(vec![text("replica"), Value::Int(1), text("id")]);
        let primary = Value::Array(vec![host, Value::Int(port), text("id")]);
        Value::Array(vec![Value::Int(first), Value::Int(last), primary, replica])
    }

    fn of(ranges: Vec<Value>) -> Option<Slots> {
        slots(&Value::Array(ranges), "here")
    }

    #[test]
    fn each_range_is_of_its_primary() {
        let found = of(vec![
            range(100, 16_383, text("b"), 2),
            range(0, 99, text("a"), 1),
        ]);
        let expected = vec![
            (0..=99, ("a".to_owned(), 1)),
            (100..=16_383, ("b".to_owned(), 2)),
        ];
        assert_eq!(found, Some(expected));
    }

    #[test]
    fn a_node_that_does_not_know_its_host_is_where_it_was_asked() {
        for host in [Value::Nil, text("")] {
            let found = of(vec![range(0, 1, host, 7)]);
            assert_eq!(found, Some(vec![(0..=1, ("here".to_owned(), 7))]));
        }
    }

    #[test]
    fn what_is_no_such_answer_is_none() {
        for ranges in [
            vec![],
            vec![Value::Nil],
            vec![Value::Array(vec![Value::Int(0), Value::Int(1)])],
            vec![range(2, 1, text("a"), 1)],
            vec![range(-1, 1, text("a"), 1)],
            vec![range(0, 16_384, text("a"), 1)],
            vec![range(0, 1, text("?"), 1)],
            vec![range(0, 1, Value::Int(1), 1)],
            vec![range(0, 1, text("a"), 65_536)],
        ] {
            assert_eq!(of(ranges.clone()), None, "{ranges:?}");
        }
        assert_eq!(slots(&Value::Okay, "here"), None);
    }
}
