//! In NATS: a message of stream `sse` an append, on subject `sse.<channel>.log`. An id says when the stream
//! was made, so that the fixtures are published into a stream that the log has made.

use async_nats::HeaderMap;
use async_nats::jetstream::{self, stream::Stream};
use sse_runtime::log::*;
use tests::servers::{Nats, NatsSettings};
use tokio::task::block_in_place;

use super::{after, held, is_of_a_format_to_come, records, room};

/// The three records: of each how long the lines are, how long the key and one more, the key, the lines.
const FORMAT_1: &[u8] = b"\0\0\0\x08\0\0data: a\n\
    \0\0\0\x26\0\x08\xc3\xbc \xf0\x9f\xa6\x80event: alert\ndata: disk\ndata: is full\n\
    \0\0\0\x18\0\x01data:  leading\0 and \xef\xbb\xbf\n";

struct Fixture {
    _nats: Nats,
    log: NatsLog,
    context: jetstream::Context,
    stream: Stream,
    /// When the stream was made, by the tag of the channel.
    epoch: u64,
}

impl Fixture {
    async fn start() -> Option<Self> {
        let nats = block_in_place(|| Nats::start(NatsSettings::default()))?;
        let log = NatsLog::connect(&nats.url()).await;
        let client = async_nats::connect(nats.url()).await.expect("it answers");
        let context = jetstream::new(client);
        let stream = context.get_stream("sse").await.expect("it is made");
        let made = stream.cached_info().created.unix_timestamp_nanos() as u64;
        Some(Self {
            _nats: nats,
            log: log.expect("it can be reached"),
            context,
            stream,
            epoch: (made >> 13) ^ 0xf9df_9ac7,
        })
    }

    /// Of all records of the first message but the last, the number within; of that, the message.
    fn ids(&self) -> [String; 3] {
        [1, 2, 65_536].map(|place| format!("{:x}-{place}", self.epoch))
    }

    async fn publish(&self, headers: &[(&'static str, &str)], payload: &'static [u8]) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, *value);
        }
        let published = self
            .context
            .publish_with_headers("sse.rooms/1.log", map, payload.into());
        published.await.expect("sent").await.expect("stored");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_format_1_in_nats_are_read_by_the_ids_that_they_had() {
    let Some(fixture) = Fixture::start().await else {
        return;
    };
    let headers = [("Sse-Format", "1"), ("Sse-Records", "3")];
    fixture.publish(&headers, FORMAT_1).await;
    let ids = fixture.ids();
    let ids = ids.each_ref().map(String::as_str);
    let before = format!("{:x}-0", fixture.epoch);
    for (id, seen) in [(&*before, 0), (ids[0], 1), (ids[1], 2), (ids[2], 3)] {
        let read = after(&fixture.log, id).await.expect("readable");
        assert_eq!(read, held(ids, seen));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_in_nats_of_a_format_to_come_is_an_error_that_names_it() {
    let Some(fixture) = Fixture::start().await else {
        return;
    };
    let headers = [("Sse-Format", "1"), ("Sse-Records", "3")];
    fixture.publish(&headers, FORMAT_1).await;
    let headers = [("Sse-Format", "2"), ("Sse-Records", "1")];
    fixture.publish(&headers, b"nobody knows").await;
    is_of_a_format_to_come(after(&fixture.log, &fixture.ids()[2]).await);
}

/// An older version reads this too, so it must not change without a new format.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_in_nats_is_format_1() {
    let Some(fixture) = Fixture::start().await else {
        return;
    };
    let appended = fixture.log.append_all(&room(), &records()).await;
    let places = appended.expect("appended");
    assert_eq!(
        places[..]
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        fixture.ids()
    );
    let message = fixture
        .stream
        .get_raw_message(1)
        .await
        .expect("it is there");
    assert_eq!(message.subject.as_str(), "sse.rooms/1.log");
    assert_eq!(message.payload, FORMAT_1);
    let header = |name| message.headers.get(name).map(|value| value.as_str());
    assert_eq!(header("Sse-Format"), Some("1"));
    assert_eq!(header("Sse-Records"), Some("3"));
}
