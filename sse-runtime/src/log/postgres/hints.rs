//! How a node learns that there is more: it listens, or it asks now and then.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Poll, ready};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_postgres::types::Type;
use tokio_postgres::{AsyncMessage, Client};

use super::super::remote::{ConnectError, Connection, End, Interest, Mirrors, with_causes};
use super::super::{ChannelName, Cursor};
use super::engine::Reader;
use super::link::{Link, RECONNECTING};
use super::target::{Target, Wire};
use super::trouble::told;

/// How often a connection that only listens is asked whether it is still there.
const ALIVE: Duration = Duration::from_secs(10);

/// Hears what the functions of the log notify of.
pub(super) struct Listener {
    pub(super) target: Target,
    pub(super) mirrors: Arc<Mirrors>,
    pub(super) connection: Connection,
    pub(super) timeout: Duration,
    /// What is notified of, as an identifier.
    pub(super) topic: String,
    /// Told that there are signals.
    pub(super) signals: Arc<Notify>,
}

impl Listener {
    /// Listens over that connection for what another one notifies of, once.
    ///
    /// Nothing else tells whether there is a session behind it: through pgbouncer in transaction mode
    /// `listen` is no error, and nothing is ever heard.
    pub(super) async fn prove(
        &self,
        client: &Client,
        wire: &mut Wire,
        other: &Link,
    ) -> Result<(), ConnectError> {
        let word = format!("listening {:x}", fastrand::u64(..));
        let heard = poll_fn(|cx| {
            loop {
                match ready!(wire.poll_message(cx)) {
                    Some(Ok(AsyncMessage::Notification(notice))) if notice.payload() == word => {
                        return Poll::Ready(Ok(()));
                    }
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Poll::Ready(Err(told(&error))),
                    None => return Poll::Ready(Err("the connection was closed".to_owned())),
                }
            }
        });
        let said = async {
            self.ask(client, &format!("listen {}", self.topic)).await?;
            let with = [(&self.topic as _, Type::TEXT), (&word as _, Type::TEXT)];
            let said = other.ask("select pg_notify($1, $2)", &with).await;
            said.map_err(|trouble| trouble.to_string())
        };
        let proven = async {
            tokio::select! {
                heard = heard => heard,
                Err(why) = said => Err(why),
            }
        };
        match timeout(self.timeout, proven).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(why)) => Err(self.target.unreachable(why)),
            Err(_) => Err(self.target.refused(
                "what it notifies of does not arrive, as through pgbouncer in transaction mode; \
                 poll (`Hints::Poll`), or connect to the server itself"
                    .to_owned(),
            )),
        }
    }

    /// Listens, over that connection first and then over others.
    pub(super) async fn run(&self, client: Client, wire: Wire) -> Infallible {
        let mut connected = Ok((client, wire));
        let mut backoff = RECONNECTING;
        loop {
            let why = match connected {
                Ok((client, wire)) => {
                    let (was_heard, why) = self.listen(&client, wire).await;
                    self.mirrors.deaf();
                    if was_heard {
                        backoff = RECONNECTING;
                    }
                    why
                }
                Err(error) => with_causes(&error),
            };
            self.connection.is_lost(&why);
            tokio::select! {
                () = sleep(backoff.next()) => {}
                // All that is watched is told that it is heard as soon as it is.
                never = async { loop { self.mirrors.interest().await; } } => match never {},
            }
            connected = self.target.connect().await;
        }
    }

    /// Listens as long as the connection lasts. Returns whether it ever heard, and what ended it.
    async fn listen(&self, client: &Client, mut wire: Wire) -> (bool, String) {
        let mut is_heard = false;
        let ended = poll_fn(|cx| {
            loop {
                match ready!(wire.poll_message(cx)) {
                    Some(Ok(AsyncMessage::Notification(notice))) => self.hear(notice.payload()),
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Poll::Ready(told(&error)),
                    None => return Poll::Ready("the connection was closed".to_owned()),
                }
            }
        });
        let why = tokio::select! {
            why = ended => why,
            why = self.attend(client, &mut is_heard) => why,
        };
        (is_heard, why)
    }

    /// Asks the server to notify, and tells whoever begins to watch that it is heard. Returns what keeps
    /// it from that.
    async fn attend(&self, client: &Client, is_heard: &mut bool) -> String {
        if let Err(why) = self.ask(client, &format!("listen {}", self.topic)).await {
            return why;
        }
        *is_heard = true;
        self.mirrors.heard_all();
        self.signals.notify_one();
        self.connection.is_there();
        loop {
            tokio::select! {
                interest = self.mirrors.interest() => {
                    if let Interest::Watched(channel) = interest {
                        self.mirrors.heard(&channel);
                    }
                }
                () = sleep(ALIVE) => {
                    if let Err(why) = self.ask(client, "").await {
                        return why;
                    }
                }
            }
        }
    }

    async fn ask(&self, client: &Client, what: &str) -> Result<(), String> {
        match timeout(self.timeout, client.batch_execute(what)).await {
            Ok(answer) => answer.map_err(|error| told(&error)),
            Err(_) => Err(format!("no answer within {:?}", self.timeout)),
        }
    }

    fn hear(&self, payload: &str) {
        match Notice::parse(payload) {
            Some(Notice::Appended { channel, end }) => {
                if let Ok(channel) = ChannelName::new(channel) {
                    self.mirrors.hinted(&channel, end);
                }
            }
            Some(Notice::Signals) => self.signals.notify_one(),
            // Anyone may notify of anything.
            None => {}
        }
    }
}

