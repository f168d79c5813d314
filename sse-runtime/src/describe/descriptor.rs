use std::fmt;
use std::time::Duration;

/// Interval of heartbeats unless the attribute says otherwise. Proxies give a silent stream up
/// after 30 to 60 seconds, so it is well below half of that.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// A `get` is opened soon: a browser shows nothing until the head has come.
const OPEN_AFTER_GET: Duration = Duration::from_secs(1);
/// A `post` waits longer, so that the refusal of an upstream is still a status.
const OPEN_AFTER_POST: Duration = Duration::from_secs(15);

/// The HTTP method of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verb {
    /// `GET`: the payload comes from the query. What browsers' EventSource speaks.
    Get,
    /// `POST`: the payload comes from a JSON body.
    Post,
}

/// Where a payload field comes from, when it is neither query nor body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// A parameter of the route's path.
    Path,
    /// The `Last-Event-ID` header, or `?last_event_id=` where the header is absent.
    LastEventId,
    /// The header of this name, in lower case.
    Header(&'static str),
    /// The cookie of this name.
    Cookie(&'static str),
}

/// A payload field with its [`Origin`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    field: &'static str,
    origin: Origin,
}

impl Source {
    /// A field filled by the path parameter of the same name.
    #[must_use]
    pub const fn path(field: &'static str) -> Self {
        Self {
            field,
            origin: Origin::Path,
        }
    }

    /// A field filled by the `Last-Event-ID` header.
    #[must_use]
    pub const fn last_event_id(field: &'static str) -> Self {
        Self {
            field,
            origin: Origin::LastEventId,
        }
    }

    /// A field filled by a header; `name` is in lower case.
    #[must_use]
    pub const fn header(field: &'static str, name: &'static str) -> Self {
        Self {
            field,
            origin: Origin::Header(name),
        }
    }

    /// A field filled by a cookie.
    #[must_use]
    pub const fn cookie(field: &'static str, name: &'static str) -> Self {
        Self {
            field,
            origin: Origin::Cookie(name),
        }
    }

    /// The Rust name of the field.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        self.field
    }

    /// Where its value comes from.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        self.origin
    }
}

/// What becomes the `data:` lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataRole {
    /// The whole event.
    Event,
    /// One field, raw or as JSON by its type.
    Field(&'static str),
    /// One field, always as JSON.
    Json(&'static str),
    /// One field, through `Display`.
    Text(&'static str),
}

/// What becomes the `id:` line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdRole {
    /// There is none.
    None,
    /// One field, by its [`IdField`](crate::IdField).
    Field(&'static str),
    /// One field, through `Display`.
    Text(&'static str),
}

/// What the event is about. It is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyRole {
    /// Nothing is said of it: every event is about something else.
    None,
    /// One field, by its [`KeyField`](crate::KeyField).
    Field(&'static str),
    /// One field, through `Display`.
    Text(&'static str),
}

/// What becomes the `event:` line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameRole {
    /// There is none: clients see the type `message`.
    None,
    /// One field.
    Field(&'static str),
    /// The same name for every event.
    Constant(&'static str),
    /// The variant of an externally tagged enum.
    Variants,
    /// The value of this tag of an internally or adjacently tagged enum.
    Tagged(&'static str),
}

/// Whether the stream is finite, and how its end is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Done {
    /// It is not: a stream that ends is resumed by its clients.
    Never,
    /// Returning ends it for good.
    Returned,
    /// As [`Done::Returned`], with this text as a last event.
    Text(&'static str),
    /// These variants end it when sent, and so does returning.
    Variants(&'static [&'static str]),
}

/// When a stream whose service has sent nothing yet is opened all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenAfter {
    /// After this time, as nothing was said. A method that may answer with something else than a
    /// stream is then not opened for a client that does not ask for one.
    ByDefault(Duration),
    /// After this time, as the attribute says.
    After(Duration),
    /// With its first event.
    Never,
}

/// What `#[server_sent_events]` says of one method, as a constant.
///
/// ```
/// use sse_runtime::describe::{Descriptor, Source};
///
/// const TICKS: Descriptor = Descriptor::get("Clock", "ticks", "/clock/{zone}/ticks")
///     .payload(&[Source::path("zone")])
///     .event_name("tick")
///     .id("at");
/// assert_eq!(TICKS.path(), "/clock/{zone}/ticks");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Descriptor {
    service: &'static str,
    method: &'static str,
    verb: Verb,
    path: &'static str,
    service_docs: &'static str,
    docs: &'static str,
    deprecated: bool,
    payload: Option<&'static [Source]>,
    data: DataRole,
    name: NameRole,
    id: IdRole,
    retry: Option<&'static str>,
    key: KeyRole,
    done: Done,
    keep_alive: Option<Duration>,
    reconnection_time: Option<Duration>,
    open_after: OpenAfter,
    ping_event: Option<&'static str>,
    error_event: Option<&'static str>,
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $ty:ty)?) => $field:ident = $value:expr;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub const fn $name(mut self $(, $arg: $ty)?) -> Self {
            self.$field = $value;
            self
        }
    )*};
}

/// Building one: what the attribute expands to.
impl Descriptor {
    /// A `GET` endpoint: the method of a trait, and its route.
    #[must_use]
    pub const fn get(service: &'static str, method: &'static str, path: &'static str) -> Self {
        Self::new(service, method, path, Verb::Get, OPEN_AFTER_GET)
    }

