//! In Postgres: the tables of the migrations, which are as they were once they are released.

use sse_runtime::log::*;
use tests::servers::{Postgres, PostgresSettings};
use tokio::task::block_in_place;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls};

use super::{RECORDS, after, held, is_of_a_format_to_come, records, room};

/// A log whose epoch is 1bee5, with a channel of so many records. Its tag is the FNV-1a hash of the name.
async fn log_of(records: i64) -> Option<(Postgres, Client)> {
    let postgres = block_in_place(|| Postgres::start(PostgresSettings::default()))?;
    let migrated = PostgresOptions::default().migrate(&postgres.url()).await;
    migrated.expect("it may make tables");
    let connected = tokio_postgres::connect(&postgres.url(), NoTls).await;
    let (client, connection) = connected.expect("it answers");
    tokio::spawn(connection);
    let fixture = format!(
        "update sse_log set epoch = 114405;
         insert into sse_channel (name, tag, began, seq, dropped, server)
         values ('rooms/1', 4192180935, 0, {records}, 0, 0)"
    );
    client
        .batch_execute(&fixture)
        .await
        .expect("they are there");
    Some((postgres, client))
}

async fn insert(client: &Client, seq: i64, format: i16, key: Option<&str>, lines: &str) {
    let insert = "insert into sse_event (channel, seq, format, key, lines)
                  select id, $1, $2, $3, $4 from sse_channel";
    let (key, lines) = (key.map(str::as_bytes), lines.as_bytes());
    let row: [&(dyn ToSql + Sync); 4] = [&seq, &format, &key, &lines];
    let inserted = client.execute(insert, &row).await;
    assert_eq!(inserted.expect("inserted"), 1);
}

async fn insert_format_1(client: &Client) {
    for (seq, (key, lines)) in (1..).zip(RECORDS) {
        insert(client, seq, 1, key, lines).await;
    }
}

async fn connect(postgres: &Postgres) -> PostgresLog {
    let log = PostgresLog::connect(&postgres.url()).await;
    log.expect("it can be reached")
}

const IDS: [&str; 3] = ["f9de2422-1", "f9de2422-2", "f9de2422-3"];

#[tokio::test(flavor = "multi_thread")]
async fn records_of_format_1_in_postgres_are_read_by_the_ids_that_they_had() {
    let Some((postgres, client)) = log_of(3).await else {
        return;
    };
    insert_format_1(&client).await;
    let log = connect(&postgres).await;
    for (id, seen) in [("f9de2422-0", 0), (IDS[0], 1), (IDS[2], 3)] {
        let read = after(&log, id).await.expect("readable");
        assert_eq!(read, held(IDS, seen));
    }
    // The life goes on: nobody who was there before the upgrade is told of a gap.
    let appended = log.append(&room(), &records()[0]).await.expect("appended");
    assert_eq!(appended.seq(), 4);
    let (standing, records) = after(&log, IDS[2]).await.expect("readable");
    assert_eq!(standing, Standing::Contiguous);
    assert_eq!(records.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn lives_and_keys_that_postgres_had_before_are_known() {
    let Some((postgres, client)) = log_of(3).await else {
        return;
    };
    insert_format_1(&client).await;
    let fixture = "update sse_channel set lives = array[114405, 0, 51966, 2];
                   insert into sse_once (channel, key, first, last)
                   select id, 'order 4711', 2, 3 from sse_channel";
    client.batch_execute(fixture).await.expect("they are there");
    let log = connect(&postgres).await;
    // What somebody saw of the first life, and the second does not hold.
    let (standing, _) = after(&log, IDS[2]).await.expect("readable");
    assert_eq!(standing, Standing::Rewound);
    let ids = [IDS[0], IDS[1], "f9df5039-3"];
    let read = after(&log, IDS[1]).await.expect("readable");
    assert_eq!(read, held(ids, 2));

    let key = IdempotencyKey::new("order 4711").expect("a key");
    let (once, batch) = (Condition::Once(key), &records()[1..]);
    let appended = log.append_if(once, &room(), batch).await;
    let appended = appended.expect("appended before");
    let places = ids.map(|id| id.parse::<Cursor>().expect("a place"));
    assert_eq!(appended.places, places[1..]);
    assert!(appended.is_repeated);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_in_postgres_of_a_format_to_come_is_an_error_that_names_it() {
    let Some((postgres, client)) = log_of(2).await else {
        return;
    };
    insert(&client, 1, 1, None, RECORDS[0].1).await;
    insert(&client, 2, 2, None, "nobody knows").await;
    let log = connect(&postgres).await;
    is_of_a_format_to_come(after(&log, IDS[0]).await);
}

/// An older version reads this too, so it must not change without a new format.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_in_postgres_is_format_1() {
    let Some((postgres, client)) = log_of(0).await else {
        return;
    };
    let log = connect(&postgres).await;
    let key = IdempotencyKey::new("order 4711").expect("a key");
    let (once, room, records) = (Condition::Once(key), room(), records());
    let appended = log.append_if(once, &room, &records).await;
    assert_eq!(appended.expect("appended").places.len(), 3);

    let rows = "select seq, format, key, lines from sse_event order by seq";
    let rows = client.query(rows, &[]).await.expect("rows");
    let stored = rows.iter().map(|row| {
        let (key, lines): (Option<&[u8]>, &[u8]) = (row.get(2), row.get(3));
        (row.get(0), row.get(1), key, lines)
    });
    let should_be = (1_i64..)
        .zip(RECORDS)
        .map(|(seq, (key, lines))| (seq, 1_i16, key.map(str::as_bytes), lines.as_bytes()));
    assert!(stored.eq(should_be), "{rows:?}");
    let once = "select key, first, last from sse_once";
    let once = client.query_one(once, &[]).await.expect("a row");
    let once: (&str, i64, i64) = (once.get(0), once.get(1), once.get(2));
    assert_eq!(once, ("order 4711", 1, 3));
    let channel = "select name, tag, began, seq, dropped from sse_channel";
    let row = client.query_one(channel, &[]).await.expect("a row");
    let channel: (&str, i64, i64, i64, i64) =
        (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4));
    assert_eq!(channel, ("rooms/1", 4_192_180_935, 0, 3, 0));
}
