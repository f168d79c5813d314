use std::borrow::Cow;

use sse_runtime::{Problem, TextField, server_sent_events};

struct Line(String);

impl TextField for Line {
    fn to_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}

#[server_sent_events(client)]
trait Lines {
    async fn stream(&self, stream: impl StreamServerStream<Line>) -> Result<(), Problem>;
}

fn main() {}
