//! How often the server is asked.

use std::time::Duration;

use async_nats::{Message, Subscriber};
use futures::StreamExt;
use futures::future::join_all;
use sse_runtime::log::*;
use tests::Proxy;
use tests::servers::{Nats, Server};
use tokio::time::timeout;

use crate::support::*;

/// What all clients ask JetStream.
struct Questions {
    client: async_nats::Client,
    asked: Subscriber,
}

impl Questions {
    async fn of(nats: &Nats) -> Self {
        let client = stranger(nats).await.client();
        let asked = client.subscribe("$JS.API.>").await.unwrap();
        client.flush().await.unwrap();
        let mut questions = Self { client, asked };
        questions.count().await;
        questions
    }

    /// Waits for one, and leaves those before it out.
    async fn pass(&mut self, subject: &str) {
        while let Some(asked) = self.asked.next().await {
            if asked.subject.as_str() == subject {
                return;
            }
        }
        panic!("the subscription has ended");
    }

    /// How many since this was asked last.
    async fn count(&mut self) -> usize {
        self.all().await.len()
    }

    /// Since this was asked last.
    async fn all(&mut self) -> Vec<Message> {
        // Comes after all that others have asked and were answered.
        self.client
            .publish("$JS.API.over", "".into())
            .await
            .unwrap();
        let mut all = Vec::new();
        while let Some(asked) = self.asked.next().await {
            if asked.subject.as_str() == "$JS.API.over" {
                return all;
            }
            all.push(asked);
        }
        panic!("the subscription has ended");
    }

    /// Whether the server itself refuses what comes after an end.
    fn looks_aside(&self) -> bool {
        self.version() >= vec![2, 11]
    }

    /// Whether the server has stored a message before it reads what comes behind it.
    fn stores_in_turn(&self) -> bool {
        self.version() < vec![2, 9, 16]
    }

