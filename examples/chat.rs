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
use std::future::{pending, ready};
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
use serde_json::json;
use sse_runtime::{Context, End, EndReason, SendError, Settings, Shutdown, server_sent_events};
use tokio::net::TcpListener;

// What the two APIs look like. `open_after = none`, because an answer in one piece may take its
// time, and can only be given as long as no stream has been opened.

/// OpenAI's API: chunks without a name, then the text `[DONE]`.
#[server_sent_events(done = "[DONE]", error_event = "error", open_after = none)]
trait OpenAi {
    /// Answers a conversation: chunk by chunk with `"stream": true`, else in one piece.
    #[sse(post = "/v1/chat/completions")]
    async fn complete(
        &self,
        ctx: Context,
        payload: CompletionRequest,
        stream: impl CompleteServerStream<Completion>,
    ) -> Result<Option<Json<Completion>>, OpenAiError>;
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
    /// Answers a conversation: event by event with `"stream": true`, else in one piece.
    #[sse(post = "/v1/messages")]
    async fn message(
        &self,
        ctx: Context,
        payload: MessageRequest,
        stream: impl MessageServerStream<MessageEvent>,
    ) -> Result<Option<Json<Message>>, AnthropicError>;
}

impl OpenAi for Model {
    async fn complete(
        &self,
        ctx: Context,
        payload: CompletionRequest,
        stream: impl CompleteServerStream<Completion>,
    ) -> Result<Option<Json<Completion>>, OpenAiError> {
        let mut recital = self.recite(
            &ctx,
            "chatcmpl-",
            &payload.model,
            &payload.messages,
            payload.max_completion_tokens,
        )?;
        let answer = Completion {
            id: recital.id.clone(),
            object: "chat.completion",
            created: unix_time(),
            model: payload.model,
            choices: Vec::new(),
            usage: None,
        };
        if !payload.stream.unwrap_or(false) {
            let content = recital.rest().await?;
            let message = Part::Message(Said::new("assistant", content));
            return Ok(Some(Json(Completion {
                choices: vec![message.chosen(Some(recital.finish_reason()))],
                usage: Some(recital.usage()),
                ..answer
            })));
        }
        let chunk = |choices, usage| Completion {
            object: "chat.completion.chunk",
            choices,
            usage,
            ..answer.clone()
        };
        let said = |said, reason| chunk(vec![Part::Delta(said).chosen(reason)], None);
        stream.send(said(Said::new("assistant", ""), None)).await?;
        while let Some(word) = recital.next().await? {
            stream.send(said(Said::more(word), None)).await?;
        }
        let reason = recital.finish_reason();
        stream.send(said(Said::default(), Some(reason))).await?;
        if payload
            .stream_options
            .is_some_and(|options| options.include_usage)
        {
            stream
                .send(chunk(Vec::new(), Some(recital.usage())))
                .await?;
        }
        Ok(None)
    }
}

