//! Who the server is, and who may hear what is said to it.

use std::error::Error;

use sse_runtime::log::{ConnectError, PostgresLog, PostgresOptions};
use tests::servers::{Certificates, Postgres, PostgresSettings, Server};

use crate::support::{append, client, text};

fn server() -> Option<Postgres> {
    Postgres::start(PostgresSettings {
        tls: Some(Certificates::new()),
        ..PostgresSettings::default()
    })
}

/// Why nothing is said to it: the cause alone, as the error itself names the address.
fn refused(answer: Result<PostgresLog, ConnectError>) -> String {
    match answer {
        Err(error @ ConnectError::Refused { .. }) => {
            error.source().expect("it says why").to_string()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mode_asks_for_what_it_does_in_libpq() {
    let Some(server) = server() else {
        return;
    };
    let url = server.url();
    PostgresOptions::default()
        .migrate(&url)
        .await
        .expect("made");
    let authority = server
        .daemon()
        .directory()
        .join("ca.pem")
        .display()
        .to_string();
    let other = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(other.path(), Certificates::new().authority()).expect("written");
    let other = other.path().display();

    // Of which two are not said to be who they are: the system does not trust the authority.
    for query in [
        String::new(),
        "?sslmode=prefer".to_owned(),
        "?sslmode=require".to_owned(),
        format!("?sslmode=require&sslrootcert={authority}"),
        format!("?sslmode=verify-ca&sslrootcert={authority}"),
        format!("?sslmode=verify-full&sslrootcert={authority}"),
    ] {
        let log = PostgresLog::connect(&format!("{url}{query}")).await;
        append(
            &log.unwrap_or_else(|error| panic!("{query}: {error:?}")),
            "a",
            "x",
        )
        .await;
    }
    for query in [
        format!("?sslmode=require&sslrootcert={other}"),
        format!("?sslmode=verify-ca&sslrootcert={other}"),
        format!("?sslmode=verify-full&sslrootcert={other}"),
    ] {
        let why = refused(PostgresLog::connect(&format!("{url}{query}")).await);
        assert!(why.contains("certificate"), "{query}: {why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_one_of_its_host() {
    let Some(server) = server() else {
        return;
    };
    PostgresOptions::default()
        .migrate(&server.url())
        .await
        .expect("made");
    // An address of this machine that is not in the certificate.
    let url = server.url().replace("127.0.0.1", "127.0.0.2");
    let listens = "alter system set listen_addresses = '127.0.0.1,127.0.0.2'";
    client(&server)
        .await
        .batch_execute(listens)
        .await
        .expect("set");
    tokio::task::block_in_place(|| server.restart());
    let options =
        PostgresOptions::default().root_certificates(server.daemon().directory().join("ca.pem"));
    let why = refused(options.clone().connect(&url).await);
    assert!(why.contains("127.0.0.2"), "{why}");
    let less = format!("{url}?sslmode=verify-ca");
    drop(
        options
            .clone()
            .connect(&less)
            .await
            .expect("the authority is the right one"),
    );
    options
        .connect(&server.url())
        .await
        .expect("it is who it says");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_connections_are_encrypted_where_the_server_can() {
    let Some(server) = server() else {
        return;
    };
    let log = crate::support::log(&server, PostgresOptions::default()).await;
    let plain = "select count(*)::text from pg_stat_ssl join pg_stat_activity using (pid) \
                 where application_name = 'sse' and ssl";
    assert_eq!(text(&client(&server).await, plain).await, "5");
    drop(log);
}
