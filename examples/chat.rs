//! A model server that the official OpenAI and Anthropic client libraries can use: two well-known
//! streaming APIs, each a trait of a few lines. The model knows one text, and recites it.
//!
//! `cargo run --example chat [-- FILE]` recites FILE, or else the text beside this file. It prints
//! its URL and a curl line for each route; `PORT` says where it listens (3000 unless set, 0 for a
//! free port). Any API key will do.
//!
//! | model | recites |
//! |---|---|
//! | `hare` | a word every 5 milliseconds |
//! | `tortoise` | a word every half second |
//!
//! A request that its client gives up stops where it is: its future is dropped, and with it all
//! that it was doing. `GET /usage` counts what was recited up to there.

use std::error::Error;
use std::future::{IntoFuture, pending, ready};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{env, fs};

use axum::body::to_bytes;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sse_runtime::{Context, End, EndReason, SendError, Settings, Shutdown, server_sent_events};
use tokio::net::TcpListener;
use tokio::select;
use tokio::time::sleep;

#[cfg(feature = "openapi")]
mod openapi;

/// How long streams may take to end after Ctrl-C.
const DRAIN: Duration = Duration::from_millis(500);

// Both APIs stream or answer in one piece, as the request says. An answer in one piece may take its
// time, and can only be given while no stream has been opened: hence `open_after = none`.

/// OpenAI's API: chunks without a name, then the text `[DONE]`.
#[server_sent_events(done = "[DONE]", error_event = "error", open_after = none)]
trait OpenAi {
    /// Answers a conversation.
    #[sse(post = "/v1/chat/completions")]
    async fn complete(
        &self,
        ctx: Context,
        payload: CompletionRequest,
        stream: impl CompleteServerStream<Chunk>,
    ) -> Result<Option<Json<Value>>, OpenAiError>;
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct CompletionRequest {
    model: String,
    messages: Vec<Turn>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    #[serde(alias = "max_tokens")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<usize>, minimum = 1))]
    max_completion_tokens: Option<NonZeroUsize>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct StreamOptions {
    include_usage: Option<bool>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct Chunk {
    id: String,
    object: &'static str,
    created: u64,
    model: String,
    choices: Vec<Choice>,
    usage: Option<Value>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct Choice {
    index: usize,
    delta: Delta,
    finish_reason: Option<&'static str>,
}

#[derive(Default, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct Delta {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
}

impl OpenAi for Model {
    async fn complete(
        &self,
        ctx: Context,
        payload: CompletionRequest,
        stream: impl CompleteServerStream<Chunk>,
    ) -> Result<Option<Json<Value>>, OpenAiError> {
        let CompletionRequest {
            model,
            messages,
            max_completion_tokens: limit,
            ..
        } = payload;
        let mut recital = self.recite(&ctx, "chatcmpl-", &model, &messages, limit)?;
        let (id, created) = (recital.id.clone(), unix_time());
        let usage = |recital: &Recital| {
            json!({
                "prompt_tokens": recital.prompt,
                "completion_tokens": recital.recited(),
                "total_tokens": recital.prompt + recital.recited(),
            })
        };
        if payload.stream != Some(true) {
            let content = recital.rest().await?;
            return Ok(Some(Json(json!({
                "id": id,
                "object": "chat.completion",
                "created": created,
                "model": model,
                "choices": [{
                    "index": 0,
                    "message": { "role": "assistant", "content": content },
                    "finish_reason": recital.ending("stop", "length"),
                }],
                "usage": usage(&recital),
            }))));
        }
        let chunk = |choices, usage| Chunk {
            id: id.clone(),
            object: "chat.completion.chunk",
            created,
            model: model.clone(),
            choices,
            usage,
        };
        let choice = |delta, finish_reason| {
            chunk(
                vec![Choice {
                    index: 0,
                    delta,
                    finish_reason,
                }],
                None,
            )
        };
        let start = Delta {
            role: Some("assistant"),
            ..Delta::default()
        };
        stream.send(choice(start, None)).await?;
        while let Some(word) = recital.next().await? {
            let delta = Delta {
                content: Some(word),
                ..Delta::default()
            };
            stream.send(choice(delta, None)).await?;
        }
        let reason = recital.ending("stop", "length");
        stream.send(choice(Delta::default(), Some(reason))).await?;
        if payload
            .stream_options
            .is_some_and(|options| options.include_usage == Some(true))
        {
            let usage = usage(&recital);
            stream.send(chunk(Vec::new(), Some(usage))).await?;
        }
        Ok(None)
    }
}

/// Anthropic's API: events that are named as the `type` in their data.
#[server_sent_events(
    variants = "type",
    done = MessageStop,
    error_event = "error",
    ping_event = "ping",
    open_after = none
)]
trait Anthropic {
    /// Answers a conversation.
    #[sse(post = "/v1/messages")]
    async fn message(
        &self,
        ctx: Context,
        payload: MessageRequest,
        stream: impl MessageServerStream<MessageEvent>,
    ) -> Result<Option<Json<Value>>, AnthropicError>;
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct MessageRequest {
    model: String,
    messages: Vec<Turn>,
    stream: Option<bool>,
    #[cfg_attr(feature = "openapi", schema(value_type = usize, minimum = 1))]
    max_tokens: NonZeroUsize,
}

#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
enum MessageEvent {
    MessageStart { message: Value },
    ContentBlockStart { index: usize, content_block: Block },
    ContentBlockDelta { index: usize, delta: Block },
    ContentBlockStop { index: usize },
    MessageDelta { delta: Stopped, usage: Value },
    MessageStop,
}

#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Text { text: String },
    TextDelta { text: String },
}

#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct Stopped {
    stop_reason: &'static str,
    stop_sequence: Option<&'static str>,
}

