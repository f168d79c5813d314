//! What an event is about.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};
use sse_runtime::describe::KeyRole;
use sse_runtime::wire::Role;
use sse_runtime::{
    Described, EncodeError, Endpoint, Event, EventId, EventName, Frame, KeyField, SendError,
    server_sent_events,
};

/// What `event` is about, by the endpoint `E`.
fn key<E: Endpoint<T>, T>(_endpoint: E, event: &T) -> Option<String> {
    let mut key = String::new();
    E::key(event, &mut key).unwrap().then_some(key)
}

/// What stays in the buffer `in: ` when `event` has no key, and why it has none.
fn refused<E: Endpoint<T>, T>(_endpoint: E, event: &T) -> (String, EncodeError) {
    let mut key = "in: ".to_owned();
    let error = E::key(event, &mut key).unwrap_err();
    (key, error)
}

#[derive(Serialize)]
struct About<K> {
    about: K,
    text: &'static str,
}

fn about<K>(about: K) -> About<K> {
    About { about, text: "-" }
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Side {
    Bid,
}
impl KeyField for Side {}

#[derive(Serialize)]
struct Symbol(&'static str);
impl KeyField for Symbol {}

#[derive(Serialize)]
struct Pair {
    of: u8,
    and: u8,
}
impl KeyField for Pair {}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.of)?;
        if self.and == 0 {
            return Err(fmt::Error);
        }
        write!(f, "{}", self.and)
    }
}

struct Shown;

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str("shown")
    }
}
impl KeyField for Shown {}

#[server_sent_events(key = about)]
trait Feeds {
    async fn text(&self, stream: impl TextServerStream<About<String>>) -> Result<(), SendError>;
    async fn cow(
        &self,
        stream: impl CowServerStream<About<Cow<'static, str>>>,
    ) -> Result<(), SendError>;
    async fn letter(&self, stream: impl LetterServerStream<About<char>>) -> Result<(), SendError>;
    async fn number(&self, stream: impl NumberServerStream<About<i64>>) -> Result<(), SendError>;
    async fn name(&self, stream: impl NameServerStream<About<EventName>>) -> Result<(), SendError>;
    async fn side(&self, stream: impl SideServerStream<About<Side>>) -> Result<(), SendError>;
    async fn symbol(&self, stream: impl SymbolServerStream<About<Symbol>>)
    -> Result<(), SendError>;
    async fn shown(&self, stream: impl ShownServerStream<About<Shown>>) -> Result<(), SendError>;
    async fn perhaps(
        &self,
        stream: impl PerhapsServerStream<About<Option<&'static str>>>,
    ) -> Result<(), SendError>;
    async fn pair(&self, stream: impl PairServerStream<About<Pair>>) -> Result<(), SendError>;

    #[sse(key = text(about))]
    async fn displayed(
        &self,
        stream: impl DisplayedServerStream<About<Pair>>,
    ) -> Result<(), SendError>;

    #[sse(key = text)]
    async fn other(&self, stream: impl OtherServerStream<About<u8>>) -> Result<(), SendError>;

    #[sse(key = none)]
    async fn nothing(&self, stream: impl NothingServerStream<About<u8>>) -> Result<(), SendError>;

    #[sse(key = none)]
    async fn untyped(&self, stream: impl UntypedServerStream<Event>) -> Result<(), SendError>;

    #[sse(data = about, event_name = "price")]
    async fn data(&self, stream: impl DataServerStream<About<String>>) -> Result<(), SendError>;

    #[sse(data = text, event = "about")]
    async fn named(&self, stream: impl NamedServerStream<About<String>>) -> Result<(), SendError>;
}

#[test]
fn a_key_is_text_an_integer_or_a_name() {
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(key(FeedsText, &about("sda".to_owned())), text("sda"));
    assert_eq!(key(FeedsCow, &about("sda".into())), text("sda"));
    assert_eq!(key(FeedsLetter, &about('ß')), text("ß"));
    assert_eq!(key(FeedsNumber, &about(-7)), text("-7"));
    let name = EventName::new("alert").unwrap();
    assert_eq!(key(FeedsName, &about(name)), text("alert"));
    assert_eq!(key(FeedsSide, &about(Side::Bid)), text("bid"));
    assert_eq!(key(FeedsSymbol, &about(Symbol("ETH"))), text("ETH"));
    assert_eq!(key(FeedsShown, &about(Shown)), text("shown"));
}

