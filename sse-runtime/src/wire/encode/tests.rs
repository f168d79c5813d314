use serde::Serialize;
use serde_json::value::RawValue;

use super::*;

fn written(write: impl FnOnce(&mut Frame<'_>)) -> String {
    let mut out = Vec::new();
    let mut frame = Frame::new(&mut out);
    write(&mut frame);
    frame.finish();
    String::from_utf8(out).unwrap()
}

fn data(text: &str) -> String {
    written(|frame| frame.data(text))
}

fn id<T: Serialize>(id: T) -> String {
    written(|frame| frame.id_scalar(&id).unwrap())
}

/// The error of `write`, which must have left the frame as it was.
fn refused(write: impl FnOnce(&mut Frame<'_>) -> Result<(), EncodeError>) -> EncodeError {
    let mut out = b"before\n\n".to_vec();
    let mut frame = Frame::new(&mut out);
    frame.event("e").unwrap();
    let error = write(&mut frame).unwrap_err();
    frame.finish();
    assert_eq!(out, b"before\n\nevent: e\n\n");
    error
}

/// Displays its pieces one `write_str` each.
struct Pieces(&'static [&'static str]);

impl fmt::Display for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| match *piece {
            "fail" => Err(fmt::Error),
            piece => f.write_str(piece),
        })
    }
}

#[derive(Serialize)]
struct Fails(&'static str, #[serde(serialize_with = "fail")] ());

fn fail<S: serde::Serializer>(_: &(), _: S) -> Result<S::Ok, S::Error> {
    Err(serde::ser::Error::custom("no price"))
}

#[test]
fn roles_are_lines_with_one_space_after_the_colon() {
    let all = written(|frame| {
        frame.id("7").unwrap();
        frame.event("alert").unwrap();
        frame.retry(Duration::from_millis(1500));
        frame.data("disk is full");
    });
    assert_eq!(
        all,
        "id: 7\nevent: alert\nretry: 1500\ndata: disk is full\n\n"
    );
}

#[test]
fn a_cr_an_lf_and_a_crlf_in_data_each_start_one_new_line() {
    assert_eq!(
        data("a\rb\nc\r\nd"),
        "data: a\ndata: b\ndata: c\ndata: d\n\n"
    );
    assert_eq!(data("\n\r"), "data: \ndata: \ndata: \n\n");
    assert_eq!(data("a\r\n"), "data: a\ndata: \n\n");
}

#[test]
fn empty_data_is_one_line() {
    assert_eq!(data(""), "data: \n\n");
}

#[test]
fn leading_spaces_colons_and_a_bom_are_data() {
    assert_eq!(data("  a: b"), "data:   a: b\n\n");
    assert_eq!(data("\u{feff}a"), "data: \u{feff}a\n\n");
}

#[test]
fn a_frame_without_a_line_is_nothing() {
    assert_eq!(written(|_| {}), "");
    assert_eq!(written(|frame| frame.id_scalar(&None::<u64>).unwrap()), "");
    assert_eq!(written(|frame| frame.write(&Event::new())), "");
}

#[test]
fn a_frame_that_is_not_finished_takes_back_what_it_wrote() {
    let mut out = b"data: kept\n\n".to_vec();
    let mut frame = Frame::new(&mut out);
    frame.id("1").unwrap();
    frame.data("lost");
    drop(frame);
    assert_eq!(out, b"data: kept\n\n");
}

#[test]
fn a_serialize_that_panics_leaves_nothing_behind() {
    #[derive(Serialize)]
    struct Panics(&'static str, #[serde(serialize_with = "panics")] ());
    fn panics<S: serde::Serializer>(_: &(), _: S) -> Result<S::Ok, S::Error> {
        std::panic::resume_unwind(Box::new(()))
    }

    let mut out = b"data: kept\n\n".to_vec();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut frame = Frame::new(&mut out);
        frame.id("1").unwrap();
        frame.data_json(&Panics("half", ())).unwrap();
    }));
    assert!(caught.is_err());
    assert_eq!(out, b"data: kept\n\n");
}