impl Anthropic for Model {
    async fn message(
        &self,
        ctx: Context,
        payload: MessageRequest,
        stream: impl MessageServerStream<MessageEvent>,
    ) -> Result<Option<Json<Value>>, AnthropicError> {
        let MessageRequest {
            model,
            messages,
            max_tokens: limit,
            ..
        } = payload;
        let mut recital = self.recite(&ctx, "msg_", &model, &messages, Some(limit))?;
        let usage = |recital: &Recital| json!({ "input_tokens": recital.prompt, "output_tokens": recital.recited() });
        let message = |recital: &Recital, content: &[Block], stop_reason: Option<&str>| {
            json!({
                "id": recital.id,
                "type": "message",
                "role": "assistant",
                "model": model,
                "content": content,
                "stop_reason": stop_reason,
                "stop_sequence": null,
                "usage": usage(recital),
            })
        };
        if payload.stream != Some(true) {
            let content = [Block::Text {
                text: recital.rest().await?,
            }];
            let reason = recital.ending("end_turn", "max_tokens");
            return Ok(Some(Json(message(&recital, &content, Some(reason)))));
        }
        let message = message(&recital, &[], None);
        stream.send(MessageEvent::MessageStart { message }).await?;
        let content_block = Block::Text {
            text: String::new(),
        };
        stream
            .send(MessageEvent::ContentBlockStart {
                index: 0,
                content_block,
            })
            .await?;
        while let Some(text) = recital.next().await? {
            let delta = Block::TextDelta { text };
            stream
                .send(MessageEvent::ContentBlockDelta { index: 0, delta })
                .await?;
        }
        stream
            .send(MessageEvent::ContentBlockStop { index: 0 })
            .await?;
        let delta = Stopped {
            stop_reason: recital.ending("end_turn", "max_tokens"),
            stop_sequence: None,
        };
        let usage = usage(&recital);
        stream
            .send(MessageEvent::MessageDelta { delta, usage })
            .await?;
        stream.send(MessageEvent::MessageStop).await?;
        Ok(None)
    }
}

/// One message of a conversation. The two APIs agree on it as far as it matters here.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct Turn {
    #[serde(rename = "role")]
    _role: Role,
    content: Content,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
enum Role {
    Developer,
    System,
    User,
    Assistant,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged, expecting = "neither a text nor a list of parts")]
enum Content {
    Text(String),
    Parts(Vec<ContentPart>),
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct ContentPart {
    text: Option<String>,
}

impl Turn {
    fn words(&self) -> usize {
        let words = |text: &str| text.split_whitespace().count();
        match &self.content {
            Content::Text(text) => words(text),
            Content::Parts(parts) => parts
                .iter()
                .flat_map(|part| &part.text)
                .map(|text| words(text))
                .sum(),
        }
    }
}

/// A model that recites one text.
struct Model {
    words: Arc<[String]>,
    requests: AtomicUsize,
    usage: Arc<Usage>,
}

impl Model {
    fn new(text: &str) -> Self {
        let words = text.split_inclusive(char::is_whitespace);
        Self {
            words: words.map(str::to_owned).collect(),
            requests: AtomicUsize::new(0),
            usage: Arc::default(),
        }
    }

