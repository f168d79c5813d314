//! What a connection string names.

use ::redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisError};
use percent_encoding::percent_decode_str;

use super::pem::Pem;
use super::sentinel::Service;
use super::shards::Address;

/// Who is to be called, and as whom.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// This server, and no other.
    Server(ConnectionInfo),
    /// Whoever is the primary of a service, as sentinels say.
    Sentinel(Service),
    /// The primaries of a cluster, as one of these nodes says.
    Cluster {
        nodes: Vec<Address>,
        /// As whom they are called: how the first of them is.
        first: ConnectionInfo,
    },
}

/// What is wrong with a connection string. It repeats nothing of it that may be a password.
type Wrong = String;

const SENTINEL_PORT: u16 = 26379;
const PORT: u16 = 6379;

impl Target {
    /// The certificates are those that options name.
    pub(super) fn parse(url: &str, pem: Option<&Pem>) -> Result<Self, Wrong> {
        let (scheme, rest) = url.split_once("://").ok_or(
            "it has no scheme: `redis://`, `rediss://`, `redis+sentinel://` or `redis+cluster://`",
        )?;
        let (protocol, kind) = scheme.split_once('+').unwrap_or((scheme, ""));
        match (protocol, kind) {
            ("redis" | "rediss" | "valkey" | "valkeys" | "unix", "")
            | ("redis" | "valkey", "unix") => one(url, rest, pem),
            ("redis" | "rediss" | "valkey" | "valkeys", "sentinel") => {
                sentinel(protocol, rest, pem)
            }
            ("redis" | "rediss" | "valkey" | "valkeys", "cluster") => cluster(protocol, rest, pem),
            _ => Err(format!(
                "`{scheme}` is none of its schemes: `redis`, `rediss` (with TLS), `valkey`, `valkeys`, \
                 each alone or with `+sentinel` or `+cluster`, and `unix`"
            )),
        }
    }

    pub(super) fn database(&self) -> i64 {
        let info = match self {
            Self::Server(info) | Self::Cluster { first: info, .. } => info,
            Self::Sentinel(service) => &service.primary,
        };
        info.redis_settings().db()
    }
}

fn one(url: &str, rest: &str, pem: Option<&Pem>) -> Result<Target, Wrong> {
    let parts = Parts::of(rest)?;
    let (keys, known): (&[_], _) = match parts.hosts {
        // Of a socket.
        "" => (&["db", "user", "pass"], "`db`, `user` and `pass`"),
        _ => (&[], "none"),
    };
    for (key, _) in url::form_urlencoded::parse(parts.query.as_bytes()) {
        if !keys.contains(&&*key) {
            return Err(unknown(&key, known));
        }
    }
    Ok(Target::Server(info(url, pem)?))
}

fn sentinel(protocol: &str, rest: &str, pem: Option<&Pem>) -> Result<Target, Wrong> {
    let parts = Parts::of(rest)?;
    let name = parts.path.trim_matches('/');
    if name.is_empty() {
        return Err(
            "it names no service, as the path of `redis+sentinel://host:26379/service` does"
                .to_owned(),
        );
    }
    let name = percent_decode_str(name).decode_utf8();
    let name = name.map_err(|_| "the name of its service is not UTF-8".to_owned())?;
    let (mut database, mut user, mut password) = (String::new(), String::new(), String::new());
    for (key, value) in url::form_urlencoded::parse(parts.query.as_bytes()) {
        match &*key {
            "db" => database = value.into_owned(),
            "sentinel_user" => user = value.into_owned(),
            "sentinel_password" => password = value.into_owned(),
            other => {
                return Err(unknown(
                    other,
                    "`db`, `sentinel_user` and `sentinel_password`",
                ));
            }
        }
    }
    let mut sentinels = Vec::new();
    for host in parts.hosts(SENTINEL_PORT) {
        let info = info(&format!("{protocol}://{host}"), pem)?;
        let mut redis = info.redis_settings().clone();
        if !user.is_empty() {
            redis = redis.set_username(&user);
        }
        if !password.is_empty() {
            redis = redis.set_password(&password);
        }
        sentinels.push(info.set_redis_settings(redis));
    }
    let user = parts.user;
    let primary = info(&format!("{protocol}://{user}primary/{database}"), pem)?;
    Ok(Target::Sentinel(Service {
        name: name.into_owned(),
        sentinels,
        primary,
        pem: pem.cloned(),
    }))
}

fn cluster(protocol: &str, rest: &str, pem: Option<&Pem>) -> Result<Target, Wrong> {
    let parts = Parts::of(rest)?;
    if !matches!(parts.path, "" | "/" | "/0") {
        return Err("a cluster has no other database than 0".to_owned());
    }
    if let Some((key, _)) = url::form_urlencoded::parse(parts.query.as_bytes()).next() {
        return Err(unknown(&key, "none"));
    }
    let infos = parts
        .hosts(PORT)
        .map(|host| info(&format!("{protocol}://{}{host}", parts.user), pem));
    let infos = infos.collect::<Result<Vec<_>, _>>()?;
    let nodes = infos.iter().filter_map(|info| match info.addr() {
        ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
            Some((host.clone(), *port))
        }
        _ => None,
    });
    let nodes = nodes.collect();
    let first = infos.into_iter().next().ok_or("it names no node")?;
    Ok(Target::Cluster { nodes, first })
}

/// What comes after the scheme.
struct Parts<'a> {
    /// With the `@`.
    user: &'a str,
    hosts: &'a str,
    path: &'a str,
    query: &'a str,
}

