use super::Described;

/// An endpoint whose events get their ids from a log (`LogIds<true>`), or which maps an `id` of its
/// own (`LogIds<false>`).
///
/// An event that is published has one id on every stream, the one that the log gives it, so what
/// publishes asks for `LogIds<true>`. The attribute implements it for an endpoint that maps no `id`,
/// and for one whose `id` is a field of the type `Option<`[`EventId`](crate::EventId)`>`: with
/// `None` in it an event is written without an id, and a client finds there the one that the log
/// has given.
///
/// ```
/// use serde::Serialize;
/// use sse_runtime::{EventId, LogIds, Problem, server_sent_events};
///
/// #[derive(Serialize)]
/// struct Price {
///     symbol: String,
///     cents: u64,
///     id: Option<EventId>,
/// }
///
/// #[server_sent_events]
/// trait Prices {
///     async fn changes(&self, stream: impl ChangesServerStream<Price>) -> Result<(), Problem>;
///
///     #[sse(id = id, data = cents)]
///     async fn resumed(&self, stream: impl ResumedServerStream<Price>) -> Result<(), Problem>;
///
///     #[sse(id = symbol, data = cents)]
///     async fn latest(&self, stream: impl LatestServerStream<Price>) -> Result<(), Problem>;
/// }
///
/// fn numbered_by_the_log<E: LogIds<true>>(_endpoint: E) {}
/// fn numbered_by_the_service<E: LogIds<false>>(_endpoint: E) {}
///
/// numbered_by_the_log(PricesChanges);
/// numbered_by_the_log(PricesResumed);
/// numbered_by_the_service(PricesLatest);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not leave the ids of its events to a log, so a hub cannot publish them",
    label = "this has to be an endpoint that maps no `id` of its own",
    note = "an event that is published gets its `id` from the log: leave `id` out, or write `id = none`, \
            or give the field that is the `id` the type `Option<sse_runtime::EventId>`"
)]
pub trait LogIds<const FROM_LOG: bool>: Described {}
