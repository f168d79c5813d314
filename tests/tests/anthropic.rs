//! Anthropic's own client libraries against the example `chat`. What they are to see stands in
//! `js/anthropic.js` and `python/anthropic_client.py`.

use std::process::Command;

use tests::{Example, passes, program};

#[test]
fn the_javascript_client_can_use_the_chat_example() {
    let Some(node) = program("SSE_TEST_NODE") else {
        return;
    };
    let chat = Example::start("chat");
    passes(Command::new(node).args(["js/anthropic.js", chat.url(), &chat.id().to_string()]));
}

#[test]
fn the_python_client_can_use_the_chat_example() {
    let Some(python) = program("SSE_TEST_PYTHON") else {
        return;
    };
    let chat = Example::start("chat");
    // `-B`: it shall write nothing beside the sources.
    let script = ["-B", "python/anthropic_client.py"];
    passes(
        Command::new(python)
            .args(script)
            .args([chat.url(), &chat.id().to_string()]),
    );
}
