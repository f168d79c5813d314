//! What a client writes of a payload, the server reads back as it was.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use http::Method;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use sse_runtime::describe::{Descriptor, NoPayload, Source, Verb};
use sse_runtime::request::{self, Request, RequestErrorKind};
use sse_runtime::{Described, EventId, Problem, server_sent_events};
use tower::ServiceExt;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Level {
    VeryHigh,
    Low,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Number(u64);

/// A field from every source, under the names that serde gives them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FromEverywhere {
    topic_name: String,
    room: u16,
    last_seen: Option<EventId>,
    tenant: Option<String>,
    traces: Option<Number>,
    session: Option<String>,
    page_size: Option<Number>,
    level: Level,
    #[serde(default)]
    tags: Vec<String>,
    ratio: f64,
    big: u128,
    letter: char,
    is_live: bool,
    text: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct File {
    rest: String,
}

/// What only a body can hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Question {
    room: String,
    last: Option<u64>,
    prompt: String,
    options: BTreeMap<String, Vec<Option<f64>>>,
    nested: Option<Box<Number>>,
}

#[server_sent_events]
trait Api {
    #[sse(
        get = "/topics/{topic_name}/rooms/{room}",
        last_event_id = last_seen,
        header(tenant = "X-Tenant", traces = "X-Traces"),
        cookie(session = "sid")
    )]
    async fn everywhere(
        &self,
        payload: FromEverywhere,
        stream: impl EverywhereServerStream<String>,
    ) -> Result<(), Problem>;

    #[sse(get = "/files/{*rest}")]
    async fn files(
        &self,
        payload: File,
        stream: impl FilesServerStream<String>,
    ) -> Result<(), Problem>;

    #[sse(post = "/rooms/{room}", last_event_id = last)]
    async fn ask(
        &self,
        payload: Question,
        stream: impl AskServerStream<String>,
    ) -> Result<(), Problem>;

    async fn nothing(&self, stream: impl NothingServerStream<String>) -> Result<(), Problem>;
}

/// Keeps what it was asked.
#[derive(Clone, Default)]
struct Asked {
    everywhere: Arc<Mutex<Option<FromEverywhere>>>,
    file: Arc<Mutex<Option<File>>>,
    question: Arc<Mutex<Option<Question>>>,
}

impl Api for Asked {
    async fn everywhere(
        &self,
        payload: FromEverywhere,
        _stream: impl EverywhereServerStream<String>,
    ) -> Result<(), Problem> {
        *self.everywhere.lock().unwrap() = Some(payload);
        Ok(())
    }

    async fn files(
        &self,
        payload: File,
        _stream: impl FilesServerStream<String>,
    ) -> Result<(), Problem> {
        *self.file.lock().unwrap() = Some(payload);
        Ok(())
    }

    async fn ask(
        &self,
        payload: Question,
        _stream: impl AskServerStream<String>,
    ) -> Result<(), Problem> {
        *self.question.lock().unwrap() = Some(payload);
        Ok(())
    }

    async fn nothing(&self, _stream: impl NothingServerStream<String>) -> Result<(), Problem> {
        Ok(())
    }
}

