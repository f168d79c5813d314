//! What was counted.

use std::time::Duration;

use bytesize::ByteSize;

/// The counts of one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Events that were printed.
    pub(crate) events: u64,
    /// Their data.
    pub(crate) bytes: u64,
    /// How often a connection was lost, or not had, and was tried again.
    pub(crate) reconnects: u64,
    /// Events that say that events are missing.
    pub(crate) gaps: u64,
    /// Events that were left out, as they are over the limit.
    pub(crate) skipped: u64,
}

impl Tally {
    /// One line, after a time.
    pub(crate) fn line(self, time: Duration) -> String {
        let Self {
            events,
            bytes,
            reconnects,
            gaps,
            skipped,
        } = self;
        let plural = |n| if n == 1 { "" } else { "s" };
        let mut line = format!(
            "{events} event{} ({}), {reconnects} reconnect{}, {gaps} gap{}",
            plural(events),
            ByteSize(bytes),
            plural(reconnects),
            plural(gaps),
        );
        if skipped > 0 {
            line += &format!(", {skipped} left out");
        }
        line + &format!(" in {:.1} s", time.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_all_that_was_counted() {
        let tally = Tally {
            events: 1,
            bytes: 2048,
            reconnects: 2,
            gaps: 0,
            skipped: 3,
        };
        assert_eq!(
            tally.line(Duration::from_millis(1250)),
            "1 event (2.0 KiB), 2 reconnects, 0 gaps, 3 left out in 1.2 s"
        );
    }

    #[test]
    fn what_is_rare_is_said_only_where_it_happened() {
        let line = Tally::default().line(Duration::ZERO);
        assert_eq!(line, "0 events (0 B), 0 reconnects, 0 gaps in 0.0 s");
    }
}
