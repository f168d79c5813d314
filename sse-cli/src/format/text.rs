//! Events for who reads along.

use anstyle::{AnsiColor, Style};

use super::Shown;
use crate::terminal::Look;

const NAME: Style = AnsiColor::Cyan.on_default().bold();
const ID: Style = Style::new().dimmed();

/// Name, id and data on a line; further lines of the data are indented, so that they are not taken for
/// events.
pub(super) fn lines(event: Shown<'_>, look: Look) -> String {
    let mut text = look.paint(NAME, look.show(event.event())).to_string();
    if let Some(id) = event.id {
        text.push(' ');
        text += &look.paint(ID, look.show(id)).to_string();
    }
    if !event.data.is_empty() {
        text += "  ";
        text += &look.show(event.data).replace('\n', "\n  ");
    }
    text.push('\n');
    text
}
