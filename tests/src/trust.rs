//! What every log on the network holds of certificates, given a way to connect one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sse_runtime::log::ConnectError;
use tempfile::TempDir;
use tokio::time::timeout;

use crate::servers::Certificates;
use crate::with_causes;

/// What a log is to wait for an answer. An error that is told at once comes long before.
pub const TIMEOUT: Duration = Duration::from_secs(60);

/// The files that options name.
#[derive(Clone, Debug)]
pub struct Named {
    /// `root_certificates`.
    pub roots: PathBuf,
    /// `client_certificate`.
    pub client: Option<(PathBuf, PathBuf)>,
}

impl Named {
    /// The authority of a server, by its directory, and no client.
    #[must_use]
    pub fn authority(directory: &Path) -> Self {
        Self {
            roots: directory.join("ca.pem"),
            client: None,
        }
    }

    /// With the client whose files are in a directory.
    #[must_use]
    pub fn client(self, directory: &Path) -> Self {
        let client = (directory.join("client.pem"), directory.join("client.key"));
        Self {
            client: Some(client),
            ..self
        }
    }
}

fn of_others() -> TempDir {
    let directory = tempfile::tempdir().expect("a writable directory");
    Certificates::new().write(directory.path());
    directory
}

/// Of a server whose files are in a directory, and which asks for a certificate.
///
/// # Panics
/// When another one is let in, or is not told why.
pub async fn only_who_has_a_certificate_is_let_in(
    server: &Path,
    connect: impl AsyncFn(Named) -> Result<(), ConnectError>,
) {
    let others = of_others();
    let known = Named::authority(server).client(server);
    connect(known.clone()).await.expect("it is let in");
    for unknown in [
        Named::authority(server),
        Named::authority(server).client(others.path()),
    ] {
        let why = is_refused(&connect, unknown).await;
        assert!(why.contains("client certificate"), "{why}");
        assert!(why.contains("`client_certificate`"), "{why}");
    }
    let distrusting = Named::authority(others.path()).client(server);
    let why = is_refused(&connect, distrusting).await;
    assert!(why.contains("certificate is not trusted"), "{why}");
    assert!(why.contains("`root_certificates`"), "{why}");
}

/// Of a server whose files are in a directory, and whose certificate is not trusted.
///
/// # Panics
/// When it is, or when it is not said so, with all these words.
pub async fn is_distrusted(
    server: &Path,
    connect: impl AsyncFn(Named) -> Result<(), ConnectError>,
    words: &[&str],
) {
    let why = is_refused(&connect, Named::authority(server)).await;
    for word in ["certificate is not trusted"].iter().chain(words) {
        assert!(why.contains(word), "{why}");
    }
}

async fn is_refused(
    connect: &impl AsyncFn(Named) -> Result<(), ConnectError>,
    named: Named,
) -> String {
    let answer = timeout(TIMEOUT / 2, connect(named)).await;
    match answer.expect("it is told at once") {
        Err(error @ ConnectError::Refused { .. }) => with_causes(&error),
        other => panic!("{other:?}"),
    }
}

/// Needs no server.
///
/// # Panics
/// When a file of no use is not named.
pub async fn files_that_are_of_no_use_are_named(
    connect: impl AsyncFn(Named) -> Result<(), ConnectError>,
) {
    let (own, others) = (of_others(), of_others());
    let file = |name: &str| own.path().join(name);
    std::fs::write(file("text.pem"), "no PEM").expect("written");
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    std::fs::write(file("broken.pem"), broken).expect("written");
    let good = Named::authority(own.path()).client(own.path());
    let roots = |name| Named {
        roots: file(name),
        ..good.clone()
    };
    let client = |certificate: &str, key| Named {
        client: Some((file(certificate), key)),
        ..good.clone()
    };
    let key = |name| client("client.pem", file(name));
    let certificate = |name| client(name, file("client.key"));
    let strange = others.path().join("client.key");
    for (named, words) in [
        (roots("nowhere.pem"), ["nowhere.pem` cannot be read"; 2]),
        (roots("text.pem"), ["text.pem` holds no certificate"; 2]),
        (roots("broken.pem"), ["broken.pem` cannot be used"; 2]),
        (
            certificate("nowhere.pem"),
            ["nowhere.pem` cannot be read"; 2],
        ),
        (
            certificate("text.pem"),
            ["text.pem` holds no certificate"; 2],
        ),
        (
            certificate("client.key"),
            ["client.key` holds no certificate"; 2],
        ),
        (certificate("broken.pem"), ["broken.pem` cannot be used"; 2]),
        (key("nowhere.key"), ["nowhere.key` cannot be read"; 2]),
        (key("text.pem"), ["text.pem` holds no private key"; 2]),
        (key("client.pem"), ["client.pem` holds no private key"; 2]),
        (
            client("client.pem", strange.clone()),
            [
                "client.pem`",
                &format!("the key in `{}`", strange.display()),
            ],
        ),
    ] {
        match connect(named).await {
            Err(error @ ConnectError::InvalidUrl(_)) => {
                let why = with_causes(&error);
                assert!(words.iter().all(|word| why.contains(word)), "{why}");
            }
            other => panic!("{words:?}: {other:?}"),
        }
    }
}
