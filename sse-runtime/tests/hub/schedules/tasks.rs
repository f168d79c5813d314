//! An executor for tests: it runs tasks one step at a time, each only after it was woken, in an order
//! that is chosen. So what it finds it finds again, and who waits in vain is found at once.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// Chooses what happens next.
#[derive(Clone)]
pub(crate) struct Choices(Rc<RefCell<Choose>>);

enum Choose {
    /// As a list says, and the first where it says nothing; with of how many each was.
    Listed {
        path: Vec<(usize, usize)>,
        at: usize,
    },
    Random(fastrand::Rng),
}

impl Choices {
    pub(crate) fn seeded(seed: u64) -> Self {
        let rng = fastrand::Rng::with_seed(seed);
        Self(Rc::new(RefCell::new(Choose::Random(rng))))
    }

    /// One of so many.
    pub(crate) fn pick(&self, of: usize) -> usize {
        if of <= 1 {
            return 0;
        }
        match &mut *self.0.borrow_mut() {
            Choose::Random(rng) => rng.usize(..of),
            Choose::Listed { path, at } => {
                if *at == path.len() {
                    path.push((0, of));
                }
                let (taken, of_then) = path[*at];
                assert_eq!(of, of_then, "the test itself is left to chance");
                *at += 1;
                taken
            }
        }
    }
}

/// Says what was chosen where a test fails.
struct Told(Choices, String);

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let path = match &*self.0.0.borrow() {
                Choose::Listed { path, .. } => format!("{path:?}"),
                Choose::Random(_) => String::new(),
            };
            eprintln!("failed with {}{path}", self.1);
        }
    }
}

/// Runs a test with each series of choices that there is; how many there are.
pub(crate) fn in_every_order(run: impl Fn(&Choices)) -> usize {
    let mut path = Vec::new();
    for orders in 1.. {
        let choices = Choices(Rc::new(RefCell::new(Choose::Listed { path, at: 0 })));
        let told = Told(choices.clone(), "the choices ".to_owned());
        run(&choices);
        drop(told);
        let Choose::Listed { path: taken, at } = choices.0.replace(Choose::Listed {
            path: Vec::new(),
            at: 0,
        }) else {
            unreachable!("it was listed");
        };
        assert_eq!(at, taken.len(), "the test itself is left to chance");
        path = taken;
        while let Some((taken, of)) = path.pop() {
            if taken + 1 < of {
                path.push((taken + 1, of));
                break;
            }
        }
        if path.is_empty() {
            return orders;
        }
    }
    unreachable!("there are not as many")
}

/// Runs a test with so many seeds.
pub(crate) fn with_seeds(seeds: u64, run: impl Fn(&Choices)) {
    for seed in 0..seeds {
        let choices = Choices::seeded(seed);
        let told = Told(choices.clone(), format!("seed {seed}"));
        run(&choices);
        drop(told);
    }
}

#[derive(Default)]
pub(crate) struct Tasks<'a> {
    tasks: Vec<Task<'a>>,
}

struct Task<'a> {
    name: &'static str,
    future: Pin<Box<dyn Future<Output = ()> + 'a>>,
    woken: Arc<Woken>,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<'a> Tasks<'a> {
    pub(crate) fn add(&mut self, name: &'static str, future: impl Future<Output = ()> + 'a) {
        self.tasks.push(Task {
            name,
            future: Box::pin(future),
            woken: Arc::new(Woken(AtomicBool::new(true))),
        });
    }

    /// Until all are done. A task that nobody wakes is a failure.
    pub(crate) fn run(mut self, choices: &Choices) {
        while !self.tasks.is_empty() {
            let is_woken = |task: &Task<'_>| task.woken.0.load(Ordering::Relaxed);
            let woken = self.tasks.iter().enumerate();
            let woken: Vec<_> = woken
                .filter_map(|(index, task)| is_woken(task).then_some(index))
                .collect();
            let names = self.tasks.iter().map(|task| task.name);
            assert!(
                !woken.is_empty(),
                "nobody wakes {:?}",
                names.collect::<Vec<_>>()
            );
            let index = woken[choices.pick(woken.len())];
            let task = &mut self.tasks[index];
            task.woken.0.store(false, Ordering::Relaxed);
            let waker = Waker::from(Arc::clone(&task.woken));
            if (task.future.as_mut())
                .poll(&mut Context::from_waker(&waker))
                .is_ready()
            {
                self.tasks.remove(index);
            }
        }
    }
}

/// Lets others go first, where that is chosen.
pub(crate) async fn step() {
    let mut is_over = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut is_over, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

/// Polls a future at most so many times; `None` where it is dropped before it was ready.
pub(crate) async fn at_most<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    let mut left = polls;
    poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending if left == 0 => {
                // Whoever sets a future aside does so because something else has come.
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
