//! What a client is asked to do.

use serde::Serialize;

use super::{Answer, Item, Outcome};

/// A row of the table.
#[derive(Clone, Debug)]
pub struct Situation {
    /// As the page `clients` and the tests call it.
    pub name: &'static str,
    /// The ways in which it comes about.
    pub cases: Vec<Case>,
}

/// One way in which a situation comes about.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Case {
    /// What tells it from the others of its situation; empty where there are none.
    pub name: String,
    /// What the client is asked to do.
    pub call: Call,
    /// The answers, to one request after the other. Whoever asks once more is told to stop, by a 204.
    #[serde(skip)]
    pub script: Vec<Answer>,
    /// What must come of it.
    pub outcome: Outcome,
    /// For whom something else comes of it.
    pub exceptions: Vec<Exception>,
}

/// What the platform of a client does by itself, the client cannot do otherwise; and a typed client sees
/// more than one of any server.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exception {
    /// Whose outcome is another.
    pub clients: &'static [Client],
    /// The reason.
    pub why: &'static str,
    /// The outcome; where there is none, the case cannot be had.
    pub outcome: Option<Outcome>,
}

/// The clients beside the one of any server in Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Client {
    /// The generated TypeScript in Node.js.
    Node,
    /// The generated TypeScript in Node.js 20, the oldest that it runs in.
    Node20,
    /// The generated TypeScript in a page.
    Browser,
    /// The one in Rust that was made of a trait.
    Typed,
    /// Those in Rust, in a page.
    Wasm,
}

impl Client {
    /// They know their endpoint.
    pub(super) const TYPED: &[Self] = &[Self::Node, Self::Node20, Self::Browser, Self::Typed];
    /// They are made of `fetch`.
    pub(super) const OF_FETCH: &[Self] = &[Self::Node, Self::Node20, Self::Browser, Self::Wasm];
    /// No types are left of them when they run.
    pub(super) const OF_TYPESCRIPT: &[Self] = &[Self::Node, Self::Node20, Self::Browser];
    /// Their `fetch` keeps redirects and cookies to itself.
    pub(super) const BROWSERS: &[Self] = &[Self::Browser, Self::Wasm];
    /// It follows no redirect.
    pub(super) const TYPESCRIPT_OF_PAGES: &[Self] = &[Self::Browser];
    /// reqwest sends no header there that is not ASCII.
    pub(super) const RUST_OF_PAGES: &[Self] = &[Self::Wasm];
    /// Its `fetch` takes a body that breaks off between two chunks for a whole one.
    pub(super) const NODE_20: &[Self] = &[Self::Node20];
}

/// What a client is asked to do: to read a stream until it ends.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// Whose stream it is.
    pub endpoint: Endpoint,
    /// The body of a POST; a GET where there is none. To a typed endpoint, the field `text` of its payload.
    pub post: Option<&'static str>,
    /// That this POST may be repeated after it was accepted.
    pub repeatable: bool,
    /// Headers of the user's own, the same for each attempt.
    pub headers: &'static [(&'static str, &'static str)],
    /// The user gives each attempt a header of its own: `authorization: Bearer 1`, then `2`, and so on.
    pub fresh_tokens: bool,
    /// The place to resume from.
    pub last_event_id: Option<&'static str>,
    /// The longest event to be taken, in bytes.
    pub max_event: Option<usize>,
    /// After so much silence a connection is given up, in milliseconds.
    pub watchdog_ms: Option<u64>,
    /// The user asks for the next event only so long after the last one, in milliseconds.
    pub busy_ms: u64,
    /// How many redirects are followed in a row.
    pub max_redirects: Option<u32>,
    /// How it comes back.
    pub policy: Policy,
    /// Nobody listens at first, until `Run::listen` is called; a client does so when it tells of its first retry.
    pub refused: bool,
}

/// Whose stream it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Endpoint {
    /// That of any server, at `/<run>/events`.
    #[default]
    Any,
    /// Of [`Situations::changes`](api::situations::Situations::changes), at `/<run>/changes`.
    Changes,
    /// Of [`Situations::words`](api::situations::Situations::words), at `/<run>/words`.
    Words,
    /// Of [`Situations::job`](api::situations::Situations::job), at `/<run>/job`.
    Job,
}

impl Endpoint {
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Any => "/events",
            Self::Changes => "/changes",
            Self::Words => "/words",
            Self::Job => "/job",
        }
    }
}

/// How a client comes back. So soon that a test need not wait.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// The least time between attempts, before jitter, in milliseconds.
    pub floor_ms: u64,
    /// The longest time between attempts, in milliseconds.
    pub ceiling_ms: u64,
    /// How many attempts in a row may fail.
    pub max_attempts: Option<u32>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            floor_ms: 1,
            ceiling_ms: 5,
            max_attempts: None,
        }
    }
}

impl Case {
    /// Whether that client can have it.
    #[must_use]
    pub fn is_for(&self, client: Client) -> bool {
        let mut exceptions = self.exceptions.iter();
        exceptions.all(|except| except.outcome.is_some() || !except.clients.contains(&client))
    }

    /// A client that reads any server's stream by a GET, is given these answers, and then a 204.
    pub(super) fn new(script: impl IntoIterator<Item = Answer>) -> Self {
        Self {
            name: String::new(),
            call: Call::default(),
            script: script.into_iter().collect(),
            outcome: Outcome::default(),
            exceptions: Vec::new(),
        }
    }

    pub(super) fn called(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    pub(super) fn call(mut self, call: Call) -> Self {
        self.call = call;
        self
    }

    pub(super) fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// Something else comes of it there.
    pub(super) fn except(
        mut self,
        clients: &'static [Client],
        why: &'static str,
        outcome: Outcome,
    ) -> Self {
        self.exceptions.push(Exception {
            clients,
            why,
            outcome: Some(outcome),
        });
        self
    }

    /// The client in Rust ends in a page where it would resume from an id that is not ASCII.
    pub(super) fn or_ends_before_a_place_beyond_ascii(self) -> Self {
        let mut outcome = self.outcome.clone();
        let places = outcome.requests.iter().map(|it| it.last_event_id.as_ref());
        let mut beyond = places.map(|place| place.is_some_and(|place| !place.is_ascii()));
        let Some(first) = beyond.position(|is_beyond| is_beyond) else {
            return self;
        };
        outcome.requests.truncate(first);
        outcome.items.push(Item::Unsent);
        let why = "reqwest sends no header there that is not ASCII";
        self.except(Client::RUST_OF_PAGES, why, outcome)
    }

    /// It cannot be had there.
    pub(super) fn not_for(mut self, clients: &'static [Client], why: &'static str) -> Self {
        self.exceptions.push(Exception {
            clients,
            why,
            outcome: None,
        });
        self
    }
}

impl Situation {
    pub(super) fn new(name: &'static str, cases: impl IntoIterator<Item = Case>) -> Self {
        let cases = cases.into_iter().collect();
        Self { name, cases }
    }

    pub(super) fn one(name: &'static str, case: Case) -> Self {
        Self::new(name, [case])
    }
}
