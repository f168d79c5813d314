use super::daemon::Server;
use super::nats::{Nats, NatsSettings};
use super::port::Port;

/// Three NATS servers that keep streams together.
#[derive(Debug)]
pub struct NatsCluster {
    servers: Vec<Nats>,
    /// By which they reach each other.
    _routes: Vec<Port>,
}

impl NatsCluster {
    /// Starts them; they are called `0`, `1` and `2`. It takes some seconds more until they have agreed on
    /// who keeps what. Where there is no program, this says `skipped`.
    #[must_use]
    pub fn start() -> Option<Self> {
        let routes: Vec<_> = (0..3).map(|_| Port::free()).collect();
        let all = routes
            .iter()
            .map(|port| format!("\"nats://{}\"", port.address()));
        let all = all.collect::<Vec<_>>().join(", ");
        let servers = routes.iter().enumerate().map(|(n, own)| {
            let own = own.address();
            Nats::start(NatsSettings {
                lines: vec![
                    format!("server_name: \"{n}\""),
                    format!("cluster {{ name: test, listen: \"{own}\", routes: [{all}] }}"),
                ],
                ..NatsSettings::default()
            })
        });
        Some(Self {
            servers: servers.collect::<Option<_>>()?,
            _routes: routes,
        })
    }

    /// Of all of them.
    #[must_use]
    pub fn url(&self) -> String {
        let addresses = self.servers.iter().map(|it| it.address().to_string());
        format!("nats://{}", addresses.collect::<Vec<_>>().join(","))
    }

    /// Each by its own.
    #[must_use]
    pub fn servers(&self) -> &[Nats] {
        &self.servers
    }
}
