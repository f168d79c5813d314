//! Keeping the connection that asks.

use std::sync::Arc;

use tokio::time::{sleep, timeout};

use super::super::health::{Connection, Health};
use super::{Backoff, Dialed, Link, Server};

/// Looks after the connection of a link, as long as it is polled.
pub(in super::super) async fn keep(
    link: Arc<Link>,
    server: Server,
    health: Arc<Health>,
    mut dialed: Dialed,
) {
    loop {
        link.connected(dialed.connection.clone());
        health.connected(Connection::Asking);
        let reason = until_lost(&server, dialed).await;
        tracing::debug!(reason, "the connection to redis is lost");
        link.lost(reason.clone());
        health.lost(Connection::Asking, reason);
        dialed = redial(&link, &server, &health).await;
    }
}

/// Returns why it is.
async fn until_lost(server: &Server, mut dialed: Dialed) -> String {
    loop {
        if timeout(server.timeout(), dialed.over.notified())
            .await
            .is_ok()
        {
            return "the connection was closed".to_owned();
        }
        if let Err(reason) = is_alive(server, &mut dialed).await {
            return reason;
        }
    }
}

/// A peer that is gone without a word is found out by asking.
pub(in super::super) async fn is_alive(server: &Server, dialed: &mut Dialed) -> Result<(), String> {
    let ping = ::redis::cmd("PING");
    match timeout(
        server.timeout(),
        dialed.connection.send_packed_command(&ping),
    )
    .await
    {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {:?}", server.timeout())),
    }
}

async fn redial(link: &Link, server: &Server, health: &Health) -> Dialed {
    let mut backoff = Backoff::default();
    loop {
        sleep(backoff.next()).await;
        match server.dial(drop).await {
            Ok(dialed) => return dialed,
            Err(error) => {
                let reason = format!("cannot connect to `{}`: {error}", server.address());
                link.lost(reason.clone());
                health.lost(Connection::Asking, reason);
            }
        }
    }
}
