//! Whatever is done to a log in memory, it tells what a plain list of frames would tell.

use proptest::prelude::*;
use sse_runtime::log::*;

use crate::support::{block_on, channel};

const EVENTS: usize = 60;
/// Small enough that segments are put together, and dropped by halves.
const BYTES: usize = 8 * 1024;

#[derive(Clone, Debug)]
enum Step {
    /// Sizes of the data, one a record.
    Append(Vec<usize>),
    /// From so many records before the end.
    Read {
        back: u64,
        records: usize,
        bytes: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let size = prop_oneof![8 => 0usize..40, 1 => 0usize..3000];
    let append = prop::collection::vec(size.clone(), 1..2);
    let batch = prop::collection::vec(size, 0..80);
    let read =
        (0u64..100, 0usize..70, 0usize..10_000).prop_map(|(back, records, bytes)| Step::Read {
            back,
            records,
            bytes,
        });
    prop_oneof![
        8 => append.prop_map(Step::Append),
        1 => batch.prop_map(Step::Append),
        2 => read,
    ]
}

/// The frames that are kept, and how many were before them.
#[derive(Default)]
struct Frames {
    kept: Vec<String>,
    dropped: u64,
}

impl Frames {
    fn bound(&mut self) {
        while self.kept.len() > EVENTS || self.kept.concat().len() > BYTES {
            self.kept.remove(0);
            self.dropped += 1;
        }
    }

    fn last(&self) -> u64 {
        self.dropped + self.kept.len() as u64
    }

    /// The standing, the wire, the next number, and whether there is more.
    fn read(&self, seq: u64, records: usize, bytes: usize) -> (Standing, String, u64, bool) {
        let missed = self.dropped.saturating_sub(seq);
        let standing = match missed {
            0 => Standing::Contiguous,
            _ => Standing::Truncated {
                missed: Some(missed),
            },
        };
        let from = seq.max(self.dropped);
        let mut wire = String::new();
        let mut taken = 0;
        for frame in self.kept.iter().skip((from - self.dropped) as usize) {
            if taken > 0 && (taken >= records || wire.len() + frame.len() > bytes) {
                break;
            }
            wire.push_str(frame);
            taken += 1;
        }
        let next = from + taken as u64;
        (standing, wire, next, next < self.last())
    }
}

proptest! {
    #[test]
    fn a_log_reads_like_a_list_of_its_frames(steps in prop::collection::vec(step(), 1..120)) {
        let log = MemoryLog::new(Bounds::default().events(EVENTS).bytes(BYTES));
        let name = channel("a");
        let epoch = block_on(log.extent(&name)).unwrap().newest.epoch();
        let mut frames = Frames::default();
        for step in steps {
            match step {
                Step::Append(sizes) => {
                    let lines: Vec<_> = sizes
                        .iter()
                        .enumerate()
                        .map(|(n, size)| format!("event: {n}\ndata: {}\n", "x".repeat(*size)))
                        .collect();
                    let records: Vec<_> = lines
                        .iter()
                        .map(|lines| Record::new(lines.as_bytes()).unwrap())
                        .collect();
                    let ids = block_on(log.append_all(&name, &records)).unwrap();
                    for (id, lines) in ids.iter().zip(&lines) {
                        prop_assert_eq!(*id, Cursor::new(epoch, frames.last() + 1));
                        frames.kept.push(format!("id: {id}\n{lines}\n"));
                    }
                    prop_assert_eq!(ids.len(), lines.len());
                    frames.bound();
                }
                Step::Read { back, records, bytes } => {
                    let seq = frames.last().saturating_sub(back);
                    let limit = Limit::new(records, bytes);
                    let page = block_on(log.read_after(&name, Cursor::new(epoch, seq), limit));
                    let page = page.unwrap();
                    let wire: Vec<u8> = page.runs().flat_map(Run::wire).collect();
                    let read = (
                        page.standing(),
                        String::from_utf8(wire).unwrap(),
                        page.next().seq(),
                        page.has_more(),
                    );
                    prop_assert_eq!(read, frames.read(seq, records, bytes));
                }
            }
        }
    }
}
