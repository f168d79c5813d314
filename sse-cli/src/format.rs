//! How an event is printed.

mod json;
mod text;

use std::io;

use sse_runtime::wire::Frame;

use crate::args::Format;
use crate::terminal::Look;

/// An event, as far as it is printed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown<'a> {
    /// Its name, as it was sent; an empty one is none.
    pub(crate) name: Option<&'a str>,
    /// Its own id, if it was sent one.
    pub(crate) id: Option<&'a str>,
    pub(crate) data: &'a str,
}

impl<'a> Shown<'a> {
    /// The name that clients listen for.
    pub(crate) fn event(&self) -> &'a str {
        self.name
            .filter(|name| !name.is_empty())
            .unwrap_or("message")
    }
}

/// Writes events in one format, as it suits one place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Printer {
    pub(crate) format: Format,
    /// Where data is JSON, a line of JSON has the value.
    pub(crate) parse_data: bool,
    pub(crate) look: Look,
}

impl Printer {
    /// An event as it is printed, its last line feed included.
    ///
    /// # Errors
    ///
    /// None for what was read from a stream; of other events, where a name or an id breaks its line.
    pub(crate) fn print(self, event: Shown<'_>) -> io::Result<Vec<u8>> {
        let look = self.look;
        let lines = match self.format {
            Format::Text => text::lines(event, look),
            Format::Data => look.show(event.data).into_owned() + "\n",
            Format::Json => look
                .show_json(&json::line(event, self.parse_data)?)
                .into_owned(),
            Format::Sse => return block(event, look).map_err(io::Error::other),
        };
        Ok(lines.into_bytes())
    }
}

/// The event on the wire: without comments, in one spelling.
fn block(event: Shown<'_>, look: Look) -> Result<Vec<u8>, sse_runtime::EncodeError> {
    let mut out = Vec::new();
    let mut frame = Frame::new(&mut out);
    if let Some(id) = event.id {
        frame.id(&look.show(id))?;
    }
    if let Some(name) = event.name {
        frame.event(&look.show(name))?;
    }
    frame.data(&look.show(event.data));
    frame.finish();
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALERT: Shown<'_> = Shown {
        name: Some("alert"),
        id: Some("7"),
        data: "disk\nis full",
    };
    const BARE: Shown<'_> = Shown {
        name: None,
        id: None,
        data: r#"{"n": 18446744073709551615}"#,
    };

    fn printed(format: Format, event: Shown<'_>) -> String {
        let look = Look {
            colours: false,
            harmless: false,
        };
        let printer = Printer {
            format,
            parse_data: false,
            look,
        };
        String::from_utf8(printer.print(event).expect("it is printed")).expect("text")
    }

    fn parsed(data: &str) -> String {
        let look = Look {
            colours: false,
            harmless: true,
        };
        let printer = Printer {
            format: Format::Json,
            parse_data: true,
            look,
        };
        let event = Shown { data, ..BARE };
        String::from_utf8(printer.print(event).expect("it is printed")).expect("text")
    }

    #[test]
    fn text_has_a_line_for_an_event_and_an_indented_one_for_each_further_line() {
        assert_eq!(printed(Format::Text, ALERT), "alert 7  disk\n  is full\n");
        assert_eq!(
            printed(Format::Text, BARE),
            "message  {\"n\": 18446744073709551615}\n"
        );
        assert_eq!(
            printed(Format::Text, Shown { data: "", ..ALERT }),
            "alert 7\n"
        );
    }

    #[test]
    fn an_empty_name_is_none() {
        let event = Shown {
            name: Some(""),
            ..BARE
        };
        assert_eq!(event.event(), "message");
    }

    #[test]
    fn colours_tell_the_parts_of_text() {
        let look = Look {
            colours: true,
            harmless: true,
        };
        let printer = Printer {
            format: Format::Text,
            parse_data: false,
            look,
        };
        let event = Shown {
            data: "\u{1b}[31m",
            ..ALERT
        };
        assert_eq!(
            String::from_utf8(printer.print(event).expect("it is printed")),
            Ok("\u{1b}[1m\u{1b}[36malert\u{1b}[0m \u{1b}[2m7\u{1b}[0m  \\u{1b}[31m\n".to_owned())
        );
    }

    #[test]
    fn data_is_data_and_nothing_else() {
        assert_eq!(printed(Format::Data, ALERT), "disk\nis full\n");
    }

    #[test]
    fn json_has_the_same_keys_for_every_event() {
        assert_eq!(
            printed(Format::Json, ALERT),
            "{\"event\":\"alert\",\"id\":\"7\",\"data\":\"disk\\nis full\"}\n"
        );
        assert_eq!(
            printed(Format::Json, BARE),
            "{\"event\":\"message\",\"id\":null,\"data\":\"{\\\"n\\\": 18446744073709551615}\"}\n"
        );
    }

    #[test]
    fn data_that_is_json_is_kept_to_the_digit_and_on_one_line() {
        assert_eq!(
            parsed("{\"n\": 18446744073709551616,\n\t\"b\": 1.10}"),
            "{\"event\":\"message\",\"id\":null,\"data\":{\"n\": 18446744073709551616, \t\"b\": 1.10}}\n"
        );
        assert_eq!(
            parsed("[1,]"),
            "{\"event\":\"message\",\"id\":null,\"data\":\"[1,]\"}\n"
        );
    }

    #[test]
    fn an_event_stream_again_is_read_as_the_same_events() {
        assert_eq!(
            printed(Format::Sse, ALERT),
            "id: 7\nevent: alert\ndata: disk\ndata: is full\n\n"
        );
        assert_eq!(
            printed(Format::Sse, Shown { data: "", ..BARE }),
            "data: \n\n"
        );
    }
}