#[test]
fn an_event_with_none_as_its_key_is_about_nothing() {
    assert_eq!(key(FeedsPerhaps, &about(None)), None);
    assert_eq!(key(FeedsPerhaps, &about(Some(""))), Some(String::new()));
}

#[test]
fn any_text_is_a_key() {
    let text = "a\r\nid: 1\n\n\0\u{feff}".to_owned();
    assert_eq!(key(FeedsText, &about(text.clone())), Some(text));
}

#[test]
fn a_method_has_a_key_of_its_own_or_none() {
    assert_eq!(key(FeedsOther, &about(7)), Some("-".to_owned()));
    assert_eq!(key(FeedsNothing, &about(7)), None);
    assert_eq!(key(FeedsUntyped, &Event::new()), None);
    let pair = about(Pair { of: 1, and: 2 });
    assert_eq!(key(FeedsDisplayed, &pair), Some("1/2".to_owned()));
}

#[test]
fn a_key_is_appended() {
    let mut keys = "a,".to_owned();
    assert!(FeedsText::key(&about("b".to_owned()), &mut keys).unwrap());
    assert!(FeedsNumber::key(&about(3), &mut keys).unwrap());
    assert!(!FeedsPerhaps::key(&about(None), &mut keys).unwrap());
    assert_eq!(keys, "a,b3");
}

#[test]
fn what_is_no_text_is_refused_and_leaves_nothing() {
    let (key, error) = refused(FeedsPair, &about(Pair { of: 1, and: 2 }));
    assert_eq!((key.as_str(), error.role()), ("in: ", Role::Key));
    assert_eq!(
        error.to_string(),
        "a struct with named fields cannot be an event key; use a string or an integer"
    );
    let (key, error) = refused(FeedsDisplayed, &about(Pair { of: 1, and: 0 }));
    assert_eq!((key.as_str(), error.role()), ("in: ", Role::Key));
    assert_eq!(
        error.to_string(),
        "event key cannot be written: formatting it returned an error"
    );
}

/// The lines of `event`, by the endpoint `E`.
fn lines<E: Endpoint<T>, T>(_endpoint: E, event: &T) -> String {
    let mut out = Vec::new();
    let mut frame = Frame::new(&mut out);
    E::encode(event, &mut frame).unwrap();
    frame.finish();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_key_is_not_sent_unless_its_field_has_a_role() {
    let event = about("sda".to_owned());
    assert_eq!(lines(FeedsData, &event), "event: price\ndata: sda\n\n");
    assert_eq!(key(FeedsData, &event), Some("sda".to_owned()));
    assert_eq!(lines(FeedsNamed, &event), "event: sda\ndata: -\n\n");
    assert_eq!(key(FeedsNamed, &event), Some("sda".to_owned()));
    assert_eq!(
        lines(FeedsOther, &about(7)),
        "data: {\"about\":7,\"text\":\"-\"}\n\n"
    );
}

#[test]
fn an_endpoint_says_which_field_is_its_key() {
    let role = |descriptor: &sse_runtime::Descriptor| descriptor.key_role();
    assert_eq!(role(FeedsText::DESCRIPTOR), KeyRole::Field("about"));
    assert_eq!(role(FeedsDisplayed::DESCRIPTOR), KeyRole::Text("about"));
    assert_eq!(role(FeedsNothing::DESCRIPTOR), KeyRole::None);
}

#[test]
fn an_id_that_is_left_to_the_log_writes_no_line() {
    #[derive(Serialize)]
    struct Logged {
        id: Option<EventId>,
        text: &'static str,
    }
    #[server_sent_events(id = id, data = text)]
    trait Log {
        async fn follow(&self, stream: impl FollowServerStream<Logged>) -> Result<(), SendError>;
    }
    let logged = |id| Logged { id, text: "-" };
    assert_eq!(lines(LogFollow, &logged(None)), "data: -\n\n");
    assert_eq!(
        lines(LogFollow, &logged(Some(7_u64.into()))),
        "id: 7\ndata: -\n\n"
    );
}
