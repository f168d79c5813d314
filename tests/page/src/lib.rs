//! The clients in Rust as a page runs them. `tests/js/wasm` calls what is exported here.
#![cfg(target_family = "wasm")]

mod call;
mod told;

use std::time::Duration;

use api::cut::{CutClient, Number, NumbersPayload};
use sse_runtime::client::{Client, Policy};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn console_error(text: &str);
    /// The page is told that a run is tried again.
    pub(crate) fn retried(run: &str);
}

/// A panic says nothing to a page by itself.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|panic| console_error(&panic.to_string())));
}

/// Plays a run of a situation, which is JSON, by the client of any server or the typed one. What is told
/// is JSON too.
#[wasm_bindgen]
pub async fn play(run: String, typed: bool) -> String {
    let run = serde_json::from_str(&run).expect("a run");
    let told = if typed {
        call::typed(&run).await
    } else {
        call::untyped(&run).await
    };
    told.to_string()
}

/// Reads the stream that is cut again and again: how many events came once and in order, and what came
/// then, if not the end.
#[wasm_bindgen]
pub async fn cuts(base: String) -> String {
    let soon = Duration::from_millis(1);
    let client = Client::new().policy(Policy::new().floor(soon).ceiling(soon));
    let service = CutClient::with(client, base).expect("a URL");
    let mut events = service.numbers(&NumbersPayload::default());
    let mut came = 0;
    while let Some(event) = events.next().await {
        match event {
            Ok(event) if *event == Number::nth(came) => came += 1,
            other => return format!("{came}, then {other:?}"),
        }
    }
    came.to_string()
}
