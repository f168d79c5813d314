use async_nats::jetstream::{self, stream};
use tests::servers::{Nats, NatsSettings, Server};

use crate::{leaves_nothing, listens, panics};

async fn jetstream(nats: &Nats) -> jetstream::Context {
    let client = async_nats::connect(nats.url()).await.expect("it answers");
    jetstream::new(client)
}

#[tokio::test]
async fn its_streams_are_kept_over_a_crash() {
    let Some(nats) = Nats::start(NatsSettings::default()) else {
        return;
    };
    let config = || stream::Config {
        name: "log".to_owned(),
        subjects: vec!["log.>".to_owned()],
        storage: stream::StorageType::File,
        ..stream::Config::default()
    };
    let context = jetstream(&nats).await;
    context.create_stream(config()).await.expect("a stream");
    let ack = context.publish("log.a", "1".into()).await.expect("sent");
    assert_eq!(ack.await.expect("stored").sequence, 1);
    for crash in [true, false] {
        if crash {
            nats.kill();
            assert!(!listens(&nats));
        }
        nats.restart();
        let context = jetstream(&nats).await;
        let stream = context.get_stream("log").await.expect("it is there");
        assert_eq!(stream.cached_info().state.messages, 1);
    }
}

#[tokio::test]
async fn it_asks_for_the_password_of_its_user() {
    let settings = NatsSettings {
        user: Some(("node".to_owned(), "of-node".to_owned())),
        ..NatsSettings::default()
    };
    let Some(nats) = Nats::start(settings) else {
        return;
    };
    // The client takes no password from a URL.
    let connect = async |password: &str| {
        let options = async_nats::ConnectOptions::new();
        let options = options.user_and_password("node".to_owned(), password.to_owned());
        options.connect(nats.url()).await
    };
    assert!(connect("of-node").await.is_ok());
    assert!(connect("of-nobody").await.is_err());
}

#[test]
fn nothing_is_left_of_it() {
    let Some(nats) = Nats::start(NatsSettings::default()) else {
        return;
    };
    leaves_nothing(nats, drop);
    let nats = Nats::start(NatsSettings::default()).expect("it was there before");
    leaves_nothing(nats, panics);
}
