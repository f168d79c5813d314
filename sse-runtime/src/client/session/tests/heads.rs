//! What an answer is.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::*;
use crate::client::session::{Refusal, Verdict, judge};

fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
    let header = |(name, value): &(&'static str, &'static str)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    };
    lines.iter().map(header).collect()
}

fn verdict(status: u16, lines: &[(&'static str, &'static str)]) -> Verdict {
    judge(StatusCode::from_u16(status).unwrap(), &headers(lines))
}

#[test]
fn a_stream_is_a_200_of_its_content_type_whatever_the_case_and_the_parameters() {
    for content_type in [
        "text/event-stream",
        "Text/Event-Stream; charset=UTF-8",
        "text/event-stream;",
        "text/event-stream;charset=latin1",
    ] {
        assert_eq!(
            verdict(200, &[("content-type", content_type)]),
            Verdict::Stream
        );
    }
    // "text/event-stream; x=é" in Latin-1.
    let value = HeaderValue::from_bytes(b"text/event-stream; x=\xe9").unwrap();
    let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, value)]);
    assert_eq!(judge(StatusCode::OK, &headers), Verdict::Stream);
    for content_type in [
        "text/event-streams",
        "application/json",
        "",
        "text/html, text/event-stream",
    ] {
        assert_eq!(
            verdict(200, &[("content-type", content_type)]),
            Verdict::NotAStream
        );
    }
    assert_eq!(verdict(200, &[]), Verdict::NotAStream);
}

#[test]
fn a_coding_that_nobody_asked_for_is_no_stream() {
    let stream = ("content-type", "text/event-stream");
    assert_eq!(
        verdict(200, &[stream, ("content-encoding", "Identity")]),
        Verdict::Stream
    );
    for coding in ["gzip", "br", "identity, gzip"] {
        assert_eq!(
            verdict(200, &[stream, ("content-encoding", coding)]),
            Verdict::NotAStream
        );
    }
}

#[test]
fn a_204_is_the_end_and_other_successes_are_no_stream() {
    let stream = [("content-type", "text/event-stream")];
    assert_eq!(verdict(204, &stream), Verdict::End);
    for status in [201, 202, 205, 206, 299] {
        assert_eq!(verdict(status, &stream), Verdict::NotAStream);
    }
}

#[test]
fn statuses_tell_whether_another_attempt_may_help() {
    for status in [300, 304, 400, 401, 403, 404, 410, 422, 431, 499] {
        assert_eq!(
            verdict(status, &[]),
            Verdict::Refused(Remedy::None),
            "{status}"
        );
    }
    for status in [408, 425, 429, 503] {
        let retry = Verdict::Refused(Remedy::Retry { after: None });
        assert_eq!(verdict(status, &[]), retry, "{status}");
    }
    // The server may have done something before it failed.
    for status in [500, 502, 504, 507] {
        assert_eq!(
            verdict(status, &[]),
            Verdict::Refused(Remedy::Repeat),
            "{status}"
        );
    }
}

#[test]
fn a_time_to_wait_is_seconds_or_a_date_by_the_clock_of_the_server() {
    let after = |lines: &[_]| match verdict(503, lines) {
        Verdict::Refused(Remedy::Retry { after }) => after,
        verdict => panic!("{verdict:?}"),
    };
    let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_eq!(after(&[("retry-after", "120")]), Some(secs(120)));
    assert_eq!(
        after(&[("retry-after", "99999999999999999999999")]),
        Some(secs(u64::MAX))
    );
    let later = ("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT");
    assert_eq!(after(&[date, later]), Some(secs(30)));
    let earlier = ("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT");
    assert_eq!(after(&[date, earlier]), Some(Duration::ZERO));
    for nothing in ["", "-1", "+5", "1.5", "soon"] {
        assert_eq!(after(&[date, ("retry-after", nothing)]), None, "{nothing}");
    }
    assert_eq!(after(&[later]), None);
}

#[test]
fn a_refusal_tells_the_problem_of_the_server_under_the_status_of_the_head() {
    let head = headers(&[("content-type", "application/problem+json; charset=utf-8")]);
    let body = br#"{"status":200,"title":"Gone fishing","detail":"back at 9","type":"about:x"}"#;
    let refusal = Refusal::new(StatusCode::NOT_FOUND, &head, body);
    let problem = refusal.problem().unwrap();
    assert_eq!(problem.status(), 404);
    assert_eq!(problem.get_title(), "Gone fishing");
    assert_eq!(problem.get_detail(), Some("back at 9"));
    assert_eq!(problem.get_extension("type").unwrap(), "about:x");
    assert_eq!(refusal.to_string(), "404 Gone fishing: back at 9");

    let refusal = Refusal::new(StatusCode::NOT_FOUND, &head, b"<html>");
    assert_eq!(refusal.problem(), None);
    assert_eq!(refusal.body(), "<html>");
}

#[test]
fn a_refusal_keeps_a_beginning_of_the_body_and_tells_less_of_it() {
    let head = headers(&[("content-type", "application/json")]);
    let refusal = Refusal::new(StatusCode::OK, &head, &[b'x'; Refusal::READ]);
    assert_eq!(refusal.body().len(), 4096);
    let told = refusal.to_string();
    assert!(
        told.starts_with(r#"status 200, content type "application/json", body "xxx"#),
        "{told}"
    );
    assert!(told.len() < 300, "{told}");
}
