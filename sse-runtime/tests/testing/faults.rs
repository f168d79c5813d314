//! A log that fails as it is told to.

use std::future::ready;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sse_runtime::log::*;
use sse_runtime::testing::{FaultyLog, Leg, Operation};
use tokio::time::{Instant, sleep};

fn channel() -> ChannelName {
    ChannelName::new("c").expect("a name")
}

fn record() -> Record<'static> {
    Record::new(b"data: x\n").expect("a record")
}

fn once() -> Condition<'static> {
    Condition::Once(IdempotencyKey::new("k").expect("a key"))
}

/// A log that fails on that leg of every call.
fn failing_on(leg: Leg) -> (MemoryLog, FaultyLog<MemoryLog>) {
    let log = MemoryLog::default();
    let faulty = FaultyLog::new(log.clone(), move |call| {
        ready(match call.leg == leg {
            true => Err("away".into()),
            false => Ok(()),
        })
    });
    (log, faulty)
}

async fn kept(log: &MemoryLog) -> u64 {
    log.extent(&channel())
        .await
        .expect("an extent")
        .newest
        .seq()
}

#[tokio::test]
async fn what_fails_on_its_way_there_is_not_done() {
    let (log, faulty) = failing_on(Leg::Request);
    let error = faulty.append(&channel(), &record()).await;
    assert!(matches!(error, Err(AppendError::Refused(_))), "{error:?}");
    let error = faulty.append_all(&channel(), &[record()]).await;
    assert!(matches!(error, Err(AppendError::Refused(_))), "{error:?}");
    let error = faulty.append_if(once(), &channel(), &[record()]).await;
    assert!(matches!(error, Err(AppendError::Refused(_))), "{error:?}");
    let error = faulty.end(&channel(), Some(&record())).await;
    assert!(matches!(error, Err(AppendError::Refused(_))), "{error:?}");
    assert_eq!(kept(&log).await, 0);
}

#[tokio::test]
async fn what_fails_on_its_way_back_is_done_and_nobody_is_told() {
    let (log, faulty) = failing_on(Leg::Answer);
    let error = faulty.append(&channel(), &record()).await;
    assert!(
        matches!(error, Err(AppendError::Unanswered(_))),
        "{error:?}"
    );
    assert_eq!(kept(&log).await, 1);
    let error = faulty.append_if(once(), &channel(), &[record()]).await;
    assert!(
        matches!(error, Err(AppendError::Unanswered(_))),
        "{error:?}"
    );
    assert_eq!(kept(&log).await, 2);
    let error = faulty.end(&channel(), None).await;
    assert!(
        matches!(error, Err(AppendError::Unanswered(_))),
        "{error:?}"
    );
    assert!(
        log.extent(&channel())
            .await
            .is_ok_and(|extent| extent.ended)
    );
}

#[tokio::test]
async fn a_read_that_fails_can_be_tried_again_and_says_why() {
    for leg in [Leg::Request, Leg::Answer] {
        let (log, faulty) = failing_on(leg);
        let Extent { oldest, .. } = log.extent(&channel()).await.expect("an extent");
        let errors = [
            faulty
                .read_after(&channel(), oldest, Limit::default())
                .await
                .err(),
            faulty.extent(&channel()).await.err(),
            faulty.rewind(&channel(), 1).await.err(),
        ];
        for error in errors {
            let Some(ReadError::Unavailable(why)) = error else {
                panic!("{error:?}");
            };
            assert_eq!(why.to_string(), "away");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_leg_of_a_call_is_told_and_may_take_its_time() {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&calls);
    let log = FaultyLog::new(MemoryLog::default(), move |call| {
        let told = Arc::clone(&told);
        async move {
            sleep(Duration::from_secs(1)).await;
            let leg = (call.operation, call.channel.as_str().to_owned(), call.leg);
            told.lock().expect("whole").push(leg);
            Ok(())
        }
    });
    let started = Instant::now();
    log.append(&channel(), &record()).await.expect("appended");
    log.signal(&channel(), &record()).await.expect("signalled");
    assert_eq!(started.elapsed(), Duration::from_secs(4));
    let expected = [Operation::Append, Operation::Signal]
        .into_iter()
        .flat_map(|it| [Leg::Request, Leg::Answer].map(|leg| (it, "c".to_owned(), leg)));
    assert!(calls.lock().expect("whole").iter().cloned().eq(expected));
}

#[tokio::test(start_paused = true)]
async fn without_faults_it_is_the_log_that_it_was() {
    let log = FaultyLog::new(MemoryLog::default(), |_| ready(Ok(())));
    let report = conformance::check(&log).await;
    let holds = |finding: &conformance::Finding| *finding.outcome() == conformance::Outcome::Holds;
    assert!(report.findings().iter().all(holds), "{report}");
}
