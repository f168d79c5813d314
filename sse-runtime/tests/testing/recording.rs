//! Services without a router.

use std::time::Duration;

use serde::Serialize;
use sse_runtime::hub::{Deliver, Hub};
use sse_runtime::log::MemoryLog;
use sse_runtime::testing::{Recorder, Sent};
use sse_runtime::{
    Context, EndReason, EventId, Problem, SendError, ServerStream, server_sent_events,
};
use tokio::time::timeout;

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Line(String);

#[server_sent_events(event_name = "line")]
trait Lines {
    async fn lines(
        &self,
        ctx: Context,
        stream: impl LinesServerStream<Line>,
    ) -> Result<(), Problem>;
}

struct Service(Hub<LinesLines>);

impl Lines for Service {
    async fn lines(
        &self,
        _ctx: Context,
        stream: impl LinesServerStream<Line>,
    ) -> Result<(), Problem> {
        stream.send(Line("welcome".to_owned())).await?;
        stream.checkpoint(EventId::new("start")?)?;
        let events = self.0.subscribe("c").otherwise(Deliver::All).await?;
        stream.forward(events).await?;
        Ok(stream.close().await?)
    }
}

async fn hub() -> Hub<LinesLines> {
    let hub = Hub::new(MemoryLog::default(), LinesLines);
    for n in 0..2 {
        let line = Line(format!("line {n}"));
        hub.publish("c", &line).await.expect("published");
    }
    hub
}

#[tokio::test]
async fn all_that_a_service_sends_is_recorded_in_its_order() {
    let hub = hub().await;
    hub.close("c").await.expect("closed");
    let stream = Recorder::new();
    let served = Service(hub)
        .lines(Context::detached(), stream.clone())
        .await;
    served.expect("served");
    let sent = stream.take();
    let [
        Sent::Event(welcome),
        Sent::Checkpoint(start),
        Sent::Forwarded(first),
        Sent::Forwarded(second),
        Sent::Closed,
    ] = sent.as_slice()
    else {
        panic!("{sent:?}");
    };
    assert_eq!(
        (welcome, start.as_str()),
        (&Line("welcome".to_owned()), "start")
    );
    assert_eq!((first.name(), first.data()), ("line", "\"line 0\""));
    assert_eq!(second.json::<String>(), "line 1");
    assert!(first.id().is_some());
    assert!(stream.take().is_empty(), "it is taken");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_goes_on_is_looked_at_as_far_as_it_has_come() {
    let hub = hub().await;
    let (service, stream) = (Service(hub.clone()), Recorder::new());
    let mut served = std::pin::pin!(service.lines(Context::detached(), stream.clone()));
    let millisecond = Duration::from_millis(1);
    assert!(timeout(millisecond, &mut served).await.is_err());
    assert_eq!(stream.take_events(), [Line("welcome".to_owned())]);
    let last = Line("last".to_owned());
    hub.publish_last("c", &last).await.expect("published");
    assert!(timeout(millisecond, &mut served).await.is_ok());
    let sent = stream.take();
    assert!(
        matches!(sent.as_slice(), [Sent::Forwarded(last), Sent::Closed] if last.data() == "\"last\""),
        "{sent:?}"
    );
}

#[tokio::test]
async fn it_is_closed_after_as_many_as_it_has_room_for() {
    for room in 0..4 {
        let hub = hub().await;
        let stream = Recorder::closed_after(room);
        let served = Service(hub)
            .lines(Context::detached(), stream.clone())
            .await;
        let error = served.expect_err("the client has gone");
        assert_eq!(error.status(), 503);
        assert_eq!(stream.take().len(), room);
    }
}

#[tokio::test]
async fn a_service_that_sends_without_end_is_stopped() {
    let stream = Recorder::new();
    let error = loop {
        if let Err(error) = stream.send(0).await {
            break error;
        }
    };
    assert!(matches!(
        error,
        SendError::Closed {
            reason: EndReason::Disconnected
        }
    ));
    assert_eq!(stream.take_events().len(), 10_000);
}

#[tokio::test]
async fn after_close_nothing_is_taken() {
    let stream = Recorder::new();
    stream.close().await.expect("closed");
    stream.close().await.expect("closed is closed");
    let error = stream.send(1).await.expect_err("it has ended");
    assert!(matches!(
        error,
        SendError::Closed {
            reason: EndReason::Closed
        }
    ));
    let error = stream.checkpoint(EventId::new("1").expect("an id"));
    assert!(matches!(
        error,
        Err(SendError::Closed {
            reason: EndReason::Closed
        })
    ));
    assert_eq!(stream.take(), [Sent::Closed]);

    let gone = Recorder::<u8>::closed_after(0);
    gone.send(1).await.expect_err("the client has gone");
    let error = gone.close().await.expect_err("the client has gone");
    assert!(matches!(
        error,
        SendError::Closed {
            reason: EndReason::Disconnected
        }
    ));
}
