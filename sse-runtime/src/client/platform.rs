//! What differs between a browser and everything else: clocks, and whether futures may change threads.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;

#[cfg(not(target_family = "wasm"))]
use self::native as here;
#[cfg(target_family = "wasm")]
use self::web as here;

/// `Send`, except in a browser, where no future is and none needs to be.
#[cfg(not(target_family = "wasm"))]
pub trait MaybeSend: Send {}
#[cfg(not(target_family = "wasm"))]
impl<T: Send> MaybeSend for T {}
/// `Send`, except in a browser, where no future is and none needs to be.
#[cfg(target_family = "wasm")]
pub trait MaybeSend {}
#[cfg(target_family = "wasm")]
impl<T> MaybeSend for T {}

#[cfg(not(target_family = "wasm"))]
pub(super) type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;
#[cfg(target_family = "wasm")]
pub(super) type Boxed<T> = Pin<Box<dyn Future<Output = T>>>;

#[cfg(not(target_family = "wasm"))]
pub(super) type BoxedStream<T> = Pin<Box<dyn Stream<Item = T> + Send>>;
#[cfg(target_family = "wasm")]
pub(super) type BoxedStream<T> = Pin<Box<dyn Stream<Item = T>>>;

/// An alarm that rings unheard for so long tells that nobody polls.
const AWAY: Duration = Duration::from_secs(1);

/// The time for which somebody has waited for a stream, and one alarm. While nobody polls, nothing that
/// is waited for can come, and no time is over.
pub(super) struct Clock {
    start: here::Instant,
    /// For how long nobody has polled.
    away: Duration,
    alarm: Option<(Duration, Pin<Box<here::Sleep>>)>,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self {
            start: here::Instant::now(),
            away: Duration::ZERO,
            alarm: None,
        }
    }

    pub(super) fn now(&self) -> Duration {
        self.start.elapsed().saturating_sub(self.away)
    }

    /// Somebody polls.
    pub(super) fn attend(&mut self) {
        if let Some((set, _)) = self.alarm {
            let late = self.now().saturating_sub(set);
            if late > AWAY {
                self.away += late;
                self.alarm = None;
            }
        }
    }

    /// Ready at that time or soon after. The alarm that is set stays as long as it is not too late:
    /// setting one for each chunk of a stream would cost more than it is worth.
    pub(super) fn poll_until(&mut self, time: Duration, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.alarm.as_ref().is_none_or(|(set, _)| *set > time) {
                let sleep = here::sleep(time.saturating_sub(self.now()));
                self.alarm = Some((time, Box::pin(sleep)));
            }
            let Some((set, sleep)) = &mut self.alarm else {
                return Poll::Pending;
            };
            ready!(sleep.as_mut().poll(cx));
            let set = *set;
            self.alarm = None;
            if set >= time {
                return Poll::Ready(());
            }
        }
    }
}

#[cfg(not(target_family = "wasm"))]
mod native {
    pub(super) use tokio::time::{Instant, Sleep, sleep};
}

#[cfg(target_family = "wasm")]
mod web {
    use std::time::Duration;

    pub(super) use gloo_timers::future::TimeoutFuture as Sleep;
    pub(super) use web_time::Instant;

    /// A browser takes no more milliseconds than an `i32` holds; who waits longer asks again.
    pub(super) fn sleep(time: Duration) -> Sleep {
        let milliseconds = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        Sleep::new(milliseconds.saturating_add(1).min(i32::MAX as u32))
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Waker;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    async fn until(clock: &mut Clock, time: Duration) {
        poll_fn(|cx| clock.poll_until(time, cx)).await;
    }

    fn is_over(clock: &mut Clock, time: Duration) -> bool {
        clock
            .poll_until(time, &mut Context::from_waker(Waker::noop()))
            .is_ready()
    }

    #[tokio::test(start_paused = true)]
    async fn an_alarm_rings_at_its_time_and_can_be_set_anew() {
        let mut clock = Clock::start();
        until(&mut clock, SECOND * 3).await;
        assert_eq!(clock.now(), SECOND * 3);

        assert!(!is_over(&mut clock, SECOND * 9));
        until(&mut clock, SECOND * 5).await;
        assert_eq!(clock.now(), SECOND * 5);
        // The one that was set before rings in between.
        assert!(!is_over(&mut clock, SECOND * 6));
        until(&mut clock, SECOND * 8).await;
        assert_eq!(clock.now(), SECOND * 8);
    }

    #[tokio::test(start_paused = true)]
    async fn the_clock_stands_still_while_an_alarm_rings_unheard() {
        let mut clock = Clock::start();
        assert!(!is_over(&mut clock, SECOND * 10));
        tokio::time::advance(SECOND * 3600).await;
        clock.attend();
        assert_eq!(clock.now(), SECOND * 10);
        assert!(is_over(&mut clock, SECOND * 10));

        // Who is only a little late was there.
        assert!(!is_over(&mut clock, SECOND * 20));
        tokio::time::advance(SECOND * 11).await;
        clock.attend();
        assert_eq!(clock.now(), SECOND * 21);
    }
}