impl<'a> Parts<'a> {
    fn of(rest: &'a str) -> Result<Self, Wrong> {
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = before.find('/').unwrap_or(before.len());
        let (authority, path) = before.split_at(path);
        // Else a part of a password would be taken for a host, and named in messages.
        if [path, query, fragment]
            .iter()
            .any(|part| part.contains('@'))
        {
            return Err(
                "there is an `@` behind the host: write `/`, `?`, `#` and `@` of a password as `%2F`, \
                 `%3F`, `%23` and `%40`"
                    .to_owned(),
            );
        }
        if !fragment.is_empty() {
            return Err(
                "there is a `#` behind the host; a certificate is always checked: name who has issued \
                 it by the option `root_certificates`"
                    .to_owned(),
            );
        }
        let user = authority.rfind('@').map_or(0, |at| at + 1);
        let (user, hosts) = authority.split_at(user);
        Ok(Self {
            user,
            hosts,
            path,
            query,
        })
    }

    /// Each with its port.
    fn hosts(&self, port: u16) -> impl Iterator<Item = String> {
        self.hosts.split(',').map(move |host| {
            // Of `[::1]` the last colon is no port's.
            let name = host.rsplit_once(']').map_or(host, |(_, behind)| behind);
            match name.contains(':') {
                true => host.to_owned(),
                false => format!("{host}:{port}"),
            }
        })
    }
}

fn info(url: &str, pem: Option<&Pem>) -> Result<ConnectionInfo, Wrong> {
    // What it says of a URL does not repeat it.
    let info = url.into_connection_info();
    let info = info.map_err(|error: RedisError| error.to_string())?;
    match pem {
        Some(pem) => pem.used_for(info),
        None => Ok(info),
    }
}

fn unknown(key: &str, known: &str) -> Wrong {
    let options = match key.contains("ssl") || key.contains("tls") {
        true => {
            "; certificates are named by `root_certificates` and `client_certificate` of the options"
        }
        false => "",
    };
    format!("it has no use for `{key}`; the keys that are known here: {known}{options}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(infos: &[ConnectionInfo]) -> Vec<String> {
        infos.iter().map(|info| info.addr().to_string()).collect()
    }

    #[test]
    fn a_server_is_named_by_any_of_its_schemes() {
        for url in [
            "redis://h",
            "rediss://h:6379",
            "valkey://u:p@h/2",
            "valkeys://h",
        ] {
            let Ok(Target::Server(info)) = Target::parse(url, None) else {
                panic!("{url}");
            };
            assert_eq!(info.addr().to_string(), "h:6379");
        }
        for url in ["unix:///run/redis.sock", "redis+unix:///run/redis.sock"] {
            assert!(
                matches!(Target::parse(url, None), Ok(Target::Server(_))),
                "{url}"
            );
        }
    }

    #[test]
    fn a_service_is_named_with_its_sentinels() {
        let url =
            "redis+sentinel://me:p%40ss@a,b:1,[::1]:2,[::2]/my%20orders?db=3&sentinel_password=s";
        let Ok(Target::Sentinel(service)) = Target::parse(url, None) else {
            panic!();
        };
        assert_eq!(service.name, "my orders");
        assert_eq!(
            addresses(&service.sentinels),
            ["a:26379", "b:1", "::1:2", "::2:26379"]
        );
        let primary = service.primary.redis_settings();
        assert_eq!(primary.username(), Some("me"));
        assert_eq!(primary.password(), Some("p@ss"));
        assert_eq!(primary.db(), 3);
        let sentinel = service.sentinels[0].redis_settings();
        assert_eq!(
            (sentinel.username(), sentinel.password()),
            (None, Some("s"))
        );
    }

    #[test]
    fn a_cluster_is_named_by_some_of_its_nodes() {
        for url in [
            "rediss+cluster://:pw@a:1,b",
            "valkeys+cluster://:pw@a:1,b/",
            "valkeys+cluster://:pw@a:1,b/0",
        ] {
            let Ok(Target::Cluster { nodes, first }) = Target::parse(url, None) else {
                panic!("{url}");
            };
            assert_eq!(nodes, [("a".to_owned(), 1), ("b".to_owned(), 6379)]);
            assert_eq!(first.redis_settings().password(), Some("pw"));
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for (url, part) in [
            ("secret", "scheme"),
            ("http://:secret@h", "`http`"),
            ("redis+pool://:secret@h", "`redis+pool`"),
            ("redis://:secret@h:port", "URL"),
            ("redis://:sec/secret@h", "%2F"),
            ("redis+cluster://:se?secret@h", "%3F"),
            ("redis+cluster://:se#secret@h", "%23"),
            ("redis://:secret@h/x", "database"),
            ("redis+cluster://:secret@h/1", "database"),
            ("redis+cluster://:secret@h?db=1", "`db`"),
            ("redis+cluster://:secret@h,,i", "URL"),
            ("redis+sentinel://:secret@h", "service"),
            ("redis+sentinel://:secret@h/", "service"),
            ("redis+sentinel://:secret@h/%ff", "UTF-8"),
            ("redis+sentinel://:secret@h/a?db=x", "database"),
            ("redis+sentinel://:secret@h/a?timeout=x", "`timeout`"),
            ("rediss://:secret@h#insecure", "`root_certificates`"),
            ("rediss+cluster://:secret@h#insecure", "`root_certificates`"),
            ("rediss://:secret@h?ssl_certfile=a", "`client_certificate`"),
            ("redis://:secret@h?timeout=x", "`timeout`"),
            ("unix:///secret?timeout=x", "`timeout`"),
        ] {
            let Err(wrong) = Target::parse(url, None) else {
                panic!("{url}");
            };
            assert!(wrong.contains(part), "{url}: {wrong}");
            assert!(!wrong.contains("secret"), "{url}: {wrong}");
        }
    }
}
