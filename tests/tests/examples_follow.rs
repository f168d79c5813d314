//! The example `follow` as one runs it.

mod subscription;

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use subscription::Subscription;
use tests::Example;

/// A file that is followed.
struct Log {
    path: PathBuf,
}

impl Log {
    /// A new file for the test of this name.
    fn new(test: &str, text: &str) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("follow")
            .join(test);
        fs::create_dir_all(&directory).expect("the directory can be made");
        let path = directory.join("app.log");
        fs::write(&path, text).expect("the file can be written");
        Self { path }
    }

    fn append(&self, bytes: impl AsRef<[u8]>) {
        let file = OpenOptions::new().append(true).open(&self.path);
        let written = file.and_then(|mut file| file.write_all(bytes.as_ref()));
        written.expect("the file can be written");
    }

    fn follow(&self) -> Example {
        Example::start_with("follow", |command| {
            command.arg(&self.path);
        })
    }
}

fn line(end: usize, text: &str) -> String {
    format!("id: {end}\ndata: {text}")
}

fn begins_anew(kind: &str, log: &Log) -> String {
    format!("id: 0\nevent: {kind}\ndata: {}", log.path.display())
}

#[tokio::test]
async fn the_page_is_where_the_first_line_says() {
    let follow = Log::new("page", "").follow();
    let page = reqwest::get(follow.url()).await.expect("it answers");
    assert!(
        page.text()
            .await
            .is_ok_and(|page| page.contains("EventSource"))
    );
}

#[tokio::test]
async fn the_id_of_a_line_is_the_offset_of_the_byte_after_it() {
    let log = Log::new("offsets", "one\nzwölf\r\n\n");
    let follow = log.follow();
    let mut stream = Subscription::open(&follow.at("/lines")).await;
    assert_eq!(
        stream.blocks().await,
        [line(4, "one"), line(12, "zwölf"), line(13, "")]
    );
    log.append("more\n");
    assert_eq!(stream.blocks().await, [line(18, "more")]);
}

#[tokio::test]
async fn a_last_line_is_not_sent_before_it_is_whole() {
    let log = Log::new("whole", "one\nha");
    let follow = log.follow();
    let mut stream = Subscription::open(&follow.at("/lines")).await;
    assert_eq!(stream.blocks().await, [line(4, "one")]);
    log.append("lf and ");
    let mut late = Subscription::open(&follow.at("/lines")).await;
    assert_eq!(late.blocks().await, [line(4, "one")]);
    log.append("half\n");
    assert_eq!(stream.blocks().await, [line(18, "half and half")]);
    assert_eq!(late.blocks().await, [line(18, "half and half")]);
}

#[tokio::test]
async fn a_client_resumes_at_the_exact_byte_after_a_restart() {
    let log = Log::new("restart", "eins\nzwölf\n");
    let before = log.follow();
    let mut stream = Subscription::open(&before.at("/lines")).await;
    assert_eq!(stream.blocks().await, [line(5, "eins"), line(12, "zwölf")]);
    assert!(before.stop().success());

    log.append("dreizehn\n");
    let after = log.follow();
    let mut stream = Subscription::resume(&after.at("/lines"), "12").await;
    log.append("vierzehn\n");
    assert_eq!(
        stream.blocks().await,
        [line(21, "dreizehn"), line(30, "vierzehn")]
    );
}

#[tokio::test]
async fn a_filter_moves_the_resume_point_over_what_it_skips() {
    let log = Log::new("filter", "error: disk\nfine\nfine\nerror: net\nfine\n");
    let follow = log.follow();
    let mut stream = Subscription::open(&follow.at("/lines?contains=error")).await;
    assert_eq!(
        stream.blocks().await,
        [line(12, "error: disk"), line(33, "error: net")]
    );
    assert!(follow.stop().success());
    let end = stream.rest().await;
    assert_eq!(end.first().map(String::as_str), Some("id: 38"));
}

