//! Many messages of a subject.

use async_nats::StatusCode;
use futures_util::StreamExt;
use futures_util::future::try_join_all;
use tokio::time::{Instant, timeout_at};

use super::super::super::ReadError;
use super::super::address::SUBSCRIPTION_CAPACITY;
use super::super::message::Stored;
use super::ask::Strange;
use super::get::{Get, stored, strange};
use super::{Link, Source};

/// The most messages that one read asks for.
pub(in super::super) const MOST_MESSAGES: usize = 256;

const _: () = assert!(MOST_MESSAGES < SUBSCRIPTION_CAPACITY);

/// The most questions of one read at once.
const MOST_ASKED_AT_ONCE: usize = 32;

/// The status that ends many answers.
const END_OF_BATCH: u16 = 204;

/// Messages of a subject.
#[derive(Debug)]
pub(in super::super) struct Found {
    pub(in super::super) messages: Vec<Stored>,
    /// Whether there was none after them.
    pub(in super::super) is_all: bool,
}

impl Link {
    /// Messages of a subject that have that number at least, in their order: one, where there is one,
    /// and no more than so many, or so many bytes and one message.
    pub(in super::super) async fn many(
        &self,
        subject: &str,
        from: u64,
        (messages, bytes): (usize, usize),
        deadline: Instant,
    ) -> Result<Found, ReadError> {
        let messages = messages.clamp(1, MOST_MESSAGES);
        let mut found = match self.gives_many {
            true => self.get_many(subject, from, (messages, bytes), deadline),
            false => {
                return self
                    .one_by_one(subject, from, (messages, bytes), deadline)
                    .await;
            }
        }
        .await?;
        // What a replica says may be old. That there is no more is said by the leader alone.
        if found.is_all && self.facts.is_replicated {
            let from = found.messages.last().map_or(from, |last| last.seq + 1);
            let more = self.next(subject, from, deadline).await?;
            found.is_all = more.is_none();
            found.messages.extend(more);
        }
        Ok(found)
    }

    /// Asks for the messages from some numbers on at once: where the stream is of this subject mostly,
    /// each gives another one, and more are asked for the next time.
    async fn one_by_one(
        &self,
        subject: &str,
        mut from: u64,
        (messages, bytes): (usize, usize),
        deadline: Instant,
    ) -> Result<Found, ReadError> {
        // What was found until then is worth more than all of it too late.
        let begun = Instant::now();
        let enough = begun + deadline.saturating_duration_since(begun) / 2;
        let mut found: Vec<Stored> = Vec::new();
        let (mut size, mut window) = (0, 1);
        while found.is_empty() || found.len() < messages && size < bytes && Instant::now() < enough
        {
            let asked = (from..).take(window);
            let asked = asked.map(|from| self.next(subject, from, deadline));
            let answers = try_join_all(asked).await?;
            let is_all = answers.iter().any(Option::is_none);
            let before = found.len();
            for next in in_order(answers, from) {
                from = next.seq + 1;
                size += next.size();
                found.push(next);
            }
            if is_all {
                return Ok(Found {
                    messages: found,
                    is_all,
                });
            }
            window = (2 * (found.len() - before)).clamp(1, MOST_ASKED_AT_ONCE);
        }
        let is_all = self.next(subject, from, deadline).await?.is_none();
        Ok(Found {
            messages: found,
            is_all,
        })
    }

    async fn get_many(
        &self,
        subject: &str,
        from: u64,
        (messages, bytes): (usize, usize),
        deadline: Instant,
    ) -> Result<Found, ReadError> {
        let get = Get {
            seq: Some(from.max(1)),
            next: Some(subject),
            batch: Some(messages),
            max_bytes: Some(bytes.clamp(1, i32::MAX as usize)),
            ..Get::default()
        };
        self.connected()?;
        let inbox = self.client.new_inbox();
        let answers = async {
            let mut answers = self.client.subscribe(inbox.clone()).await?;
            let (subject, payload) = (self.direct(), get.encoded());
            self.client
                .publish_with_reply(subject, inbox, payload)
                .await?;
            let mut found = Vec::new();
            while let Some(answer) = answers.next().await {
                match answer.status {
                    None => found.push(stored(answer)?),
                    Some(StatusCode::NOT_FOUND) => return Ok((found, true)),
                    Some(status) if status.as_u16() == END_OF_BATCH => {
                        let headers = answer.headers.as_ref();
                        let pending = headers.and_then(|it| it.get_last("Nats-Num-Pending"));
                        let is_all = pending.is_some_and(|pending| pending.as_str() == "0");
                        return Ok((found, is_all));
                    }
                    Some(StatusCode::NO_RESPONDERS) => {
                        return Err(Strange("that the stream is not there".to_owned()).into());
                    }
                    Some(status) => return Err(strange(status, answer.description).into()),
                }
            }
            Err::<_, Source>("the connection was closed".into())
        };
        let (messages, is_all) = match timeout_at(deadline, Box::pin(answers)).await {
            Ok(answers) => answers.map_err(unavailable)?,
            Err(late) => return Err(ReadError::Unavailable(late.into())),
        };
        Ok(Found { messages, is_all })
    }
}

/// The messages from that number on, each once, of the answers for one number after the other. What was
/// answered after "there is none" may have come later than others that were not there yet.
fn in_order(answers: Vec<Option<Stored>>, mut from: u64) -> impl Iterator<Item = Stored> {
    let found = answers.into_iter().map_while(|answer| answer);
    found.filter(move |next| {
        let is_new = next.seq >= from;
        from = from.max(next.seq + 1);
        is_new
    })
}

fn unavailable(source: Source) -> ReadError {
    match source.downcast::<ReadError>() {
        Ok(error) => *error,
        Err(source) => ReadError::Unavailable(source),
    }
}

#[cfg(test)]
mod tests {
    use async_nats::HeaderMap;
    use bytes::Bytes;

    use super::*;

    fn answers(numbers: &[Option<u64>]) -> Vec<Option<Stored>> {
        let stored = |seq| Stored::new(seq, HeaderMap::new(), Bytes::new());
        numbers.iter().map(|it| it.map(stored)).collect()
    }

    fn read(numbers: &[Option<u64>]) -> Vec<u64> {
        in_order(answers(numbers), 5).map(|it| it.seq).collect()
    }

    #[test]
    fn a_message_that_several_questions_find_is_read_once() {
        assert_eq!(read(&[Some(6), Some(6), Some(7), Some(9)]), [6, 7, 9]);
    }

    #[test]
    fn what_was_found_after_a_number_that_had_none_yet_waits_for_the_next_read() {
        // 5 came when it had been asked for already, and 6 before it was asked for.
        assert!(read(&[None, Some(6)]).is_empty());
        assert_eq!(read(&[Some(5), None, Some(8)]), [5]);
    }
}
