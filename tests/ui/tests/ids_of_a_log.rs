#![deny(warnings)]
//! Whether a log may give the ids of an endpoint is decided by the type of its `id`, by whatever name
//! that is called.

use std::fmt;

use serde::Serialize;
use sse_runtime::{Event, EventId, LogIds, Problem, server_sent_events};

type FromLog = Option<EventId>;

mod shadowing {
    /// Not the one of that name which is known to everybody.
    pub type Option<T> = std::option::Option<std::option::Option<T>>;
}

#[derive(Serialize)]
pub struct Mapped<T> {
    pub n: u64,
    pub id: T,
}

pub struct Shown;

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("shown")
    }
}

#[derive(Serialize)]
struct Hidden {
    id: FromLog,
}

#[server_sent_events(data = n, id = id)]
pub trait Feeds {
    async fn optional(
        &self,
        stream: impl OptionalServerStream<Mapped<Option<EventId>>>,
    ) -> Result<(), Problem>;

    async fn aliased(
        &self,
        stream: impl AliasedServerStream<Mapped<FromLog>>,
    ) -> Result<(), Problem>;

    #[sse(id = none)]
    async fn switched_off(
        &self,
        stream: impl SwitchedOffServerStream<Mapped<u64>>,
    ) -> Result<(), Problem>;

    async fn number(&self, stream: impl NumberServerStream<Mapped<u64>>) -> Result<(), Problem>;

    async fn always(&self, stream: impl AlwaysServerStream<Mapped<EventId>>)
    -> Result<(), Problem>;

    async fn of_another_option(
        &self,
        stream: impl OfAnotherOptionServerStream<Mapped<shadowing::Option<EventId>>>,
    ) -> Result<(), Problem>;

    #[sse(id = text(id))]
    async fn shown(&self, stream: impl ShownServerStream<Mapped<Shown>>) -> Result<(), Problem>;

    #[sse(data = none, id = none)]
    async fn untyped(&self, stream: impl UntypedServerStream<Event>) -> Result<(), Problem>;
}

#[server_sent_events(id = id)]
#[allow(private_bounds)]
pub trait OfAPrivateEvent {
    async fn stream(&self, stream: impl StreamServerStream<Hidden>) -> Result<(), Problem>;
}

macro_rules! feed {
    ($name:ident, $event:ty, $id:ident) => {
        #[server_sent_events(id = $id)]
        pub trait $name {
            async fn written(
                &self,
                stream: impl WrittenServerStream<$event>,
            ) -> Result<(), Problem>;
        }
    };
}

feed!(ByAMacro, Mapped<Option<EventId>>, id);

fn from_log<E: LogIds<true>>(_endpoint: E) {}
fn of_its_own<E: LogIds<false>>(_endpoint: E) {}

#[test]
fn it_compiles() {
    from_log(FeedsOptional);
    from_log(FeedsAliased);
    from_log(FeedsSwitchedOff);
    from_log(FeedsUntyped);
    from_log(OfAPrivateEventStream);
    from_log(ByAMacroWritten);
    of_its_own(FeedsNumber);
    of_its_own(FeedsAlways);
    of_its_own(FeedsOfAnotherOption);
    of_its_own(FeedsShown);
}