/// The status that a request is answered with.
fn ask(app: Router, request: Request) -> u16 {
    let method = match request.verb {
        Verb::Get => Method::GET,
        _ => Method::POST,
    };
    let mut asked = http::Request::builder()
        .method(method)
        .uri(request.path_and_query)
        .body(Body::from(request.body.unwrap_or_default()))
        .unwrap();
    for (name, value) in request.headers {
        asked.headers_mut().append(name, value);
    }
    if let Some(id) = request.last_event_id {
        asked
            .headers_mut()
            .insert("last-event-id", id.try_into().unwrap());
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let response = runtime.block_on(app.oneshot(asked));
    response
        .unwrap_or_else(|never| match never {})
        .status()
        .as_u16()
}

fn comes_back<P: Serialize + PartialEq + Debug>(
    descriptor: &Descriptor,
    payload: &P,
    kept: fn(&Asked) -> &Mutex<Option<P>>,
) {
    let asked = Asked::default();
    let request = request::of(descriptor, payload).unwrap();
    let status = ask(ApiServer::new(asked.clone()).into_router(), request.clone());
    assert_eq!(status, 200, "{request:?}");
    let back = kept(&asked).lock().unwrap().take();
    assert_eq!(back.as_ref(), Some(payload), "{request:?}");
}

fn told(descriptor: &Descriptor, payload: &impl Serialize) -> String {
    request::of(descriptor, payload).unwrap_err().to_string()
}

const EVERYWHERE: &Descriptor = ApiEverywhere::DESCRIPTOR;
const FILES: &Descriptor = ApiFiles::DESCRIPTOR;
const ASK: &Descriptor = ApiAsk::DESCRIPTOR;

fn everywhere() -> FromEverywhere {
    FromEverywhere {
        topic_name: "a/b c?d#ü%2e".to_owned(),
        room: 7,
        last_seen: Some(EventId::new("a1-7").unwrap()),
        tenant: Some("acme ü".to_owned()),
        traces: Some(Number(3)),
        session: Some("s3cr=t".to_owned()),
        page_size: None,
        level: Level::VeryHigh,
        tags: vec!["a&b".to_owned(), String::new(), "c=d+e".to_owned()],
        ratio: -1.5e-7,
        big: u128::MAX,
        letter: 'ß',
        is_live: true,
        text: Some(String::new()),
    }
}

#[test]
fn each_field_goes_where_it_is_read() {
    let request = request::of(EVERYWHERE, &everywhere()).unwrap();
    assert_eq!(request.verb, Verb::Get);
    assert_eq!(
        request.path_and_query,
        "/topics/a%2Fb%20c%3Fd%23%C3%BC%252e/rooms/7?level=very-high&tags=a%26b&tags=&tags=c%3Dd%2Be\
         &ratio=-0.00000015&big=340282366920938463463374607431768211455&letter=%C3%9F&isLive=true&text="
    );
    let headers: Vec<_> = request
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    assert_eq!(
        headers,
        [
            ("x-tenant", "acme ü".as_bytes()),
            ("x-traces", b"3"),
            ("cookie", b"sid=s3cr=t"),
        ]
    );
    assert_eq!(request.last_event_id.as_deref(), Some("a1-7"));
    assert_eq!(request.body, None);
    comes_back(EVERYWHERE, &everywhere(), |asked| &asked.everywhere);
}

#[test]
fn a_body_holds_what_has_no_other_source() {
    let question = Question {
        room: "ü".to_owned(),
        last: Some(7),
        prompt: "why?".to_owned(),
        options: [("a".to_owned(), vec![Some(0.1), None])].into(),
        nested: None,
    };
    let request = request::of(ASK, &question).unwrap();
    assert_eq!(request.verb, Verb::Post);
    assert_eq!(request.path_and_query, "/rooms/%C3%BC");
    assert_eq!(request.last_event_id.as_deref(), Some("7"));
    assert_eq!(
        request.body.as_deref(),
        Some(&br#"{"prompt":"why?","options":{"a":[0.1,null]},"nested":null}"#[..])
    );
    comes_back(ASK, &question, |asked| &asked.question);
}

#[test]
fn what_is_secret_does_not_get_into_logs() {
    #[derive(Serialize)]
    struct Secrets {
        token: &'static str,
        session: &'static str,
    }
    const SECRETS: Descriptor = Descriptor::get("Api", "secrets", "/").payload(&[
        Source::header("token", "authorization"),
        Source::cookie("session", "sid"),
    ]);
    let secrets = Secrets {
        token: "s3cr3t",
        session: "s3cr3t",
    };
    let request = request::of(&SECRETS, &secrets).unwrap();
    assert_eq!(request.headers.len(), 2);
    assert!(!format!("{request:?}").contains("s3cr3t"), "{request:?}");
}

#[test]
fn an_endpoint_without_a_payload_is_asked_for_by_its_path() {
    let request = request::of(ApiNothing::DESCRIPTOR, &NoPayload {}).unwrap();
    assert_eq!(request.path_and_query, "/api/nothing");
    assert_eq!((&request.headers, &request.body), (&Vec::new(), &None));
    assert_eq!(
        ask(ApiServer::new(Asked::default()).into_router(), request),
        200
    );
}

#[test]
fn the_rest_of_a_path_keeps_its_slashes() {
    for rest in ["a", "a/b c/d", "a//b", "/a/", "a%2Fb/ü?"] {
        let rest = rest.to_owned();
        comes_back(FILES, &File { rest }, |asked| &asked.file);
    }
}

#[test]
fn a_value_that_would_change_the_path_is_refused() {
    for bad in ["", ".", ".."] {
        let payload = FromEverywhere {
            topic_name: bad.to_owned(),
            ..everywhere()
        };
        assert_eq!(
            told(EVERYWHERE, &payload),
            format!(
                "payload field `topic_name` (in the path): {bad:?} cannot be a segment of a path"
            )
        );
    }
    for bad in ["", "..", "a/../b", "a/."] {
        let rest = bad.to_owned();
        assert!(told(FILES, &File { rest }).starts_with("payload field `rest` (in the path): "));
    }
}

#[test]
fn what_a_place_cannot_hold_is_refused_by_name() {
    let of = |change: fn(&mut FromEverywhere)| {
        let mut payload = everywhere();
        change(&mut payload);
        told(EVERYWHERE, &payload)
    };
    let advice = "holds characters that cannot be there; encode it, as base64 or in percent";
    assert_eq!(
        of(|payload| payload.tenant = Some("a\r\nx-admin: 1".to_owned())),
        format!(
            "payload field `tenant` (in the header `x-tenant`): \"a\\r\\nx-admin: 1\" {advice}"
        )
    );
    assert_eq!(
        of(|payload| payload.tenant = Some(" a".to_owned())),
        format!("payload field `tenant` (in the header `x-tenant`): \" a\" {advice}")
    );
    assert_eq!(
        of(|payload| payload.session = Some("a; admin=1".to_owned())),
        format!("payload field `session` (in the cookie `sid`): \"a; admin=1\" {advice}")
    );
}

#[test]
fn what_is_no_text_is_refused_by_name() {
    #[derive(Serialize)]
    struct Nested<T> {
        rest: &'static str,
        value: T,
    }
    let told = |value| told(FILES, &Nested { rest: "a", value });
    let map = serde_json::json!({});
    assert_eq!(
        told(map),
        "payload field `value` (in the query): a map is no text; \
         use a string, a number, an enum without contents, or a list of those"
    );
    assert!(told(serde_json::json!([[1]])).contains("a list in a list"));
    let sparse = Nested {
        rest: "a",
        value: [None, Some(1)],
    };
    let error = request::of(FILES, &sparse).unwrap_err();
    assert_eq!(error.field(), Some("value"));
    assert!(matches!(
        error.kind(),
        RequestErrorKind::Nested("`None` in a list")
    ));
}

#[test]
fn a_payload_that_the_server_could_not_read_is_refused() {
    #[derive(Serialize)]
    struct Renamed {
        #[serde(rename = "path")]
        rest: &'static str,
    }
    assert_eq!(
        told(FILES, &Renamed { rest: "a" }),
        "payload field `rest` (in the path): it serialises under none of [\"path\"]; \
         leave out its `#[serde(rename)]`, or rename it in the attribute too"
    );
    #[derive(Serialize)]
    struct Flat {
        #[serde(flatten)]
        file: File,
    }
    let rest = "a".to_owned();
    let expected = "payload: it does not serialise as a struct with fields of its own; \
                    use a plain struct that derives `Serialize`, without `flatten`";
    assert_eq!(
        told(
            FILES,
            &Flat {
                file: File { rest }
            }
        ),
        expected
    );
    assert_eq!(told(FILES, &"a"), expected);
    #[derive(Serialize)]
    struct Skipped {
        #[serde(skip_serializing_if = "Option::is_none")]
        rest: Option<&'static str>,
    }
    assert_eq!(
        told(FILES, &Skipped { rest: None }),
        "payload field `rest` (in the path): it has no value, and a path needs one"
    );
}

fn segment() -> impl Strategy<Value = String> {
    any::<String>().prop_filter("it would change the path", |text| {
        !matches!(text.as_str(), "" | "." | "..")
    })
}

/// Text that a header can hold.
fn header() -> impl Strategy<Value = String> {
    "([!-~ü€]([ -~ü€]*[!-~ü€])?)?"
}

fn cookie() -> impl Strategy<Value = String> {
    "[!#-+\\--:<-\\[\\]-~]*"
}

proptest! {
    #[test]
    fn any_payload_comes_back(
        path in (segment(), any::<u16>()),
        id in proptest::option::of("[!-~ü]([ -~ü]*[!-~ü])?"),
        headers in (proptest::option::of(header()), proptest::option::of(any::<u64>()), proptest::option::of(cookie())),
        query in (proptest::option::of(any::<u64>()), any::<Vec<String>>(), any::<f64>(), any::<u128>(), any::<char>(), any::<bool>()),
        text in any::<Option<String>>(),
    ) {
        let payload = FromEverywhere {
            topic_name: path.0,
            room: path.1,
            last_seen: id.map(|id| EventId::new(id).unwrap()),
            tenant: headers.0,
            traces: headers.1.map(Number),
            session: headers.2,
            page_size: query.0.map(Number),
            level: if query.5 { Level::VeryHigh } else { Level::Low },
            tags: query.1,
            ratio: query.2,
            big: query.3,
            letter: query.4,
            is_live: query.5,
            text,
        };
        comes_back(EVERYWHERE, &payload, |asked| &asked.everywhere);
    }

    #[test]
    fn any_body_comes_back(
        room in segment(),
        last: Option<u64>,
        prompt: String,
        options in proptest::collection::btree_map(any::<String>(), any::<Vec<Option<f64>>>(), 0..3),
        nested in proptest::option::of(any::<u64>()),
    ) {
        let nested = nested.map(|number| Box::new(Number(number)));
        comes_back(ASK, &Question { room, last, prompt, options, nested }, |asked| &asked.question);
    }
}
