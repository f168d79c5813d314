//! Who shows which certificate, and who believes it.

use sse_runtime::log::*;
use tests::servers::{Certificates, Server};
use tests::trust::{self, Named};

use crate::support::*;

async fn connect(url: &str, named: Named) -> Result<(), ConnectError> {
    let mut options = NatsOptions::default()
        .timeout(trust::TIMEOUT)
        .root_certificates(named.roots);
    if let Some((certificate, key)) = named.client {
        options = options.client_certificate(certificate, key);
    }
    let log = options.connect(url).await?;
    append(&log, [1]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_asks_clients_for_a_certificate_lets_in_who_has_one() {
    let nats = nats!(tls: Some(Certificates::new().asking_clients()));
    let connect = async |named| connect(&nats.url(), named).await;
    trust::only_who_has_a_certificate_is_let_in(nats.daemon().directory(), connect).await;
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
        let nats = nats!(tls: Some(certificates));
        let connect = async |named| connect(&nats.url(), named).await;
        trust::is_distrusted(nats.daemon().directory(), connect, &words).await;
    }
}

#[tokio::test]
async fn files_that_are_of_no_use_are_named() {
    let connect = async |named| connect("tls://127.0.0.1:1", named).await;
    trust::files_that_are_of_no_use_are_named(connect).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_that_is_none_is_a_wrong_option() {
    let key = "UAWYVSJ4TY37NMKRWCN4NTDGGE2XWRWA5KPOOYBHZX7R4YF222COJEYE";
    let nats = nats!(lines: vec![format!("authorization {{ users: [ {{ nkey: {key} }} ] }}")]);
    // The public key in place of the seed.
    let error = options().nkey(key).connect(&nats.url()).await.unwrap_err();
    assert!(matches!(error, ConnectError::InvalidUrl(_)), "{error:?}");
    let why = with_causes(&error);
    assert!(why.contains("nkey") && !why.contains(key), "{why}");
}

#[tokio::test]
async fn a_file_of_credentials_that_is_none_is_named() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    for path in [file.path(), "/nowhere.creds".as_ref()] {
        let options = options().credentials_file(path);
        let error = options.connect("nats://127.0.0.1:1").await.unwrap_err();
        assert!(matches!(error, ConnectError::InvalidUrl(_)), "{error:?}");
        let why = with_causes(&error);
        assert!(why.contains(&path.display().to_string()), "{why}");
    }
}
