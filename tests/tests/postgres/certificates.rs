//! Who shows which certificate, and who believes it.

use sse_runtime::log::{ConnectError, PostgresOptions};
use tests::servers::{Certificates, Postgres, PostgresSettings, Server};
use tests::trust::{self, Named};
use tests::with_causes;

use crate::support::append;

async fn connect(url: &str, named: Named) -> Result<(), ConnectError> {
    let mut options = PostgresOptions::default()
        .timeout(trust::TIMEOUT)
        .root_certificates(named.roots);
    if let Some((certificate, key)) = named.client {
        options = options.client_certificate(certificate, key);
    }
    options.migrate(url).await?;
    let log = options.connect(url).await?;
    append(&log, "a", "x").await;
    Ok(())
}

fn server(certificates: Certificates, lines: &[&str]) -> Option<Postgres> {
    Postgres::start(PostgresSettings {
        tls: Some(certificates),
        lines: lines.iter().map(|&line| line.to_owned()).collect(),
        ..PostgresSettings::default()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_asks_clients_for_a_certificate_lets_in_who_has_one() {
    for lines in [&[][..], &["ssl_max_protocol_version = 'TLSv1.2'"]] {
        let Some(server) = server(Certificates::new().asking_clients(), lines) else {
            return;
        };
        let connect = async |named| connect(&server.url(), named).await;
        trust::only_who_has_a_certificate_is_let_in(server.daemon().directory(), connect).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_url_names_the_files_of_a_client_as_libpq_does() {
    let Some(server) = server(Certificates::new().asking_clients(), &[]) else {
        return;
    };
    let files = server.daemon().directory().display();
    let url = format!(
        "{}?sslmode=verify-full&sslrootcert={files}/ca.pem&sslcert={files}/client.pem&sslkey={files}/client.key",
        server.url()
    );
    let options = PostgresOptions::default();
    options.migrate(&url).await.expect("made");
    append(&options.connect(&url).await.expect("let in"), "a", "x").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_has_expired_or_is_of_another_host_is_not_trusted() {
    for (certificates, words) in [
        (Certificates::expired(), ["expired", "renew it"]),
        (
            Certificates::of_another_host(),
            ["elsewhere.test", "127.0.0.1"],
        ),
    ] {
        let Some(server) = server(certificates, &[]) else {
            return;
        };
        let connect = async |named| connect(&server.url(), named).await;
        trust::is_distrusted(server.daemon().directory(), connect, &words).await;
    }
}

#[tokio::test]
async fn files_that_are_of_no_use_are_named() {
    let connect = async |named| connect("postgres://127.0.0.1:1", named).await;
    trust::files_that_are_of_no_use_are_named(connect).await;
}

#[tokio::test]
async fn a_parameter_of_libpq_without_a_meaning_here_is_named() {
    for parameter in ["sslcrl", "sslpassword", "sslcertmode", "sslcert", "sslkey"] {
        let url = format!("postgres://127.0.0.1:1/db?{parameter}=a");
        let error = PostgresOptions::default().connect(&url).await.unwrap_err();
        assert!(matches!(error, ConnectError::InvalidUrl(_)), "{error:?}");
        let why = with_causes(&error);
        assert!(why.contains(&format!("`{parameter}`")), "{why}");
    }
}
