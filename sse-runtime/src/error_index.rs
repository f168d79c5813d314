//! Every mistake that `#[server_sent_events]` reports in its own words.
//!
//! Each message ends with a code, such as `[SSE004]`. The page of that code says what the message
//! means and why the rule is there, with a wrong and a right example. What rustc says of types and
//! fields, at the words of the attribute, has rustc's own codes.

macro_rules! pages {
    ($($page:ident)*) => {$(
        #[doc = include_str!(concat!("errors/", stringify!($page), ".md"))]
        pub mod $page {}
    )*};
}

pages! {
    sse001 sse002 sse003 sse004 sse005 sse006 sse007 sse008 sse010
    sse011 sse012 sse013 sse014 sse015 sse016 sse017 sse018 sse019 sse020
    sse021 sse022 sse023 sse024 sse025 sse026 sse027 sse028 sse029 sse030
    sse031 sse032 sse033 sse034
}