    /// Begins to recite. What has been recited when the request is over, however it ends, is
    /// counted then.
    fn recite(
        &self,
        ctx: &Context,
        prefix: &str,
        model: &str,
        conversation: &[Turn],
        limit: Option<NonZeroUsize>,
    ) -> Result<Recital, Refusal> {
        let pace = match model {
            "hare" => Duration::from_millis(5),
            "tortoise" => Duration::from_millis(500),
            _ => return Err(Refusal::unknown_model(model)),
        };
        if conversation.is_empty() {
            return Err(Refusal::no_messages());
        }
        let id = format!("{prefix}{}", self.requests.fetch_add(1, Ordering::Relaxed));
        let prompt = conversation.iter().map(Turn::words).sum();
        let recited: Arc<AtomicUsize> = Arc::default();
        ctx.on_end({
            let (id, recited, usage) = (id.clone(), Arc::clone(&recited), Arc::clone(&self.usage));
            move |end| usage.add(&id, prompt, recited.load(Ordering::Relaxed), end)
        });
        Ok(Recital {
            id,
            words: Arc::clone(&self.words),
            pace,
            prompt,
            limit: limit.map_or(usize::MAX, NonZeroUsize::get),
            recited,
            ctx: ctx.clone(),
        })
    }
}

/// One answer on its way.
struct Recital {
    id: String,
    words: Arc<[String]>,
    pace: Duration,
    prompt: usize,
    limit: usize,
    recited: Arc<AtomicUsize>,
    ctx: Context,
}

impl Recital {
    /// The next word with the space after it, when it is time for it.
    async fn next(&mut self) -> Result<Option<String>, Refusal> {
        let recited = self.recited();
        let Some(word) = self.words.get(recited).filter(|_| recited < self.limit) else {
            return Ok(None);
        };
        select! {
            () = sleep(self.pace) => {}
            // Without this the stream would just end, and to these clients that is a whole answer.
            () = self.ctx.shutting_down() => return Err(Refusal::going_down()),
        }
        self.recited.store(recited + 1, Ordering::Relaxed);
        Ok(Some(word.clone()))
    }

    async fn rest(&mut self) -> Result<String, Refusal> {
        let mut text = String::new();
        while let Some(word) = self.next().await? {
            text += &word;
        }
        Ok(text)
    }

    fn recited(&self) -> usize {
        self.recited.load(Ordering::Relaxed)
    }

    /// Which of two words says how it has ended: with the text, or at the limit.
    fn ending(&self, complete: &'static str, cut_short: &'static str) -> &'static str {
        if self.recited() == self.words.len() {
            complete
        } else {
            cut_short
        }
    }
}

/// What all requests have used.
#[derive(Default)]
struct Usage(Mutex<Sums>);

#[derive(Default, Clone, Copy, Serialize)]
struct Sums {
    requests: usize,
    /// Those that their clients gave up.
    cancelled: usize,
    prompt_words: usize,
    recited_words: usize,
}

impl Usage {
    fn sums(&self) -> MutexGuard<'_, Sums> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, id: &str, prompt: usize, recited: usize, end: &End) {
        let mut sums = self.sums();
        sums.requests += 1;
        sums.cancelled += usize::from(end.reason == EndReason::Disconnected);
        sums.prompt_words += prompt;
        sums.recited_words += recited;
        drop(sums);
        println!("{id}: {}, words: {recited}", end.reason.as_str());
    }
}

/// Why there is no answer, or no more of it. Each API tells it in a shape of its own, and its
/// clients read no other.
struct Refusal {
    status: StatusCode,
    message: String,
    /// The parameter at fault, and a word for the fault: OpenAI's clients look at them.
    param: Option<&'static str>,
    code: Option<&'static str>,
}

impl Refusal {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            param: None,
            code: None,
        }
    }

    fn unknown_model(name: &str) -> Self {
        let message = format!("there is no model `{name}`: ask for `hare` or `tortoise`");
        Self {
            param: Some("model"),
            code: Some("model_not_found"),
            ..Self::new(StatusCode::NOT_FOUND, message)
        }
    }

    fn no_messages() -> Self {
        let message = "`messages` is empty: send at least one";
        Self {
            param: Some("messages"),
            code: Some("empty_array"),
            ..Self::new(StatusCode::BAD_REQUEST, message)
        }
    }

    fn going_down() -> Self {
        let message = "the server is going down: try again soon";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, message)
    }
}

impl From<SendError> for Refusal {
    fn from(error: SendError) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

struct OpenAiError(Refusal);

impl<E: Into<Refusal>> From<E> for OpenAiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for OpenAiError {
    fn into_response(self) -> Response {
        let Refusal {
            status,
            message,
            param,
            code,
        } = self.0;
        let kind = if status.is_client_error() {
            "invalid_request_error"
        } else {
            "server_error"
        };
        let error = json!({ "message": message, "type": kind, "param": param, "code": code });
        (status, Json(json!({ "error": error }))).into_response()
    }
}

struct AnthropicError(Refusal);

impl<E: Into<Refusal>> From<E> for AnthropicError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for AnthropicError {
    fn into_response(self) -> Response {
        let Refusal {
            status, message, ..
        } = self.0;
        let kind = match status {
            StatusCode::NOT_FOUND => "not_found_error",
            StatusCode::PAYLOAD_TOO_LARGE => "request_too_large",
            StatusCode::SERVICE_UNAVAILABLE => "overloaded_error",
            _ if status.is_client_error() => "invalid_request_error",
            _ => "api_error",
        };
        let error = json!({ "type": kind, "message": message });
        (status, Json(json!({ "type": "error", "error": error }))).into_response()
    }
}

#[cfg(feature = "openapi")]
mod described {
    use sse_runtime::openapi::Answer;
    use utoipa::PartialSchema;
    use utoipa::openapi::{Content, ResponseBuilder, Responses};