impl Anthropic for Model {
    async fn message(
        &self,
        ctx: Context,
        payload: MessageRequest,
        stream: impl MessageServerStream<MessageEvent>,
    ) -> Result<Option<Json<Message>>, AnthropicError> {
        let mut recital = self.recite(
            &ctx,
            "msg_",
            &payload.model,
            &payload.messages,
            Some(payload.max_tokens),
        )?;
        let answer = Message {
            id: recital.id.clone(),
            role: "assistant",
            model: payload.model,
            content: Vec::new(),
            stop_reason: None,
            stop_sequence: None,
            usage: recital.billed(),
        };
        if !payload.stream.unwrap_or(false) {
            let text = recital.rest().await?;
            return Ok(Some(Json(Message {
                content: vec![Block::Text { text }],
                stop_reason: Some(recital.stop_reason()),
                usage: recital.billed(),
                ..answer
            })));
        }
        stream
            .send(MessageEvent::MessageStart { message: answer })
            .await?;
        stream
            .send(MessageEvent::ContentBlockStart {
                index: 0,
                content_block: Block::Text {
                    text: String::new(),
                },
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
        stream
            .send(MessageEvent::MessageDelta {
                delta: Stopped {
                    stop_reason: recital.stop_reason(),
                    stop_sequence: None,
                },
                usage: recital.billed(),
            })
            .await?;
        stream.send(MessageEvent::MessageStop).await?;
        Ok(None)
    }
}

// The model.

/// Recites one text.
struct Model {
    words: Arc<[String]>,
    requests: AtomicUsize,
    totals: Arc<Totals>,
}

impl Model {
    fn new(text: &str) -> Self {
        Self {
            words: text
                .split_inclusive(char::is_whitespace)
                .map(str::to_owned)
                .collect(),
            requests: AtomicUsize::new(0),
            totals: Arc::default(),
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
            return Err(Refusal::empty("messages"));
        }
        let recital = Recital {
            id: format!("{prefix}{}", self.requests.fetch_add(1, Ordering::Relaxed)),
            words: Arc::clone(&self.words),
            pace,
            prompt: conversation.iter().map(Turn::words).sum(),
            limit: limit.map_or(usize::MAX, NonZeroUsize::get),
            recited: Arc::default(),
            ctx: ctx.clone(),
        };
        let (id, prompt) = (recital.id.clone(), recital.prompt);
        let (recited, totals) = (Arc::clone(&recital.recited), Arc::clone(&self.totals));
        ctx.on_end(move |end| totals.add(&id, prompt, recited.load(Ordering::Relaxed), end));
        Ok(recital)
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
        tokio::select! {
            () = tokio::time::sleep(self.pace) => {}
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

    fn is_cut_short(&self) -> bool {
        self.recited() < self.words.len()
    }

    fn finish_reason(&self) -> &'static str {
        if self.is_cut_short() {
            "length"
        } else {
            "stop"
        }
    }

    fn stop_reason(&self) -> &'static str {
        if self.is_cut_short() {
            "max_tokens"
        } else {
            "end_turn"
        }
    }

    fn usage(&self) -> Usage {
        Usage {
            prompt_tokens: self.prompt,
            completion_tokens: self.recited(),
            total_tokens: self.prompt + self.recited(),
        }
    }

    fn billed(&self) -> Billed {
        Billed {
            input_tokens: self.prompt,
            output_tokens: self.recited(),
        }
    }
}

/// What all requests have used.
#[derive(Default)]
struct Totals(Mutex<Sums>);

#[derive(Default, Clone, Copy, Serialize)]
struct Sums {
    requests: usize,
    /// Those that their clients gave up.
    cancelled: usize,
    prompt_words: usize,
    recited_words: usize,
}

impl Totals {
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

// What the two APIs say on the wire.

#[derive(Deserialize)]
struct CompletionRequest {
    model: String,
    messages: Vec<Turn>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    #[serde(alias = "max_tokens")]
    max_completion_tokens: Option<NonZeroUsize>,
}

#[derive(Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

#[derive(Deserialize)]
struct MessageRequest {
    model: String,
    messages: Vec<Turn>,
    stream: Option<bool>,
    max_tokens: NonZeroUsize,
}

#[derive(Deserialize)]
struct Turn {
    #[serde(rename = "role")]
    _role: Role,
    content: Content,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Role {
    Developer,
    System,
    User,
    Assistant,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "neither a text nor a list of parts")]
enum Content {
    Text(String),
    Parts(Vec<ContentPart>),
}

#[derive(Deserialize)]
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
                .filter_map(|part| part.text.as_deref())
                .map(words)
                .sum(),
        }
    }
}

#[derive(Clone, Serialize)]
struct Completion {
    id: String,
    object: &'static str,
    created: u64,
    model: String,
    choices: Vec<Choice>,
    usage: Option<Usage>,
}

