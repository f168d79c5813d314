use std::collections::HashMap;

use super::daemon::Server;
use super::eventually;
use super::redis::{Redis, RedisSettings, common};

/// How many sentinels there are; two of them have to agree.
const SENTINELS: usize = 3;

/// The name of what they watch.
const SERVICE: &str = "orders";

/// A primary and its replica, watched by three sentinels.
#[derive(Debug)]
pub struct Sentinel {
    nodes: [Redis; 2],
    sentinels: Vec<Redis>,
}

impl Sentinel {
    /// Starts them, the first node as the primary, and waits until all know one another. Where there is
    /// no program, this says `skipped`.
    #[must_use]
    pub fn start(settings: &RedisSettings) -> Option<Self> {
        let first = Redis::start(settings.clone())?;
        let second = Redis::start(RedisSettings {
            replica_of: Some(first.address()),
            ..settings.clone()
        })?;
        let nodes = [first, second];
        eventually("the replica follows", || follows(&nodes[1]));
        let sentinels = (0..SENTINELS).map(|_| watch(&nodes[0], settings));
        let sentinels = sentinels.collect::<Option<_>>()?;
        let all = Self { nodes, sentinels };
        all.settle();
        Some(all)
    }

    /// Waits until every sentinel knows the others, and a replica that is up.
    pub fn settle(&self) {
        let knows = |sentinel: &Redis| {
            let master = sentinel.try_ask(&format!("SENTINEL MASTER {SERVICE}"));
            let replicas = sentinel.try_ask(&format!("SENTINEL REPLICAS {SERVICE}"));
            let (master, replicas): (HashMap<String, String>, Vec<HashMap<String, String>>) =
                match (master, replicas) {
                    (Some(master), Some(replicas)) => (master, replicas),
                    _ => return false,
                };
            master["flags"] == "master"
                && master["num-other-sentinels"] == "2"
                && replicas.iter().any(|replica| {
                    replica["flags"] == "slave" && replica["master-link-status"] == "ok"
                })
        };
        eventually("the sentinels agree", || self.sentinels.iter().all(knows));
    }

    /// With the addresses of the three sentinels, which ask for the password of the nodes' default user.
    #[must_use]
    pub fn url(&self) -> String {
        let node = self.nodes[0].url();
        let scheme = node.split("://").next().unwrap_or_default();
        let sentinels: Vec<_> = self
            .sentinels
            .iter()
            .map(|sentinel| sentinel.address().to_string())
            .collect();
        let (user, sentinels) = (self.nodes[0].user(), sentinels.join(","));
        let url = format!("{scheme}+sentinel://{user}{sentinels}/{SERVICE}");
        match self.sentinels[0].password() {
            Some(password) => format!("{url}?sentinel_password={password}"),
            None => url,
        }
    }

    /// The two nodes with data, in the order of their start.
    #[must_use]
    pub fn nodes(&self) -> &[Redis; 2] {
        &self.nodes
    }

    /// The three sentinels.
    #[must_use]
    pub fn sentinels(&self) -> &[Redis] {
        &self.sentinels
    }

    /// Which of the nodes is the primary, as a sentinel says.
    ///
    /// # Panics
    /// When it names another.
    #[must_use]
    pub fn primary(&self) -> usize {
        let (_, port): (String, u16) =
            self.sentinels[0].ask(&format!("SENTINEL GET-MASTER-ADDR-BY-NAME {SERVICE}"));
        let is = |node: &Redis| node.address().port() == port;
        self.nodes.iter().position(is).expect("it is one of them")
    }

    /// Has the sentinels make the replica the primary, and waits until it is.
    pub fn fail_over(&self) {
        let before = self.primary();
        self.sentinels[0].ask::<()>(&format!("SENTINEL FAILOVER {SERVICE}"));
        self.failed_over(before);
    }

    /// Waits until another node than that is the primary, as it is some time after its end.
    pub fn failed_over(&self, before: usize) {
        let other = &self.nodes[1 - before];
        eventually("the other node is the primary", || {
            let replication: Option<String> = other.try_ask("INFO replication");
            let is_primary = replication.is_some_and(|it| it.contains("role:master"));
            is_primary && self.primary() != before
        });
    }
}

fn follows(node: &Redis) -> bool {
    let replication: Option<String> = node.try_ask("INFO replication");
    replication.is_some_and(|it| it.contains("master_link_status:up"))
}

/// Starts a sentinel.
fn watch(primary: &Redis, settings: &RedisSettings) -> Option<Redis> {
    let primary = primary.address();
    let own = RedisSettings {
        tls: settings.tls.clone(),
        password: settings.password.clone(),
        ..RedisSettings::default()
    };
    let password = settings.password.clone();
    Redis::start_with(own, &["--sentinel"], |directory, port, own| {
        let mut lines = common(directory, port, own);
        let (ip, port) = (primary.ip(), primary.port());
        lines.extend([
            format!("sentinel monitor {SERVICE} {ip} {port} 2"),
            format!("sentinel down-after-milliseconds {SERVICE} 2000"),
            format!("sentinel failover-timeout {SERVICE} 4000"),
        ]);
        if let Some(password) = &own.password {
            lines.push(format!("sentinel sentinel-pass {password}"));
        }
        lines.extend(password.map(|password| format!("sentinel auth-pass {SERVICE} {password}")));
        lines
    })
}