    /// Whatever status it has: JSON in the shape of the API.
    fn any_status() -> Responses {
        let json = Content::new(Some(serde_json::Value::schema()));
        let response = ResponseBuilder::new()
            .description("An error, in the shape of this API.")
            .content("application/json", json);
        Responses::from_iter([("default", response)])
    }

    impl Answer for super::OpenAiError {
        fn responses() -> Responses {
            any_status()
        }
    }

    impl Answer for super::AnthropicError {
        fn responses() -> Responses {
            any_status()
        }
    }
}

/// Tells in the shape of an API, too, what is refused before the service is asked: a body that does
/// not parse, a request that comes during a shutdown.
async fn in_shape_of<E: From<Refusal> + IntoResponse>(response: Response) -> Response {
    let kind = response.headers().get(CONTENT_TYPE);
    if kind.is_none_or(|kind| kind != "application/problem+json") {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, 64 * 1024).await.unwrap_or_default();
    let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
    let detail = problem["detail"].as_str().unwrap_or_default();
    let mut response = E::from(Refusal::new(parts.status, detail)).into_response();
    if let Some(seconds) = parts.headers.remove(RETRY_AFTER) {
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    response
}

fn unix_time() -> u64 {
    let time = SystemTime::now().duration_since(UNIX_EPOCH);
    time.map_or(0, |time| time.as_secs())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let text = match env::args().nth(1) {
        Some(path) => fs::read_to_string(&path).map_err(|error| format!("`{path}`: {error}"))?,
        None => include_str!("chat.txt").to_owned(),
    };
    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let port: u16 = port
        .parse()
        .map_err(|_| format!("PORT is `{port}`; it must be a number from 0 to 65535"))?;

    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|error| format!("port {port}: {error}; PORT=0 picks a free one"))?;
    let url = format!("http://{}", listener.local_addr()?);
    println!("listening on {url}\n\n{}", introduction(&url));

    let shutdown = Shutdown::new().drain(DRAIN);
    let app = app(Model::new(&text), &shutdown).route("/", get(introduction(&url)));
    #[cfg(feature = "openapi")]
    let app = {
        let document = sse_runtime::openapi::Document::new("Recitals", "1.0.0")
            .add::<OpenAiServer<Model>>()
            .add::<AnthropicServer<Model>>();
        app.merge(openapi::routes(document)?)
    };
    let started = shutdown.started();
    let stop = async move {
        asked_to_stop().await;
        shutdown.start();
    };
    select! {
        served = axum::serve(listener, app).with_graceful_shutdown(stop).into_future() => served?,
        // Streams have ended by now. A request that does not come in whole is not waited for.
        () = async { started.await; sleep(DRAIN + DRAIN / 2).await } => {}
    }
    Ok(())
}

/// One server for each API, with what it refuses told in the shape of that API.
fn app(model: Model, shutdown: &Shutdown) -> Router {
    let model = Arc::new(model);
    let usage = Arc::clone(&model.usage);
    let settings = Settings::new().shutdown(shutdown);
    let openai = OpenAiServer::from_arc(Arc::clone(&model)).settings(settings.clone());
    let anthropic = AnthropicServer::from_arc(model).settings(settings);
    Router::new()
        .merge(
            openai
                .into_router()
                .layer(map_response(in_shape_of::<OpenAiError>)),
        )
        .merge(
            anthropic
                .into_router()
                .layer(map_response(in_shape_of::<AnthropicError>)),
        )
        .route("/usage", get(move || ready(Json(*usage.sums()))))
}

fn introduction(url: &str) -> String {
    format!(
        r#"OpenAI's API (base URL {url}/v1):
  curl -N {url}/v1/chat/completions --json '{{"model": "hare", "stream": true, "messages": [{{"role": "user", "content": "Recite."}}]}}'
Anthropic's API (base URL {url}):
  curl -N {url}/v1/messages --json '{{"model": "tortoise", "stream": true, "max_tokens": 8, "messages": [{{"role": "user", "content": "Recite."}}]}}'
What was used, also by requests that were given up:
  curl {url}/usage
"#
    )
}

/// Waits for Ctrl-C, or for SIGTERM where there is such a thing.
async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            select! {
                _ = tokio::signal::ctrl_c() => return,
                _ = terminate.recv() => return,
            }
        }
    }
    // Where no signal can be had, there is none to wait for.
    if tokio::signal::ctrl_c().await.is_err() {
        pending::<()>().await;
    }
}
