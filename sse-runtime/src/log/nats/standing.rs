//! How a place stands to what the stream holds: whether who comes back with it has missed anything.
//!
//! The message at the place, or the one behind it, shows that nothing has. Where neither is there, two
//! things can mislead, and the channel is looked at more closely.
//!
//! - What was dropped leaves no trace, as numbers have holes anyway. Then nothing is missed only where
//!   that is certain. Who has read all up to a message that was dropped since, and would go on with the
//!   oldest that is left, has missed nothing either, but nobody knows.
//! - "There is none" is also what the server says of a message that it cannot read, as its files are
//!   out of reach or damaged: up to 2.14 at least, and the leader (`STREAM.MSG.GET`) no less than who
//!   answers direct gets. But how much it holds it knows without them. So what is concluded from "none"
//!   has to agree with that, and a gap with a second question.

use futures_util::future::try_join;

use super::super::{ReadError, Standing};
use super::ending::Life;
use super::link::{Found, Holds};
use super::place::Place;
use super::read::Asked;

impl Asked<'_> {
    /// How a place stands to what was found from the message before it on. `None` where more has come
    /// since.
    ///
    /// # Errors
    ///
    /// The server contradicts itself: it is asked again later.
    pub(super) async fn stand(
        &self,
        place: Place,
        life: &Life,
        found: &Found,
    ) -> Result<Option<Standing>, ReadError> {
        let is_there = |seq: u64| found.messages.iter().any(|it| it.seq == seq);
        if is_there(place.passed + 1) || (place.within == 0 && is_there(place.passed)) {
            return Ok(Some(Standing::Contiguous));
        }
        let next = found.messages.iter().find(|it| it.seq > place.passed);
        let standing = match next {
            Some(next) => Some(self.stand_before(place, next.seq, found).await?),
            None => self.stand_at_end(place, life).await?,
        };
        if let Some(Standing::Truncated { .. }) = standing {
            self.is_surely_gone(place).await?;
        }
        Ok(standing)
    }

    /// Where the message at the place is not there, but a later one.
    async fn stand_before(
        &self,
        place: Place,
        next: u64,
        found: &Found,
    ) -> Result<Standing, ReadError> {
        let truncated = Standing::Truncated { missed: None };
        if place.within > 0 {
            return Ok(truncated);
        }
        let nothing_up_to = self.nothing_up_to(place);
        if nothing_up_to + 1 >= next {
            return Ok(Standing::Contiguous);
        }
        // The oldest go first. So where an older one is left, all after it are.
        let oldest = self.from(1).await?;
        let oldest = oldest.ok_or_else(|| self.contradiction())?;
        if oldest.seq <= place.passed {
            return Ok(Standing::Contiguous);
        }
        let holds = self.holds().await?;
        if nothing_up_to + 1 < holds.first_seq {
            return Ok(truncated);
        }
        // Those that were found are the oldest.
        let count = match found.is_all {
            true => found.messages.len() as u64,
            false => self.count().await?,
        };
        Ok(match count < holds.fewest_kept {
            true => Standing::Contiguous,
            false => truncated,
        })
    }

    /// Where there is no message at the place, nor after it. `None` where one has come since.
    async fn stand_at_end(&self, place: Place, life: &Life) -> Result<Option<Standing>, ReadError> {
        let found = self.newest().await?;
        let (oldest, newest) = match &found {
            Some(newest) if newest.seq > place.passed => return Ok(None),
            // The oldest go first, so nothing after this one is gone.
            Some(newest) => (1, newest.seq.max(life.last_end())),
            None => match self.holds_beside().await? {
                (_, Some(_)) => return Ok(None),
                (holds, None) if life.last_end() > 0 => (holds.first_seq, life.last_end()),
                (holds, None) => (holds.first_seq, holds.last_seq),
            },
        };
        let standing = match place {
            _ if place > Place::behind(newest) => Standing::Ahead,
            Place { within: 0, .. } if self.nothing_up_to(place) + 1 >= oldest => {
                return Ok(Some(Standing::Contiguous));
            }
            _ => Standing::Truncated { missed: None },
        };
        if found.is_none() && self.count().await? > 0 {
            return Err(self.contradiction());
        }
        Ok(Some(standing))
    }

    /// What the stream holds where nothing of the channel was found; and then the number of the channel's
    /// newest message, if there is one.
    pub(super) async fn holds_beside(&self) -> Result<(Holds, Option<u64>), ReadError> {
        let holds = self.holds().await?;
        // Numbers begin with 1, and what never held anything says 0.
        let first = self.link.message(holds.first_seq.max(1), self.deadline);
        let (newest, first) = try_join(self.newest(), first).await?;
        // The first message of all is always there, until it is no longer the first.
        let lacks_first = newest.is_none() && first.is_none() && holds.messages > 0;
        if lacks_first && self.holds().await?.first_seq == holds.first_seq {
            return Err(self.contradiction());
        }
        Ok((holds, newest.map(|newest| newest.seq)))
    }

    /// Asks for the message that would show that nothing is gone, by its number: the server looks for
    /// that in another way than for those of a subject.
    async fn is_surely_gone(&self, place: Place) -> Result<(), ReadError> {
        let shows = place.passed + u64::from(place.within > 0);
        let message = self.link.message(shows, self.deadline).await?;
        match message.filter(|it| it.subject() == Some(self.log())) {
            Some(_) => Err(self.contradiction()),
            None => Ok(()),
        }
    }

    fn contradiction(&self) -> ReadError {
        let log = self.log();
        let why = format!(
            "the server holds messages of `{log}` that it does not give; it is asked again"
        );
        ReadError::Unavailable(why.into())
    }

    fn nothing_up_to(&self, place: Place) -> u64 {
        let marks = &self.link.marks;
        marks.nothing_up_to(&self.channel, place.passed)
    }
}
