//! What a terminal may be shown, and in which colours.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use anstream::stream::{AsLockedWrite, RawStream};
use anstream::{AutoStream, ColorChoice};
use anstyle::Style;

/// How text has to look where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// With colours, which a pipe gets only by `CLICOLOR_FORCE`, and nobody under `NO_COLOR`.
    pub(crate) colours: bool,
    /// Without what would steer a terminal. What is not shown by one stays as it is.
    pub(crate) harmless: bool,
}

impl Look {
    /// What suits a stream: stdout or stderr.
    pub(crate) fn of(stream: &(impl RawStream + AsLockedWrite)) -> Self {
        Self {
            colours: AutoStream::choice(stream) != ColorChoice::Never,
            harmless: stream.is_terminal(),
        }
    }

    /// `text` in a style, where there are colours.
    pub(crate) fn paint<T: fmt::Display>(self, style: Style, text: T) -> Painted<T> {
        let style = if self.colours { style } else { Style::new() };
        Painted { style, text }
    }

    /// `text` as it may be shown, with each character that steers spelt out.
    pub(crate) fn show(self, text: &str) -> Cow<'_, str> {
        self.spell(text, |out, steering| {
            write!(out, "{}", steering.escape_unicode())
        })
    }

    /// The same within JSON, which has its own spelling, and stays the same JSON.
    pub(crate) fn show_json(self, json: &str) -> Cow<'_, str> {
        self.spell(json, |out, steering| {
            write!(out, "\\u{:04x}", u32::from(steering))
        })
    }

    fn spell(self, text: &str, spell: fn(&mut String, char) -> fmt::Result) -> Cow<'_, str> {
        if !self.harmless || !text.contains(steers) {
            return Cow::Borrowed(text);
        }
        let mut shown = String::with_capacity(text.len() + 16);
        for character in text.chars() {
            if steers(character) {
                // Invariant: a `String` takes whatever is written to it.
                let _ = spell(&mut shown, character);
            } else {
                shown.push(character);
            }
        }
        Cow::Owned(shown)
    }
}

/// Whether a terminal would do something else than show this character: move the cursor, obey an escape
/// sequence (ESC, and CSI in its one-character form), or turn the direction of what stands beside it.
fn steers(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        other => other.is_control(),
    }
}

/// Text in a style.
pub(crate) struct Painted<T> {
    style: Style,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let style = self.style;
        write!(f, "{style}{}{style:#}", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMINAL: Look = Look {
        colours: false,
        harmless: true,
    };
    const PIPE: Look = Look {
        colours: false,
        harmless: false,
    };

    #[test]
    fn a_terminal_is_not_steered() {
        for (text, shown) in [
            ("\u{1b}]0;title\u{7}", r"\u{1b}]0;title\u{7}"),
            ("\u{9b}2J", r"\u{9b}2J"),
            ("\u{7f}\0", r"\u{7f}\u{0}"),
            ("a\u{202e}b", r"a\u{202e}b"),
            ("a\tb\nç 日本 🦀", "a\tb\nç 日本 🦀"),
        ] {
            assert_eq!(TERMINAL.show(text), shown);
        }
    }

    #[test]
    fn a_pipe_gets_what_the_server_sent() {
        assert_eq!(PIPE.show("\u{1b}[2J"), "\u{1b}[2J");
    }

    #[test]
    fn what_is_spelt_out_in_json_is_the_same_json() {
        let json = "\"\u{7f}\u{9b}\u{202e}\"";
        let shown = TERMINAL.show_json(json);
        assert_eq!(shown, r#""\u007f\u009b\u202e""#);
        let read = |json| serde_json::from_str::<String>(json).expect("a string");
        assert_eq!(read(&shown), read(json));
    }

    #[test]
    fn a_style_ends_where_its_text_does() {
        let bold = Style::new().bold();
        assert_eq!(PIPE.paint(bold, "a").to_string(), "a");
        let colours = Look {
            colours: true,
            ..PIPE
        };
        assert_eq!(colours.paint(bold, "a").to_string(), "\u{1b}[1ma\u{1b}[0m");
    }
}