/// What a server notifies of.
#[derive(Debug, PartialEq, Eq)]
enum Notice<'a> {
    /// A channel has more, up to that place, or has ended.
    Appended {
        channel: &'a str,
        end: Option<Cursor>,
    },
    /// There are signals to read.
    Signals,
}

impl<'a> Notice<'a> {
    /// `<id> <channel>`, `ended <channel>`, or `signals`.
    fn parse(payload: &'a str) -> Option<Self> {
        let Some((place, channel)) = payload.split_once(' ') else {
            return (payload == "signals").then_some(Self::Signals);
        };
        let end = match place {
            "ended" => None,
            id => Some(id.parse().ok()?),
        };
        Some(Self::Appended { channel, end })
    }
}

/// Less would ask for nothing else: each question is a scan of all that is watched.
const SHORTEST_POLL: Duration = Duration::from_millis(10);

/// Asks now and then where the channels end that are watched.
pub(super) struct Poller {
    pub(super) reader: Arc<Reader>,
    pub(super) mirrors: Arc<Mirrors>,
    pub(super) every: Duration,
    /// Told that there may be signals.
    pub(super) signals: Arc<Notify>,
}

impl Poller {
    pub(super) async fn run(&self) -> Infallible {
        // Where they ended when they were last asked for, if they were.
        let mut ends: HashMap<ChannelName, Option<End>> = HashMap::new();
        loop {
            while let Some(interest) = self.mirrors.take_interest() {
                match interest {
                    Interest::Watched(channel) => ends.insert(channel, None),
                    Interest::Unwatched(channel) => ends.remove(&channel),
                };
            }
            self.signals.notify_one();
            let channels: Vec<_> = ends.keys().cloned().collect();
            // The reader tells of its troubles by itself.
            if let Ok(now) = self.reader.ends(&channels).await {
                for (channel, end) in channels.iter().zip(now) {
                    self.compare(channel, end, &mut ends);
                }
            }
            sleep(self.every.max(SHORTEST_POLL)).await;
        }
    }

    fn compare(
        &self,
        channel: &ChannelName,
        end: End,
        ends: &mut HashMap<ChannelName, Option<End>>,
    ) {
        match ends.insert(channel.clone(), Some(end)) {
            // What has come since it is watched was not seen. That hints come is not said: they come as
            // seldom as they were asked for, and what has come by then is no hint that was lost.
            Some(None) | None => self.mirrors.hinted(channel, None),
            Some(Some(before)) if before != end => {
                let place = (!end.ended).then_some(end.newest);
                self.mirrors.hinted(channel, place);
            }
            Some(Some(_)) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_names_a_channel_whatever_is_in_its_name() {
        for name in ["orders", "a b", " ", "signals", "ended"] {
            let payload = format!("bee-7 {name}");
            let end = "bee-7".parse().ok();
            let channel = name;
            let appended = Notice::Appended { channel, end };
            assert_eq!(Notice::parse(&payload), Some(appended));
            let payload = format!("ended {name}");
            let ended = Notice::Appended { channel, end: None };
            assert_eq!(Notice::parse(&payload), Some(ended));
        }
    }

    #[test]
    fn what_others_notify_of_is_nothing() {
        assert_eq!(Notice::parse("signals"), Some(Notice::Signals));
        assert_eq!(Notice::parse(""), None);
        assert_eq!(Notice::parse("orders"), None);
        assert_eq!(Notice::parse("7 orders"), None);
    }
}