    /// A `POST` endpoint: the method of a trait, and its route.
    #[must_use]
    pub const fn post(service: &'static str, method: &'static str, path: &'static str) -> Self {
        Self::new(service, method, path, Verb::Post, OPEN_AFTER_POST)
    }

    const fn new(
        service: &'static str,
        method: &'static str,
        path: &'static str,
        verb: Verb,
        open_after: Duration,
    ) -> Self {
        Self {
            service,
            method,
            verb,
            path,
            service_docs: "",
            docs: "",
            deprecated: false,
            payload: None,
            data: DataRole::Event,
            name: NameRole::None,
            id: IdRole::None,
            retry: None,
            key: KeyRole::None,
            done: Done::Never,
            keep_alive: Some(KEEP_ALIVE),
            reconnection_time: None,
            open_after: OpenAfter::ByDefault(open_after),
            ping_event: None,
            error_event: Some("problem"),
        }
    }

    setters! {
        /// The documentation of the trait.
        service_docs(docs: &'static str) => service_docs = docs;
        /// The documentation of the method.
        docs(docs: &'static str) => docs = docs;
        /// The method is `#[deprecated]`.
        deprecated() => deprecated = true;
        /// The method takes a payload; these of its fields have a source of their own.
        payload(sources: &'static [Source]) => payload = Some(sources);
        /// `data` is this field.
        data(field: &'static str) => data = DataRole::Field(field);
        /// `data` is this field, as JSON whatever its type.
        data_json(field: &'static str) => data = DataRole::Json(field);
        /// `data` is this field, through `Display`.
        data_text(field: &'static str) => data = DataRole::Text(field);
        /// `event` is this field.
        event(field: &'static str) => name = NameRole::Field(field);
        /// `event` is this constant.
        event_name(name: &'static str) => name = NameRole::Constant(name);
        /// `event` is the variant of an externally tagged enum.
        variants() => name = NameRole::Variants;
        /// `event` is the value of this tag.
        variants_tagged(tag: &'static str) => name = NameRole::Tagged(tag);
        /// `id` is this field.
        id(field: &'static str) => id = IdRole::Field(field);
        /// `id` is this field, through `Display`.
        id_text(field: &'static str) => id = IdRole::Text(field);
        /// `retry` is this field.
        retry(field: &'static str) => retry = Some(field);
        /// The event is about what this field holds.
        key(field: &'static str) => key = KeyRole::Field(field);
        /// The event is about what this field displays.
        key_text(field: &'static str) => key = KeyRole::Text(field);
        /// The stream is finite.
        done() => done = Done::Returned;
        /// The stream is finite and says so with this text.
        done_text(text: &'static str) => done = Done::Text(text);
        /// The stream is finite; these variants end it.
        done_variants(names: &'static [&'static str]) => done = Done::Variants(names);
        /// The interval of heartbeats.
        keep_alive(interval: Option<Duration>) => keep_alive = interval;
        /// The `retry:` advice that is sent first.
        reconnection_time(time: Option<Duration>) => reconnection_time = time;
        /// When to open a stream whose service has sent nothing yet.
        open_after(delay: Option<Duration>) => open_after = match delay {
            Some(delay) => OpenAfter::After(delay),
            None => OpenAfter::Never,
        };
        /// Heartbeats are events of this name.
        ping_event(name: &'static str) => ping_event = Some(name);
        /// The name of the in-band error event.
        error_event(name: Option<&'static str>) => error_event = name;
    }
}

macro_rules! getters {
    ($($(#[$doc:meta])* $name:ident: $ty:ty = $field:ident;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub const fn $name(&self) -> $ty {
            self.$field
        }
    )*};
}

/// Reading one.
impl Descriptor {
    /// The endpoint as logs name it: `Trait::method`.
    #[must_use]
    pub fn endpoint_name(&self) -> impl fmt::Display + use<> {
        EndpointName {
            service: self.service,
            method: self.method,
        }
    }

    getters! {
        /// The name of the trait.
        service_name: &'static str = service;
        /// The name of the method.
        method_name: &'static str = method;
        /// The HTTP method.
        verb: Verb = verb;
        /// The route, in axum's syntax.
        path: &'static str = path;
        /// The documentation of the trait.
        service_documentation: &'static str = service_docs;
        /// The documentation of the method.
        documentation: &'static str = docs;
        /// Whether the method is `#[deprecated]`.
        is_deprecated: bool = deprecated;
        /// The payload fields with a source of their own; `None` where there is no payload.
        sources: Option<&'static [Source]> = payload;
        /// What becomes the `data:` lines.
        data_role: DataRole = data;
        /// What becomes the `event:` line.
        name_role: NameRole = name;
        /// What becomes the `id:` line.
        id_role: IdRole = id;
        /// The field that becomes the `retry:` line.
        retry_role: Option<&'static str> = retry;
        /// What the event is about.
        key_role: KeyRole = key;
        /// Whether and how the stream ends.
        completion: Done = done;
        /// The interval of heartbeats.
        keep_alive_interval: Option<Duration> = keep_alive;
        /// The `retry:` advice that is sent first.
        initial_retry: Option<Duration> = reconnection_time;
        /// When to open a stream whose service has sent nothing yet.
        opening: OpenAfter = open_after;
        /// The name of heartbeats that are events.
        ping_event_name: Option<&'static str> = ping_event;
        /// The name of the in-band error event.
        error_event_name: Option<&'static str> = error_event;
    }
}

struct EndpointName {
    service: &'static str,
    method: &'static str,
}

impl fmt::Display for EndpointName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.service, self.method)
    }
}
