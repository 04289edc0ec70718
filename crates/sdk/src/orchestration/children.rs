//! Many futures of which only those that were woken are polled: what joins and races stand on.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use super::shared::Shared;

/// A list of futures. Each has its own waker, which queues its index; so a thousand completions cost a thousand
/// polls, not a million, and the order of polls is the order of wake-ups.
pub(super) struct Children<F> {
    shared: Arc<Shared>,
    futures: Vec<Option<Pin<Box<F>>>>,
    wakes: Vec<Arc<ChildWake>>,
    queue: Arc<Queue>,
    /// How many are not ready.
    left: usize,
}

#[derive(Default)]
struct Queue(Mutex<Woken>);

#[derive(Default)]
struct Woken {
    indexes: Vec<usize>,
    parent: Option<Waker>,
}

struct ChildWake {
    index: usize,
    queued: AtomicBool,
    queue: Arc<Queue>,
}

impl Wake for ChildWake {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.queued.swap(true, Ordering::AcqRel) {
            return;
        }
        let parent = {
            let mut woken = self.queue.0.lock().unwrap_or_else(PoisonError::into_inner);
            woken.indexes.push(self.index);
            woken.parent.take()
        };
        if let Some(parent) = parent {
            parent.wake();
        }
    }
}

impl<F: Future> Children<F> {
    /// All of them are polled once at first, in order.
    pub(super) fn new(shared: Arc<Shared>, futures: impl IntoIterator<Item = F>) -> Self {
        let futures: Vec<_> = futures.into_iter().map(|future| Some(Box::pin(future))).collect();
        let queue = Arc::new(Queue::default());
        let wakes = (0..futures.len())
            .map(|index| Arc::new(ChildWake { index, queued: AtomicBool::new(true), queue: queue.clone() }))
            .collect();
        queue.0.lock().unwrap_or_else(PoisonError::into_inner).indexes = (0..futures.len()).collect();
        let left = futures.len();
        Self { shared, futures, wakes, queue, left }
    }

    /// Adds one to the end of the list. It is polled with the next poll of those that were woken.
    pub(super) fn push(&mut self, future: F) {
        let index = self.futures.len();
        let queue = self.queue.clone();
        self.wakes.push(Arc::new(ChildWake { index, queued: AtomicBool::new(true), queue }));
        self.futures.push(Some(Box::pin(future)));
        self.queue.0.lock().unwrap_or_else(PoisonError::into_inner).indexes.push(index);
        self.left += 1;
    }

    /// How many are not ready.
    pub(super) fn left(&self) -> usize {
        self.left
    }

    /// Polls the children that were woken and hands each output to `finish`, which says whether to go on.
    pub(super) fn poll_woken(
        &mut self,
        cx: &Context<'_>,
        mut finish: impl FnMut(usize, F::Output) -> Progress,
    ) {
        let indexes = {
            let mut woken = self.queue.0.lock().unwrap_or_else(PoisonError::into_inner);
            woken.parent = Some(cx.waker().clone());
            std::mem::take(&mut woken.indexes)
        };
        // Below a combinator of another library, our children wait below it too.
        let (ours, pended) = {
            let state = self.shared.state();
            (state.parking.is_ours(cx.waker()), state.parking.pended())
        };
        for index in indexes {
            let Some(future) = &mut self.futures[index] else { continue };
            self.wakes[index].queued.store(false, Ordering::Release);
            let waker = Waker::from(self.wakes[index].clone());
            if let Poll::Ready(output) = poll_child(&self.shared, future.as_mut(), &waker, ours) {
                self.futures[index] = None;
                self.left -= 1;
                if finish(index, output) == Progress::Stop {
                    // The others are dropped now: their timers are cancelled before the code goes on.
                    self.futures.clear();
                    self.left = 0;
                    break;
                }
            }
        }
        let parking = &mut self.shared.state().parking;
        if self.left > 0 { parking.vouch() } else { parking.retract(pended) }
    }
}

/// Whether a join or race goes on after an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    GoOn,
    Stop,
}

/// Polls a child with a waker of ours, and notices one that awaits something that the context did not make.
pub(super) fn poll_child<F: Future>(
    shared: &Shared,
    child: Pin<&mut F>,
    waker: &Waker,
    ours: bool,
) -> Poll<F::Output> {
    let (scope, pended) = {
        let mut state = shared.state();
        (state.parking.enter(ours.then_some(waker)), state.parking.pended())
    };
    let poll = child.poll(&mut Context::from_waker(waker));
    let mut state = shared.state();
    state.parking.leave(scope);
    if poll.is_pending() && !state.parking.is_sound(pended) {
        state.parking.set_strayed();
    }
    poll
}
