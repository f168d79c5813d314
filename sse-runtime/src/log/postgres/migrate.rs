//! The schema: the files that make it, and whether it is there.

use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::super::remote::{ConnectError, Retention};
use super::options::PostgresOptions;
use super::target::{Target, Wire, drive};
use super::trouble::told;

/// One step of the schema that a [`PostgresLog`](super::PostgresLog) needs. They are run in their order,
/// each once, and are never changed once they were released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migration {
    /// The name of its file: `0001_tables.sql`, say.
    pub name: &'static str,
    /// What is in it. It makes everything in the schema that is current.
    pub sql: &'static str,
}

macro_rules! migrations {
    ($($name:literal)*) => {
        &[$(Migration {
            name: $name,
            sql: include_str!(concat!("migrations/", $name)),
        }),*]
    };
}

pub(super) const MIGRATIONS: &[Migration] = migrations! {
    "0001_tables.sql"
    "0002_write.sql"
    "0003_append.sql"
    "0004_read.sql"
    "0005_retain.sql"
};

/// The version of the schema that these files make: their number.
const VERSION: i32 = MIGRATIONS.len() as i32;

/// What a database says of the log in it.
#[derive(Debug)]
pub(super) struct Schema {
    /// Its name, quoted.
    pub(super) name: String,
    /// What its appends notify of, as an identifier.
    pub(super) topic: String,
    /// Whether appends notify.
    pub(super) notifies: bool,
    pub(super) retention: Retention,
}

/// Brings a schema up to date.
pub(super) async fn migrate(options: &PostgresOptions, url: &str) -> Result<(), ConnectError> {
    let target = options.target(url)?;
    let (client, mut wire) = target.connect().await?;
    let migrated = drive(&mut wire, run(&client, options.namespace.as_deref())).await;
    migrated.map_err(|error| target.refused(told(&error)))
}

async fn run(client: &Client, namespace: Option<&str>) -> Result<(), tokio_postgres::Error> {
    // Of nodes that start at once the first does it, and the others find it done. The transaction ends
    // with the connection where it is not committed.
    client
        .batch_execute("begin; select pg_advisory_xact_lock(hashtextextended('sse_migrate', 0))")
        .await?;
    if let Some(name) = namespace {
        let name = quoted(name);
        // Without the right to make schemas, one that is there is as good.
        let named = [(&name as _, Type::TEXT)];
        let is_there = client
            .query_typed_one("select to_regnamespace($1) is not null", &named)
            .await?;
        if !is_there.try_get(0)? {
            client
                .batch_execute(&format!("create schema {name}"))
                .await?;
        }
        let path = format!("set local search_path = {name}");
        client.batch_execute(&path).await?;
    }
    let (schema, version): (_, i32) = match find(client, None).await? {
        None => (None, 0),
        Some(schema) => {
            let version = format!("select version from {schema}.sse_log");
            let version = client.query_typed_one(&version, &[]).await?.try_get(0)?;
            (Some(schema), version)
        }
    };
    // Functions keep the path that they are made under: it is one schema, and no other.
    let pin = "select set_config('search_path', coalesce($1, quote_ident(current_schema())), true)";
    client.query_typed(pin, &[(&schema, Type::TEXT)]).await?;
    let done = usize::try_from(version).unwrap_or_default();
    for migration in MIGRATIONS.iter().skip(done) {
        client.batch_execute(migration.sql).await?;
    }
    client.batch_execute("commit").await
}

/// The schema in which there is a log, quoted: of that name, or else the first on the search path.
async fn find(
    client: &Client,
    namespace: Option<&str>,
) -> Result<Option<String>, tokio_postgres::Error> {
    let table = match namespace {
        None => "sse_log".to_owned(),
        Some(name) => format!("{}.sse_log", quoted(name)),
    };
    let find = "select quote_ident(n.nspname) from pg_class c \
        join pg_namespace n on n.oid = c.relnamespace where c.oid = to_regclass($1)";
    let found = client
        .query_typed_opt(find, &[(&table, Type::TEXT)])
        .await?;
    found.map(|row| row.try_get(0)).transpose()
}

/// Looks whether a database has a log that this version can serve, and stores what `options` say of it.
pub(super) async fn check(
    target: &Target,
    client: &Client,
    wire: &mut Wire,
    options: &PostgresOptions,
) -> Result<Schema, ConnectError> {
    let checked = async {
        let Some(name) = find(client, options.namespace.as_deref()).await? else {
            return Ok(Err(
                "it has no log there; run `PostgresOptions::migrate`, or the files of \
                `PostgresLog::migrations`"
                    .to_owned(),
            ));
        };
        let versions = format!("select version, serves from {name}.sse_log");
        let Some(versions) = client.query_typed_opt(&versions, &[]).await? else {
            return Ok(Err(
                "its table sse_log is empty, as a dump of the schema alone leaves it; drop what \
                 there is of the log, and run `PostgresOptions::migrate`"
                    .to_owned(),
            ));
        };
        let (version, serves): (i32, i32) = (versions.try_get(0)?, versions.try_get(1)?);
        if version < VERSION {
            return Ok(Err(format!(
                "its log is of version {version}, and this program needs {VERSION}; run \
                 `PostgresOptions::migrate`, or the files of `PostgresLog::migrations` that are new"
            )));
        }
        if serves > VERSION {
            return Ok(Err(format!(
                "its log is of version {version}, which serves programs that know version {serves}, \
                 and this one knows {VERSION}; upgrade it"
            )));
        }
        options.store(client, &name).await?;
        let state = format!(
            "select {name}.sse_topic(), notify, events, extract(epoch from age)::float8 \
             from {name}.sse_log"
        );
        let state = client.query_typed_one(&state, &[]).await?;
        let (events, age): (i32, f64) = (state.try_get(2)?, state.try_get(3)?);
        Ok(Ok(Schema {
            name,
            topic: state.try_get(0)?,
            notifies: state.try_get(1)?,
            retention: Retention {
                events: u64::try_from(events).unwrap_or(1),
                age: Duration::try_from_secs_f64(age).unwrap_or_default(),
            },
        }))
    };
    let checked = timeout(options.timeout, drive(wire, checked));
    match checked.await {
        Ok(Ok(Ok(schema))) => Ok(schema),
        Ok(Ok(Err(why))) => Err(target.refused(why)),
        Ok(Err(error)) => Err(target.refused(told(&error))),
        Err(_) => Err(target.unreachable("no answer in time".to_owned())),
    }
}

/// An identifier as SQL takes it, whatever is in it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