#[test]
fn an_id_with_cr_lf_or_nul_and_a_name_with_cr_or_lf_are_refused() {
    for text in ["a\rb", "a\nb", "a\0b"] {
        let error = refused(|frame| frame.id(text));
        assert!(matches!(error.kind(), EncodeErrorKind::Text(error) if error.position() == 1));
        refused(|frame| frame.id_scalar(text));
        refused(|frame| frame.id_display(text));
    }
    for text in ["a\rb", "a\nb"] {
        assert_eq!(refused(|frame| frame.event(text)).role(), Role::Event);
        refused(|frame| frame.event_scalar(text));
        refused(|frame| frame.insert_event(text));
    }
    assert_eq!(
        written(|frame| frame.event("a\0b").unwrap()),
        "event: a\0b\n\n"
    );
}

#[test]
fn scalars_are_ids() {
    #[derive(Serialize)]
    struct Seq(u64);
    #[derive(Serialize)]
    #[serde(rename_all = "kebab-case")]
    enum Phase {
        WarmUp,
    }
    assert_eq!(id(u64::MAX), "id: 18446744073709551615\n\n");
    assert_eq!(id(i8::MIN), "id: -128\n\n");
    assert_eq!(
        id(u128::MAX),
        "id: 340282366920938463463374607431768211455\n\n"
    );
    assert_eq!(id('ü'), "id: ü\n\n");
    assert_eq!(id(" a"), "id:  a\n\n");
    assert_eq!(id(""), "id: \n\n");
    assert_eq!(id(Some(Seq(7))), "id: 7\n\n");
    assert_eq!(id(Phase::WarmUp), "id: warm-up\n\n");
    assert_eq!(id(format_args!("{}-{}", "a", 1)), "id: a-1\n\n");
}

#[test]
fn what_is_no_scalar_is_refused_by_name() {
    #[derive(Serialize)]
    enum Shape {
        Circle(u8),
        Square { side: u8 },
    }
    let refused = |value: &dyn erased::Scalar| value.refusal().to_string();
    assert_eq!(
        refused(&1.5),
        "a float cannot be an event name; use a string or an integer"
    );
    assert_eq!(
        refused(&true),
        "a boolean cannot be an event name; use a string or an integer"
    );
    assert_eq!(
        refused(&()),
        "a unit cannot be an event name; use a string or an integer"
    );
    assert_eq!(
        refused(&[1, 2]),
        "a tuple cannot be an event name; use a string or an integer"
    );
    assert_eq!(
        refused(&vec![1]),
        "a sequence cannot be an event name; use a string or an integer"
    );
    for shape in [Shape::Circle(1), Shape::Square { side: 1 }] {
        assert_eq!(
            refused(&shape),
            "an enum variant with content cannot be an event name; use a string or an integer"
        );
    }
}

mod erased {
    pub(super) trait Scalar {
        fn refusal(&self) -> super::EncodeError;
    }

    impl<T: serde::Serialize> Scalar for T {
        fn refusal(&self) -> super::EncodeError {
            super::refused(|frame| frame.event_scalar(self))
        }
    }
}

#[test]
fn a_serialize_that_fails_is_quoted_for_an_id_and_the_source_for_data() {
    let error = refused(|frame| {
        #[derive(Serialize)]
        #[serde(transparent)]
        struct Id(#[serde(serialize_with = "fail")] ());
        frame.id_scalar(&Id(()))
    });
    assert_eq!(error.to_string(), "event id cannot be written: no price");

    let error = refused(|frame| frame.data_json(&Fails("half", ())));
    assert_eq!(error.to_string(), "event data cannot be written as JSON");
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        "no price"
    );
}

#[test]
fn a_display_that_fails_adds_nothing() {
    let error = refused(|frame| frame.data_display(&Pieces(&["half\n", "fail"])));
    assert_eq!(
        error.to_string(),
        "event data cannot be written: formatting it returned an error"
    );
    assert_eq!(
        refused(|frame| frame.id_display(&Pieces(&["1", "fail"]))).role(),
        Role::Id
    );
}