#[tokio::test]
async fn a_rotated_file_is_read_to_its_end_and_then_the_new_one() {
    let log = Log::new("rotation", "one\n");
    let follow = log.follow();
    let mut stream = Subscription::open(&follow.at("/lines")).await;
    assert_eq!(stream.blocks().await, [line(4, "one")]);

    let mut old = OpenOptions::new()
        .append(true)
        .open(&log.path)
        .expect("it can be opened");
    fs::rename(&log.path, log.path.with_extension("1")).expect("it can be renamed");
    old.write_all(b"late\nunfinished")
        .expect("it can be written");
    assert_eq!(stream.blocks().await, [line(9, "late")]);
    fs::write(&log.path, "new\n").expect("it can be written");
    assert_eq!(
        stream.blocks().await,
        [
            line(19, "unfinished"),
            begins_anew("rotated", &log),
            line(4, "new")
        ]
    );
}

#[tokio::test]
async fn a_truncated_file_is_read_from_its_start() {
    let log = Log::new("truncation", "one\ntwo\nthr");
    let follow = log.follow();
    let mut stream = Subscription::open(&follow.at("/lines")).await;
    assert_eq!(stream.blocks().await, [line(4, "one"), line(8, "two")]);
    File::create(&log.path).expect("it can be truncated");
    assert_eq!(stream.blocks().await, [begins_anew("truncated", &log)]);
    log.append("new\n");
    assert_eq!(stream.blocks().await, [line(4, "new")]);
}

#[tokio::test]
async fn an_offset_beyond_the_end_is_told_and_not_waited_for() {
    let log = Log::new("beyond", "one\n");
    let follow = log.follow();
    for offset in ["5", "18446744073709551615"] {
        let mut stream = Subscription::resume(&follow.at("/lines"), offset).await;
        assert_eq!(
            stream.blocks().await,
            [begins_anew("truncated", &log), line(4, "one")]
        );
    }
}

#[tokio::test]
async fn an_offset_that_ends_no_line_is_one_of_another_file() {
    let log = Log::new("elsewhere", "one\ntwo\n");
    let follow = log.follow();
    let mut stream = Subscription::resume(&follow.at("/lines"), "6").await;
    assert_eq!(
        stream.blocks().await,
        [begins_anew("rotated", &log), line(4, "one"), line(8, "two")]
    );
}

#[tokio::test]
async fn a_line_may_hold_any_bytes_and_any_number_of_them() {
    let log = Log::new("bytes", "");
    log.append(b"a\xff\xfeb\n");
    log.append("x".repeat(200_000));
    log.append("\nafter\n");
    let follow = log.follow();
    let mut stream = Subscription::open(&follow.at("/lines")).await;
    let long = format!("id: 200006\nevent: cut\ndata: {}", "x".repeat(64 * 1024));
    assert_eq!(
        stream.blocks().await,
        [line(5, "a\u{fffd}\u{fffd}b"), long, line(200_012, "after")]
    );
}

#[tokio::test]
async fn a_large_file_arrives_whole() {
    let lines: Vec<_> = (0..50_000).map(|n| format!("line {n}")).collect();
    let log = Log::new("large", &(lines.join("\n") + "\n"));
    let follow = log.follow();
    let mut stream = Subscription::open(&follow.at("/lines")).await;
    let mut end = 0;
    for text in lines {
        end += text.len() + 1;
        assert_eq!(stream.block().await, Some(line(end, &text)));
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_waited_for() {
    let log = Log::new("missing", "one\n");
    let follow = log.follow();
    fs::remove_file(&log.path).expect("it can be removed");
    let mut stream = Subscription::open(&follow.at("/lines")).await;
    fs::write(&log.path, "two\n").expect("it can be written");
    assert_eq!(stream.blocks().await, [line(4, "two")]);
}

#[tokio::test]
async fn ctrl_c_tells_every_client() {
    let log = Log::new("interrupt", "one\n");
    let follow = log.follow();
    let mut streams = Vec::new();
    for _ in 0..20 {
        let mut stream = Subscription::open(&follow.at("/lines")).await;
        assert_eq!(stream.blocks().await, [line(4, "one")]);
        streams.push(stream);
    }
    assert!(follow.stop().success());
    for stream in streams {
        let last = stream
            .rest()
            .await
            .pop()
            .expect("a stream says when to come back");
        assert!(last.starts_with("retry: "), "{last}");
    }
}
