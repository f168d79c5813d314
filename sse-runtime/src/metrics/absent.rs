//! The same calls as of `recorded`, for builds without the feature: they do nothing, of nothing.
#![expect(
    clippy::unused_self,
    reason = "there is nothing in what is called, and it is called all the same"
)]

#[cfg(feature = "hub")]
pub(crate) use hubs::*;
#[cfg(any(feature = "nats", feature = "postgres", feature = "redis"))]
pub(crate) use logs::*;
#[cfg(feature = "server")]
pub(crate) use streams::*;

#[cfg(feature = "server")]
mod streams {
    use crate::describe::Descriptor;
    use crate::server::{End, EndReason};

    #[derive(Debug)]
    pub(crate) struct Streams;

    impl Streams {
        pub(crate) fn of(_: &'static Descriptor) -> Self {
            Self
        }

        pub(crate) fn refused_by_limit(&self) {}

        pub(crate) fn refused_as_invalid(&self) {}

        pub(crate) fn refused(&self, _: EndReason) {}

        pub(crate) fn stream(&self) -> Stream {
            Stream
        }
    }

    #[derive(Debug)]
    pub(crate) struct Stream;

    impl Stream {
        pub(crate) fn opened(&mut self) {}

        pub(crate) fn wrote(&mut self, _: usize, _: impl FnOnce() -> u64) {}

        pub(crate) fn waits(&mut self, _: bool) {}

        pub(crate) fn ended(&mut self, _: &End) {}
    }

    const _: () = assert!(size_of::<(Streams, Stream)>() == 0);
}

#[cfg(feature = "hub")]
mod hubs {
    use crate::describe::Descriptor;
    use crate::hub::Gap;

    #[derive(Clone, Debug)]
    pub(crate) struct Hub;

    impl Hub {
        pub(crate) fn of(_: &'static Descriptor) -> Self {
            Self
        }

        pub(crate) fn published(&self, _: usize) {}

        pub(crate) fn subscribed(&self, _: bool) -> Subscription {
            Subscription
        }
    }

    #[derive(Debug)]
    pub(crate) struct Subscription;

    impl Subscription {
        pub(crate) fn missed(&mut self, _: Gap) {}

        pub(crate) fn read(&mut self, _: u64, _: LeftOut, _: bool) {}
    }

    #[derive(Clone, Copy, Debug, Default)]
    pub(crate) struct LeftOut;

    impl LeftOut {
        pub(crate) fn unwanted(&mut self, _: usize) {}

        pub(crate) fn replaced(&mut self, _: usize) {}
    }

    const _: () = assert!(size_of::<(Hub, Subscription, LeftOut)>() == 0);
}

#[cfg(any(feature = "nats", feature = "postgres", feature = "redis"))]
mod logs {
    use crate::log::{AppendError, ReadError};

    #[derive(Debug)]
    pub(crate) struct Log;

    impl Log {
        pub(crate) fn of(_: &'static str) -> Self {
            Self
        }

        pub(crate) fn read<T>(&self, _: &Result<T, ReadError>) {}

        pub(crate) fn appended<T>(&self, _: Appending, _: &Result<T, AppendError>) {}

        pub(crate) fn lost_hint(&self) {}

        pub(crate) fn stands(&self, _: usize, _: bool) {}
    }

    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Appending;

    impl Appending {
        pub(crate) fn begin() -> Self {
            Self
        }
    }

    const _: () = assert!(size_of::<(Log, Appending)>() == 0);
}