#[test]
fn a_failed_data_line_is_not_where_the_next_event_name_goes() {
    let out = written(|frame| {
        frame.data_json(&Fails("half", ())).unwrap_err();
        frame.id("7").unwrap();
        frame.data("a");
        frame.insert_event("late").unwrap();
    });
    assert_eq!(out, "id: 7\nevent: late\ndata: a\n\n");
}

#[test]
fn displayed_data_is_broken_like_text_however_it_is_cut() {
    let display = |pieces| written(|frame| frame.data_display(&Pieces(pieces)).unwrap());
    assert_eq!(display(&["a\r", "\nb"]), "data: a\ndata: b\n\n");
    assert_eq!(
        display(&["a\r", "", "\n", "\n"]),
        "data: a\ndata: \ndata: \n\n"
    );
    assert_eq!(
        display(&["a\r", "\r", "b\n"]),
        "data: a\ndata: \ndata: b\ndata: \n\n"
    );
    assert_eq!(display(&[]), "data: \n\n");
}

#[test]
fn json_is_one_line_and_its_strings_keep_their_line_breaks() {
    let out = written(|frame| frame.data_json(&["a\r\nb\u{2028}", ""]).unwrap());
    assert_eq!(out, "data: [\"a\\r\\nb\u{2028}\",\"\"]\n\n");
}

#[test]
fn line_breaks_of_raw_json_start_new_lines() {
    let raw: Box<RawValue> = serde_json::from_str("{\r\n\"id\":\r1\n}").unwrap();
    let out = written(|frame| frame.data_json(&(1, &raw, "\n")).unwrap());
    assert_eq!(
        out,
        "data: [1,{\ndata: \"id\":\ndata: 1\ndata: },\"\\n\"]\n\n"
    );
}

#[test]
fn an_inserted_name_stands_before_the_first_data_line() {
    let out = written(|frame| {
        frame.id_scalar(&7).unwrap();
        frame.data("a\nb");
        frame.insert_event("late").unwrap();
    });
    assert_eq!(out, "id: 7\nevent: late\ndata: a\ndata: b\n\n");
    assert_eq!(
        written(|frame| frame.insert_event("late").unwrap()),
        "event: late\n\n"
    );
}

#[test]
fn retry_is_whole_milliseconds_within_u64() {
    let retry = |duration| written(|frame| frame.retry(duration));
    assert_eq!(retry(Duration::from_micros(1999)), "retry: 1\n\n");
    assert_eq!(retry(Duration::ZERO), "retry: 0\n\n");
    assert_eq!(retry(Duration::MAX), "retry: 18446744073709551615\n\n");
}

#[test]
fn a_comment_stays_a_comment_over_line_breaks() {
    let comment = |text| written(|frame| frame.comment(text));
    assert_eq!(
        comment("a\ndata: b\r\nc\rid: 1"),
        ": a\n: data: b\n: c\n: id: 1\n\n"
    );
}

#[test]
fn a_finished_frame_tells_whether_it_has_an_id() {
    let has_id = |write: fn(&mut Frame<'_>)| {
        let mut out = Vec::new();
        let mut frame = Frame::new(&mut out);
        write(&mut frame);
        frame.finish().has_id
    };
    assert!(has_id(|frame| frame.id("").unwrap()));
    assert!(has_id(|frame| frame.id_scalar(&7).unwrap()));
    assert!(has_id(|frame| frame.id_display(&7).unwrap()));
    assert!(has_id(
        |frame| frame.write(&Event::new().id(crate::wire::EventId::default()))
    ));
    assert!(!has_id(|frame| frame.id_scalar(&None::<u64>).unwrap()));
    assert!(!has_id(|frame| drop(frame.id("a\nb").unwrap_err())));
    assert!(!has_id(|frame| frame.data("id: 7")));
}
