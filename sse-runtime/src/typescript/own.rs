//! What types of this crate are in TypeScript.

use ts_rs::{Config, TS};

use crate::describe::NoPayload;
use crate::{Event, EventId, EventName};

macro_rules! texts {
    ($($ty:ty => $text:literal)*) => {$(
        impl TS for $ty {
            type WithoutGenerics = Self;
            type OptionInnerType = Self;

            fn name(_: &Config) -> String {
                $text.to_owned()
            }

            fn inline(_: &Config) -> String {
                $text.to_owned()
            }
        }
    )*};
}

texts! {
    EventId => "string"
    EventName => "string"
    // An untyped event is what its data is.
    Event => "string"
    NoPayload => "undefined"
}
