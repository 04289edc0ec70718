//! What waits to be written, and who goes on with it.
//!
//! Handing in a commit usually wakes the committer's task: until it runs, what else is about to end joins the batch.
//! When nothing else is under way nothing could join. Then whoever hands it in goes on in the committer's place, as far
//! as that goes without waiting, and a commit is on its way without waking a thread for it.

use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

use crate::committer::Item;

/// Items in the order in which they were handed in.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    items: Vec<Item>,
    closed: bool,
    /// Of the committer's task, while the committer waits for items.
    waiting: Option<Waker>,
}

impl Queue {
    /// Puts an item at the end. What is handed in after the end is dropped. A committer that waits for it is to be woken
    /// by whoever gets its waker.
    #[must_use]
    pub(crate) fn push(&self, item: Item) -> Option<Waker> {
        let mut state = lock(&self.state);
        if !state.closed {
            state.items.push(item);
        }
        state.waiting.take()
    }

    /// Takes no more items.
    fn close(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        let waiting = state.waiting.take();
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Takes what there is, as soon as there is something; `None` after the end.
    pub(crate) async fn take(&self) -> Option<Vec<Item>> {
        poll_fn(|context| {
            let mut state = lock(&self.state);
            if !state.items.is_empty() {
                return Poll::Ready(Some(std::mem::take(&mut state.items)));
            }
            if state.closed {
                return Poll::Ready(None);
            }
            state.waiting = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }
}

/// The end of a queue where items are handed in. The committer ends after it is dropped, when everything is written.
pub(crate) struct Commits {
    queue: Arc<Queue>,
    committer: Arc<Running>,
}

/// A committer at work, for whoever goes on with it; `None` at its end.
type Running = Mutex<Option<BoxFuture<'static, ()>>>;

/// Goes on with a committer as far as that goes without waiting. A panic, which has been said by then, is its end, and not
/// that of whoever goes on with it.
fn go_on(committer: &mut Option<BoxFuture<'static, ()>>, context: &mut Context<'_>) -> Poll<()> {
    if let Some(running) = committer {
        let polled = catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(context)));
        if matches!(polled, Ok(Poll::Pending)) {
            return Poll::Pending;
        }
        *committer = None;
    }
    Poll::Ready(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Commits {
    /// Runs a committer of this queue.
    pub(crate) fn spawn(
        queue: Arc<Queue>,
        committer: impl Future<Output = ()> + Send + 'static,
        writers: &TaskTracker,
        runtime: &Handle,
    ) -> Self {
        let committer: Arc<Running> = Arc::new(Mutex::new(Some(Box::pin(committer))));
        writers.spawn_on(Owner(committer.clone()), runtime);
        Self { queue, committer }
    }

    /// A queue that takes nothing.
    pub(crate) fn closed() -> Self {
        let queue = Queue::default();
        queue.close();
        Self { queue: Arc::new(queue), committer: Arc::default() }
    }

    /// Hands in an item. Whoever is given a committer that waits for it wakes it or goes on with it.
    #[must_use]
    pub(crate) fn push(&self, item: Item) -> Option<Idle> {
        let waker = self.queue.push(item)?;
        Some(Idle { committer: self.committer.clone(), waker })
    }
}

/// The committer's own task. With it, the committer ends.
struct Owner(Arc<Running>);

impl Future for Owner {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        go_on(&mut lock(&self.0), context)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // What it holds may call anything when it is dropped, so it is dropped outside of the lock.
        let committer = lock(&self.0).take();
        drop(committer);
    }
}

impl Drop for Commits {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// A committer that has been handed something and does not know it yet.
pub(crate) struct Idle {
    committer: Arc<Running>,
    waker: Waker,
}

impl Idle {
    /// Has its own task go on.
    pub(crate) fn wake(self) {
        self.waker.wake();
    }

    /// Goes on at once, until it has to wait for the store; its own task takes over from there. Not to be called under a
    /// lock that the committer may want.
    pub(crate) fn go_on(self, runtime: &Handle) {
        let Ok(mut committer) = self.committer.try_lock() else { return self.waker.wake() };
        // What it waits for belongs to its own runtime, wherever it is polled.
        let _entered = runtime.enter();
        if go_on(&mut committer, &mut Context::from_waker(&self.waker)).is_ready() {
            // So that its task ends too.
            self.waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };

    use durable_core::store::{Commit, PurgeCommit};
    use fnhost_protocol::ids::InstanceId;
    use tokio::sync::Notify;

    use super::*;
    use crate::machine::Ticket;

    fn item(key: &str) -> Item {
        (Ticket::Retention, Commit::Purge(PurgeCommit { id: InstanceId::from_stored(key), only: None }))
    }

    /// The clock goes on by itself when nothing else can.
    async fn ended(writers: &TaskTracker) {
        tokio::time::timeout(Duration::from_secs(1), writers.wait()).await.expect("the committer ends");
    }

    /// A committer that counts what it takes, and then waits as for a store.
    struct Scene {
        commits: Commits,
        taken: Arc<AtomicUsize>,
        store: Arc<Notify>,
        writers: TaskTracker,
    }

    impl Scene {
        fn new() -> Self {
            let (queue, taken, store) =
                (Arc::<Queue>::default(), Arc::<AtomicUsize>::default(), Arc::<Notify>::default());
            let (own, count, answer) = (queue.clone(), taken.clone(), store.clone());
            let committer = async move {
                while let Some(items) = own.take().await {
                    count.fetch_add(items.len(), Ordering::SeqCst);
                    answer.notified().await;
                }
            };
            let writers = TaskTracker::new();
            let commits = Commits::spawn(queue, committer, &writers, &Handle::current());
            Self { commits, taken, store, writers }
        }

        fn taken(&self) -> usize {
            self.taken.load(Ordering::SeqCst)
        }

        /// Everything that is ready runs.
        async fn settle(&self) {
            for _ in 0..8 {
                tokio::task::yield_now().await;
            }
        }

        /// The committer's task, until everything is written.
        async fn end(self) {
            drop(self.commits);
            self.store.notify_one();
            self.writers.close();
            ended(&self.writers).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_hands_in_goes_on_in_the_committers_place() {
        let scene = Scene::new();
        scene.settle().await;
        let idle = scene.commits.push(item("1")).expect("the committer waits");
        assert_eq!(scene.taken(), 0);
        idle.go_on(&Handle::current());
        assert_eq!(scene.taken(), 1, "before any other task ran");
        // While it waits for the store it waits for no items: they gather.
        assert!(scene.commits.push(item("2")).is_none());
        assert!(scene.commits.push(item("3")).is_none());
        // The store's answer wakes its own task.
        scene.store.notify_one();
        scene.settle().await;
        assert_eq!(scene.taken(), 3);
        scene.end().await;
    }

    #[tokio::test(start_paused = true)]
    async fn its_own_task_goes_on_when_it_is_woken() {
        let scene = Scene::new();
        scene.settle().await;
        let idle = scene.commits.push(item("1")).expect("the committer waits");
        assert!(scene.commits.push(item("2")).is_none(), "one is to wake it");
        idle.wake();
        scene.settle().await;
        assert_eq!(scene.taken(), 2);
        scene.end().await;
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_handed_in_before_the_end_is_written() {
        for in_place in [true, false] {
            let scene = Scene::new();
            scene.settle().await;
            let idle = scene.commits.push(item("1")).expect("the committer waits");
            let Scene { commits, taken, store, writers } = scene;
            drop(commits);
            store.notify_one();
            if in_place {
                idle.go_on(&Handle::current())
            } else {
                idle.wake()
            }
            writers.close();
            ended(&writers).await;
            assert_eq!(taken.load(Ordering::SeqCst), 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_committer_that_somebody_goes_on_with_is_not_polled_twice() {
        let scene = Scene::new();
        scene.settle().await;
        let idle = scene.commits.push(item("1")).expect("the committer waits");
        let busy = scene.commits.committer.clone();
        let held = busy.lock().unwrap();
        // Cannot have it, so it wakes the task, which has its turn when the other one is done.
        idle.go_on(&Handle::current());
        assert_eq!(scene.taken(), 0);
        drop(held);
        scene.settle().await;
        assert_eq!(scene.taken(), 1);
        scene.end().await;
    }

    #[tokio::test(start_paused = true)]
    async fn it_ends_with_its_task() {
        let queue = Arc::<Queue>::default();
        let (own, alive) = (queue.clone(), Arc::new(()));
        let held = alive.clone();
        let committer = async move {
            while own.take().await.is_some() {
                assert_eq!(Arc::strong_count(&held), 1, "it does not go on");
            }
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let commits = Commits::spawn(queue, committer, &TaskTracker::new(), runtime.handle());
        let runtime = tokio::task::spawn_blocking(move || {
            runtime.block_on(tokio::task::yield_now());
            runtime
        })
        .await
        .unwrap();
        let idle = commits.push(item("1")).expect("the committer waits");
        runtime.shutdown_background();
        assert_eq!(Arc::strong_count(&alive), 1, "what it held is gone");
        idle.go_on(&Handle::current());
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_ends_it_and_nobody_else() {
        let queue = Arc::<Queue>::default();
        let own = queue.clone();
        let committer = async move {
            own.take().await;
            panic!("as the test wants");
        };
        let writers = TaskTracker::new();
        let commits = Commits::spawn(queue, committer, &writers, &Handle::current());
        tokio::task::yield_now().await;
        let idle = commits.push(item("1")).expect("the committer waits");
        idle.go_on(&Handle::current());
        writers.close();
        ended(&writers).await;
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_end_nothing_is_taken() {
        let commits = Commits::closed();
        assert!(commits.push(item("1")).is_none());
        assert!(commits.queue.take().await.is_none());
    }
}
