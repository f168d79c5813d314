//! Enums whose variants name the events: how the name is found while serde writes the value.

pub(crate) mod external;
#[cfg(any(feature = "client", feature = "server"))]
mod failure;
pub(crate) mod revealed;
pub(crate) mod tagged;

#[cfg(any(feature = "client", feature = "server"))]
pub(crate) use failure::{Failure, path_in};

/// Refuses the scalars and sequences that an enum with named events never is.
macro_rules! refuse_scalars {
    ($ok:ty, $error:ty, |$this:ident| $refusal:expr) => {
        super::refuse! { $ok, $error, |$this| $refusal;
            serialize_bool(bool) serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
            serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) serialize_f32(f32)
            serialize_f64(f64) serialize_char(char) serialize_str(&str) serialize_bytes(&[u8]) serialize_none()
            serialize_unit() serialize_unit_struct(&'static str)
        }
        super::refuse! { serde::ser::Impossible<$ok, $error>, $error, |$this| $refusal;
            serialize_seq(Option<usize>) serialize_tuple(usize) serialize_tuple_struct(&'static str, usize)
        }
    };
}

/// Refuses single methods of a serializer.
macro_rules! refuse {
    ($ok:ty, $error:ty, |$this:ident| $refusal:expr; $($method:ident($($arg:ty),*))*) => {$(
        fn $method(self, $(_: $arg),*) -> Result<$ok, $error> {
            let $this = self;
            Err($refusal)
        }
    )*};
}

use {refuse, refuse_scalars};
