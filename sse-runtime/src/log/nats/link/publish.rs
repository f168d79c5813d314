//! One message that is published, and what becomes of it.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::context::{PublishAckFuture, PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::{self, ErrorCode};
use bytes::Bytes;
use tokio::time::{Instant, sleep, timeout_at};

use super::super::super::AppendError;
use super::super::ends::Before;
use super::Link;
use super::ask::NoAnswer;

/// How long to wait for a message with the same key that is on its way to the servers of a cluster.
const UNDER_WAY: Duration = Duration::from_millis(10);

/// What became of a message.
pub(in super::super) enum Published {
    As(PublishAck),
    /// Another one came between.
    Conflict,
}

/// Why a message was not stored, or may not have been.
enum NotStored {
    Conflict,
    /// One with the same key is on its way, in a cluster.
    UnderWay(jetstream::Error),
    Refused(jetstream::Error),
    Unanswered(NoAnswer),
}

impl Link {
    /// Publishes once; `ends` is what was known of them before, where those before the message have to
    /// be known. They are seen where that takes no time.
    pub(in super::super) async fn publish(
        self: &Arc<Self>,
        subject: &str,
        mut headers: HeaderMap,
        payload: &Bytes,
        ends: Option<Before>,
        deadline: Instant,
    ) -> Result<Published, AppendError> {
        loop {
            // Without a key there is no other that could be on its way.
            let again = headers.get(NATS_MESSAGE_ID).is_some();
            let again = again.then(|| headers.clone());
            let sent = self.send(subject, headers, payload.clone(), deadline);
            let sent = sent.await?;
            // Waited for first, as it comes after the acknowledgement: one is woken once for both.
            let is_worth = self.stores_in_turn && ends.is_some_and(|before| before.is_known);
            let has_seen = is_worth && self.ends.see(self, deadline).await;
            let refused = match stored(sent, deadline).await {
                Ok(ack) => {
                    if let Some(before) = ends.filter(|_| !ack.duplicate) {
                        self.ends.stored_after(ack.sequence, before);
                        if has_seen {
                            self.ends.seen(ack.sequence, before);
                        }
                    }
                    return Ok(Published::As(ack));
                }
                Err(NotStored::Conflict) => return Ok(Published::Conflict),
                Err(NotStored::UnderWay(error)) => match again {
                    // What becomes of that one is the answer to this one.
                    Some(again) if Instant::now() + UNDER_WAY < deadline => {
                        sleep(UNDER_WAY).await;
                        headers = again;
                        continue;
                    }
                    _ => error,
                },
                Err(NotStored::Refused(error)) => error,
                Err(NotStored::Unanswered(why)) => return Err(why.into()),
            };
            return Err(match refused.error_code() {
                ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM => AppendError::TooLarge {
                    bytes: payload.len(),
                    limit: self.facts.max_message_size,
                },
                _ => AppendError::Refused(refused.into()),
            });
        }
    }

    /// Puts a message before whatever the link asks after this. Where there is no connection, nothing is
    /// kept to be published later.
    async fn send(
        &self,
        subject: &str,
        headers: HeaderMap,
        payload: Bytes,
        deadline: Instant,
    ) -> Result<PublishAckFuture, NoAnswer> {
        self.connected()?;
        let bytes = payload.len();
        let message = PublishMessage::build().headers(headers).payload(payload);
        let sent = self.context.send_publish(subject.to_owned(), message);
        match timeout_at(deadline, sent).await {
            Ok(Ok(sent)) => Ok(sent),
            Ok(Err(error)) => Err(match error.kind() {
                PublishErrorKind::MaxPayloadExceeded => NoAnswer::TooLarge {
                    bytes,
                    limit: self.client.max_payload(),
                },
                _ => NoAnswer::Unasked(error.into()),
            }),
            Err(late) => Err(NoAnswer::Unasked(late.into())),
        }
    }
}

/// Waits for the server to say so.
async fn stored(sent: PublishAckFuture, deadline: Instant) -> Result<PublishAck, NotStored> {
    let error: PublishError = match timeout_at(deadline, sent.into_future()).await {
        Ok(Ok(ack)) => return Ok(ack),
        Ok(Err(error)) => error,
        Err(late) => return Err(NotStored::Unanswered(NoAnswer::Unanswered(late.into()))),
    };
    if error.kind() == PublishErrorKind::StreamNotFound {
        return Err(NotStored::Unanswered(NoAnswer::nobody_listens()));
    }
    // Of a cluster, where another one is on its way.
    const WRONG_LAST_SEQUENCE_CONSTANT: ErrorCode = ErrorCode(10164);
    let refusal = error.source();
    let refusal = refusal.and_then(|it| it.downcast_ref::<jetstream::Error>());
    Err(match refusal.cloned() {
        Some(refusal) => match refusal.error_code() {
            ErrorCode::STREAM_WRONG_LAST_SEQUENCE | WRONG_LAST_SEQUENCE_CONSTANT => {
                NotStored::Conflict
            }
            ErrorCode::STREAM_DUPLICATE_MESSAGE_CONFLICT => NotStored::UnderWay(refusal),
            _ => NotStored::Refused(refusal),
        },
        // Nothing came, or somebody else listens to the subject and answered first.
        None => NotStored::Unanswered(NoAnswer::Unanswered(error.into())),
    })
}
