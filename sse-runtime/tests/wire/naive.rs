//! A second decoder, as slow and as close to the words of WHATWG HTML §9.2.6 as can be: what the
//! real one is held against. It reads a stream that has ended, and knows no limits.

/// What a stream says, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// `event`, `data`, `last_event_id` of an event that is dispatched.
    Event(String, String, String),
    /// An id in a block that is not dispatched.
    Id(String),
    /// A reconnection time, in milliseconds.
    Retry(u64),
}

pub(crate) fn decode(stream: &[u8]) -> Vec<Said> {
    // "Streams must be decoded using the UTF-8 decode algorithm.
    // The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any."
    let text = String::from_utf8_lossy(stream);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);

    let mut parser = Parser::default();
    for line in lines(text) {
        parser.line(&line);
    }
    // "Once the end of the file is reached, any pending data must be discarded. (If the file ends
    // in the middle of an event, before the final empty line, the incomplete event is not
    // dispatched.)"
    parser.said
}

/// The lines that have an end: "a U+000D CARRIAGE RETURN U+000A LINE FEED (CRLF) character pair, a
/// single U+000A LINE FEED (LF) character not preceded by a U+000D CARRIAGE RETURN (CR) character,
/// and a single U+000D CARRIAGE RETURN (CR) character not followed by a U+000A LINE FEED (LF)
/// character being the ways in which a line can end".
fn lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' => {
                if characters.peek() == Some(&'\n') {
                    characters.next();
                }
                lines.push(std::mem::take(&mut line));
            }
            '\n' => lines.push(std::mem::take(&mut line)),
            _ => line.push(character),
        }
    }
    lines
}

#[derive(Default)]
struct Parser {
    data: String,
    event_type: String,
    last_event_id: String,
    /// Not of the standard: the block at hand set the last event ID buffer.
    id_set: bool,
    said: Vec<Said>,
}

impl Parser {
    fn line(&mut self, line: &str) {
        // "If the line is empty (a blank line): Dispatch the event, as defined below."
        if line.is_empty() {
            return self.dispatch();
        }
        // "If the line starts with a U+003A COLON character (:): Ignore the line."
        if line.starts_with(':') {
            return;
        }
        // "If the line contains a U+003A COLON character (:)"
        if let Some((field, value)) = line.split_once(':') {
            // "Collect the characters on the line before the first U+003A COLON character (:), and
            // let field be that string. Collect the characters on the line after the first U+003A
            // COLON character (:), and let value be that string. If value starts with a U+0020
            // SPACE character, remove it from value."
            self.field(field, value.strip_prefix(' ').unwrap_or(value));
        } else {
            // "Process the field using the steps described below, using the whole line as the field
            // name, and the empty string as the field value."
            self.field(line, "");
        }
    }

    fn field(&mut self, field: &str, value: &str) {
        match field {
            // "Set the event type buffer to the field value."
            "event" => value.clone_into(&mut self.event_type),
            // "Append the field value to the data buffer, then append a single U+000A LINE FEED
            // (LF) character to the data buffer."
            "data" => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            // "If the field value does not contain U+0000 NULL, then set the last event ID buffer
            // to the field value. Otherwise, ignore the field."
            "id" if value.contains('\0') => {}
            "id" => {
                value.clone_into(&mut self.last_event_id);
                self.id_set = true;
            }
            // "If the field value consists of only ASCII digits, then interpret the field value as
            // an integer in base ten, and set the event stream's reconnection time to that integer.
            // Otherwise, ignore the field."
            "retry" if value.is_empty() || value.contains(|c: char| !c.is_ascii_digit()) => {}
            "retry" => self
                .said
                .push(Said::Retry(value.parse().unwrap_or(u64::MAX))),
            // "The field is ignored."
            _ => {}
        }
    }

    fn dispatch(&mut self) {
        let id_set = std::mem::take(&mut self.id_set);
        // "Set the last event ID string of the event source to the value of the last event ID
        // buffer. The buffer does not get reset."
        let last_event_id = self.last_event_id.clone();
        // "If the data buffer is an empty string, set the data buffer and the event type buffer to
        // the empty string and return."
        if self.data.is_empty() {
            self.event_type.clear();
            if id_set {
                self.said.push(Said::Id(last_event_id));
            }
            return;
        }
        // "If the data buffer's last character is a U+000A LINE FEED (LF) character, then remove
        // the last character from the data buffer."
        if self.data.ends_with('\n') {
            self.data.pop();
        }
        // "Initialize event's type attribute to "message" […]. If the event type buffer has a value
        // other than the empty string, change the type of the newly created event to equal the
        // value of the event type buffer." "Set the data buffer and the event type buffer to the
        // empty string."
        let mut event_type = std::mem::take(&mut self.event_type);
        if event_type.is_empty() {
            event_type.push_str("message");
        }
        self.said.push(Said::Event(
            event_type,
            std::mem::take(&mut self.data),
            last_event_id,
        ));
    }
}