#[derive(Clone, Serialize)]
struct Choice {
    index: usize,
    #[serde(flatten)]
    part: Part,
    finish_reason: Option<&'static str>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "snake_case")]
enum Part {
    Message(Said),
    Delta(Said),
}

impl Part {
    fn chosen(self, finish_reason: Option<&'static str>) -> Choice {
        Choice {
            index: 0,
            part: self,
            finish_reason,
        }
    }
}

#[derive(Clone, Default, Serialize)]
struct Said {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
}

impl Said {
    fn new(role: &'static str, content: impl Into<String>) -> Self {
        Self {
            role: Some(role),
            content: Some(content.into()),
        }
    }

    fn more(content: String) -> Self {
        Self {
            role: None,
            content: Some(content),
        }
    }
}

#[derive(Clone, Copy, Serialize)]
struct Usage {
    prompt_tokens: usize,
    completion_tokens: usize,
    total_tokens: usize,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum MessageEvent {
    MessageStart { message: Message },
    ContentBlockStart { index: usize, content_block: Block },
    ContentBlockDelta { index: usize, delta: Block },
    ContentBlockStop { index: usize },
    MessageDelta { delta: Stopped, usage: Billed },
    MessageStop,
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "message")]
struct Message {
    id: String,
    role: &'static str,
    model: String,
    content: Vec<Block>,
    stop_reason: Option<&'static str>,
    stop_sequence: Option<&'static str>,
    usage: Billed,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Text { text: String },
    TextDelta { text: String },
}

#[derive(Serialize)]
struct Stopped {
    stop_reason: &'static str,
    stop_sequence: Option<&'static str>,
}

#[derive(Clone, Copy, Serialize)]
struct Billed {
    input_tokens: usize,
    output_tokens: usize,
}

fn unix_time() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs())
}

// What goes wrong. Each API tells it in its own shape, and its clients read no other.

/// Why there is no answer, or no more of it.
struct Refusal {
    status: StatusCode,
    message: String,
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
        Self {
            param: Some("model"),
            code: Some("model_not_found"),
            ..Self::new(
                StatusCode::NOT_FOUND,
                format!("there is no model `{name}`: ask for `hare` or `tortoise`"),
            )
        }
    }

    fn empty(param: &'static str) -> Self {
        Self {
            param: Some(param),
            code: Some("empty_array"),
            ..Self::new(
                StatusCode::BAD_REQUEST,
                format!("`{param}` is empty: send at least one"),
            )
        }
    }

    fn going_down() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the server is going down: try again soon",
        )
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

/// Tells what the runtime refuses by itself (a body that does not parse, a request that comes during
/// a shutdown) in the shape of an API too.
async fn in_shape_of<E: From<Refusal> + IntoResponse>(response: Response) -> Response {
    if response
        .headers()
        .get(CONTENT_TYPE)
        .is_none_or(|kind| kind != "application/problem+json")
    {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let problem = to_bytes(body, 64 * 1024).await.unwrap_or_default();
    let problem: serde_json::Value = serde_json::from_slice(&problem).unwrap_or_default();
    let message = problem["detail"]
        .as_str()
        .or(parts.status.canonical_reason());
    let error = E::from(Refusal::new(parts.status, message.unwrap_or_default()));
    let mut response = error.into_response();
    if let Some(seconds) = parts.headers.remove(RETRY_AFTER) {
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    response
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
        .map_err(|_| format!("PORT is `{port}`, which is no port"))?;

    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|error| format!("port {port}: {error}; PORT=0 picks a free one"))?;
    let url = format!("http://{}", listener.local_addr()?);
    println!("listening on {url}\n\n{}", introduction(&url));

    let shutdown = Shutdown::new().drain(Duration::from_secs(1));
    let app = app(Model::new(&text), &shutdown).route("/", get(introduction(&url)));
    let started = shutdown.started();
    tokio::spawn(async move {
        asked_to_stop().await;
        shutdown.start();
    });
    axum::serve(listener, app)
        .with_graceful_shutdown(started)
        .await?;
    Ok(())
}

/// One server for each API, with what it refuses told in the shape of that API.
fn app(model: Model, shutdown: &Shutdown) -> Router {
    let model = Arc::new(model);
    let totals = Arc::clone(&model.totals);
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
        .route("/usage", get(move || ready(Json(*totals.sums()))))
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
            tokio::select! {
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
