//! One buffer of the algorithm: a part of the run at hand as long as that will do, else a copy.

use std::ops::Range;

use super::block::KEEP;

#[derive(Debug, Default)]
pub(super) struct Value {
    place: Place,
    start: usize,
    end: usize,
    held: String,
}

/// What `start` and `end` are positions in.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Place {
    /// Nothing: there is no value.
    #[default]
    Unset,
    Run,
    Held,
}

impl Value {
    #[inline]
    pub(super) fn is_set(&self) -> bool {
        self.place != Place::Unset
    }

    pub(super) fn len(&self) -> usize {
        match self.place {
            Place::Unset => 0,
            Place::Run | Place::Held => self.end - self.start,
        }
    }

    /// Sets it to a part of the run at hand.
    #[inline]
    pub(super) fn set(&mut self, value: Range<usize>) {
        self.start = value.start;
        self.end = value.end;
        self.place = Place::Run;
    }

    /// Sets it to what `text` has from `start` on, and leaves another text there.
    pub(super) fn swap_in(&mut self, text: &mut String, start: usize) {
        std::mem::swap(&mut self.held, text);
        self.start = start;
        self.end = self.held.len();
        self.place = Place::Held;
    }

    /// Adds another line to it. Not inlined: most events have one, and the loop over lines is theirs.
    #[inline(never)]
    pub(super) fn push_line(&mut self, line: &str, run: &str) {
        self.hold(run);
        self.held.push('\n');
        self.held.push_str(line);
        self.end = self.held.len();
    }

    /// Gives it out and unsets it.
    #[inline]
    pub(super) fn take<'a>(&'a mut self, run: &'a str) -> Option<&'a str> {
        let text = match std::mem::take(&mut self.place) {
            Place::Unset => return None,
            Place::Run => run,
            Place::Held => &self.held,
        };
        text.get(self.start..self.end)
    }

    #[inline]
    pub(super) fn clear(&mut self) {
        self.place = Place::Unset;
    }

    /// The run at hand goes away.
    #[inline]
    pub(super) fn hold(&mut self, run: &str) {
        match self.place {
            Place::Held => {}
            Place::Run => {
                self.held.clear();
                let value = run.get(self.start..self.end).unwrap_or_default();
                self.held.push_str(value);
                (self.start, self.end) = (0, value.len());
                self.place = Place::Held;
            }
            Place::Unset if self.held.capacity() > KEEP => self.held = String::new(),
            Place::Unset => {}
        }
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.held.capacity()
    }
}