    fn version(&self) -> Vec<u32> {
        let version = self.client.server_info().version;
        version.split('.').map(|it| it.parse().unwrap()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn appends_at_once_ask_together_whether_their_channels_have_ended() {
    const APPENDS: usize = 400;
    let nats = nats!();
    let mut questions = Questions::of(&nats).await;
    let log = log_of(&nats).await;
    questions.pass("$JS.API.STREAM.CREATE.sse").await;
    // As it begins to hear, and whenever that comes.
    questions.pass("$JS.API.STREAM.INFO.sse").await;
    append(&log, [1]).await;
    let of_each = usize::from(!questions.looks_aside());
    assert_eq!(questions.count().await, of_each);
    append(&log, [2]).await;
    assert_eq!(questions.count().await, of_each);
    join_all((0..APPENDS as u64).map(|n| append(&log, [n]))).await;
    let asked = questions.count().await;
    assert!(asked <= of_each * APPENDS / 4, "{asked} questions");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stores_in_turn_is_asked_without_waiting_for_its_acknowledgement() {
    const WAY: Duration = Duration::from_millis(800);
    let nats = nats!();
    let proxy = Proxy::start(nats.address()).await;
    let url = format!("nats://{}", proxy.address());
    let log = options().connect(&url).await.unwrap();
    append(&log, [1]).await;
    let mut questions = Questions::of(&nats).await;
    let mut stored = questions.client.subscribe("sse.*.log").await.unwrap();
    questions.count().await;
    proxy.delay(WAY);
    let is_asked_at_once = async {
        stored.next().await.unwrap();
        // The question may have gone the same way by itself. After an acknowledgement it would take two.
        let most = WAY.mul_f64(1.5);
        timeout(most, questions.asked.next()).await.is_ok()
    };
    let (_, is_asked_at_once) = tokio::join!(append(&log, [2]), is_asked_at_once);
    assert_eq!(is_asked_at_once, questions.stores_in_turn());
    assert_eq!(all(&log).await, [1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_known_to_have_ended_is_not_written_to() {
    let nats = nats!();
    let (log, other) = (log_of(&nats).await, log_of(&nats).await);
    append(&log, [1]).await;
    other.end(&room(), None).await.unwrap();
    let stream = stranger(&nats).await.get_stream("sse").await.unwrap();
    let stored = async || stream.get_info().await.unwrap().state.last_sequence;
    let is_ended = |answer| matches!(answer, Err(AppendError::Ended { .. }));
    assert!(is_ended(try_append(&log, 2).await));
    let before = stored().await;
    assert!(is_ended(try_append(&log, 3).await));
    assert_eq!(stored().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_end_is_seen_among_many_appends_to_other_channels() {
    let nats = nats!();
    let nodes = join_all((0..2).map(|_| log_of(&nats))).await;
    let names = (0..40).map(|n| ChannelName::new(n.to_string()).unwrap());
    let names: Vec<_> = names.collect();
    let record = Record::new(b"data: x\n").unwrap();
    let writers = names.iter().enumerate().map(async |(index, name)| {
        let log = &nodes[index % 2];
        let mut written = 0;
        loop {
            match log.append(name, &record).await {
                Ok(_) => written += 1,
                Err(AppendError::Ended { .. }) => return written,
                Err(other) => panic!("{other:?}"),
            }
        }
    });
    let enders = names.iter().enumerate().map(async |(index, name)| {
        // By the other node, now this, now that.
        let pause = Duration::from_millis(fastrand::u64(0..400));
        tokio::time::sleep(pause).await;
        nodes[(index + 1) % 2].end(name, None).await.unwrap();
    });
    let (written, _) = tokio::join!(join_all(writers), join_all(enders));
    for (name, written) in names.iter().zip(written) {
        let mut at = nodes[0].extent(name).await.unwrap().oldest;
        let mut read = 0;
        loop {
            let page = nodes[0].read_after(name, at, Limit::default()).await;
            let page = page.unwrap();
            read += page.runs().map(Run::len).sum::<usize>();
            at = page.next();
            if !page.has_more() {
                break;
            }
        }
        assert_eq!(read, written, "what was acknowledged is read");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_channel_is_followed_without_a_search_through_all_subjects() {
    let nats = nats!();
    let (log, other) = (log_of(&nats).await, log_of(&nats).await);
    let mut questions = Questions::of(&nats).await;
    let mut watch = watch(&log);
    hint(&mut watch).await;
    let at = end(&log).await;
    assert!(read(&log, at).await.is_empty());
    append(&other, [0]).await;
    append(&other, [1]).await;
    eventually(async || {
        (read(&log, at).await.runs().map(Run::len).sum::<usize>() == 2).then_some(())
    })
    .await;
    assert_eq!(numbers(&read(&log, at).await), [0, 1]);
    for asked in questions.all().await {
        let is_info = asked.subject.starts_with("$JS.API.STREAM.INFO.");
        assert!(!is_info || asked.payload.is_empty(), "{:?}", asked.payload);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_node_appends_is_followed_without_being_read() {
    const APPENDS: u64 = 500;
    let nats = nats!();
    let (log, other) = (log_of(&nats).await, log_of(&nats).await);
    let mut watch = watch(&log);
    hint(&mut watch).await;
    // The first has nothing before it that the server could name.
    append(&other, [0]).await;
    let mut at = end(&log).await;
    let mut questions = Questions::of(&nats).await;
    let mut seen = 0;
    let jetstream = stranger(&nats).await;
    let template = jetstream.get_stream("sse").await.unwrap();
    let template = template.get_raw_message(1).await.unwrap();
    questions.count().await;
    let started = std::time::Instant::now();
    for _ in 0..APPENDS {
        let (headers, payload) = (template.headers.clone(), template.payload.clone());
        let subject = template.subject.clone();
        let stored = jetstream.publish_with_headers(subject, headers, payload);
        stored.await.unwrap().await.unwrap();
    }
    while seen < APPENDS {
        let page = read(&log, at).await;
        assert_eq!(page.standing(), Standing::Contiguous);
        seen += numbers(&page).len() as u64;
        at = page.next();
        if !page.has_more() && seen < APPENDS {
            tokio::time::timeout(PATIENCE, watch.changed())
                .await
                .unwrap();
        }
    }
    let asked = questions.count().await;
    // A channel is looked at once a second.
    let rounds = started.elapsed().as_secs() as usize + 1;
    // Before 2.11, whether some channel has ended: for what comes at once, so no more than for each.
    let most = match questions.looks_aside() {
        true => 8 * rounds,
        false => APPENDS as usize + 8 * rounds,
    };
    assert!(asked <= most, "{asked} questions");
}
