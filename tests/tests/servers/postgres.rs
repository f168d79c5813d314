use tests::servers::{Postgres, PostgresSettings, Server};
use tokio_postgres::{Client, Error, NoTls};

use crate::{leaves_nothing, listens, panics};

async fn connect(url: &str) -> Result<Client, Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_what_was_committed_over_a_crash() {
    let Some(postgres) = Postgres::start(PostgresSettings::default()) else {
        return;
    };
    let client = connect(&postgres.url()).await.expect("it answers");
    let table = "create table a (b int); insert into a values (1)";
    client.batch_execute(table).await.expect("done");
    for crash in [true, false] {
        if crash {
            postgres.kill();
            assert!(!listens(&postgres));
        }
        postgres.restart();
        let client = connect(&postgres.url()).await.expect("it answers");
        let row = client.query_one("select b from a", &[]).await;
        assert_eq!(row.expect("a row").get::<_, i32>(0), 1);
    }
}

#[tokio::test]
async fn it_asks_for_its_password() {
    let settings = PostgresSettings {
        password: Some("of-postgres".to_owned()),
        ..PostgresSettings::default()
    };
    let Some(postgres) = Postgres::start(settings) else {
        return;
    };
    assert!(connect(&postgres.url()).await.is_ok());
    let wrong = postgres.url().replace("of-postgres", "of-nobody");
    assert!(connect(&wrong).await.is_err());
}

#[test]
fn nothing_is_left_of_it() {
    let Some(postgres) = Postgres::start(PostgresSettings::default()) else {
        return;
    };
    leaves_nothing(postgres, drop);
    let postgres = Postgres::start(PostgresSettings::default()).expect("it was there before");
    leaves_nothing(postgres, panics);
}
