//! [`JoinBounded`]: waiting for all of a list, of which only so many run at once.

use std::{
    future::Future,
    iter::Fuse,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use super::{
    OrchestrationContext,
    children::{Children, Progress},
    shared::Shared,
};

impl OrchestrationContext {
    /// Waits for all of a list, of which at most so many run at once, and gives their outputs in the order of the
    /// list. A call begins when its future is made: hand over an iterator that makes each as it is asked for, not a
    /// list of futures. 0 at once counts as 1.
    ///
    /// Everything is in one history, about three events per item. Past a few thousand items use
    /// [`fan_out`](Self::fan_out), whose history stays short.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result};
    /// pub async fn run(ctx: OrchestrationContext, files: Vec<String>) -> Result<u64> {
    ///     let copies = files.iter().map(|file| ctx.activity::<u64>("Copy", file));
    ///     let sizes: Vec<u64> = ctx.join_bounded(50, copies).await.into_iter().collect::<Result<_>>()?;
    ///     Ok(sizes.iter().sum())
    /// }
    /// ```
    pub fn join_bounded<'i, F: Future>(
        &self,
        at_once: usize,
        futures: impl IntoIterator<Item = F, IntoIter: Send + 'i>,
    ) -> JoinBounded<'i, F> {
        JoinBounded::new(self.shared.clone(), at_once, Box::new(futures.into_iter()))
    }
}

/// The future of [`OrchestrationContext::join_bounded`].
///
/// ```
/// # use fnhost_sdk::{ActivityCall, JoinBounded, OrchestrationContext};
/// fn copies<'f>(ctx: &'f OrchestrationContext, files: &'f [String]) -> JoinBounded<'f, ActivityCall<u64>> {
///     ctx.join_bounded(50, files.iter().map(|file| ctx.activity("Copy", file)))
/// }
/// ```
#[must_use = "nothing begins before this is awaited"]
pub struct JoinBounded<'i, F: Future> {
    running: Children<F>,
    // Boxed: the compiler cannot show that a future which holds a closure over references may change threads.
    waiting: Fuse<Box<dyn Iterator<Item = F> + Send + 'i>>,
    at_once: usize,
    outputs: Vec<Option<F::Output>>,
}

impl<'i, F: Future> JoinBounded<'i, F> {
    fn new(shared: Arc<Shared>, at_once: usize, futures: Box<dyn Iterator<Item = F> + Send + 'i>) -> Self {
        let running = Children::new(shared, []);
        Self { running, waiting: futures.fuse(), at_once: at_once.max(1), outputs: Vec::new() }
    }

    /// Begins as many as may run; whether there were any.
    fn begin_more(&mut self) -> bool {
        let before = self.outputs.len();
        while self.running.left() < self.at_once
            && let Some(next) = self.waiting.next()
        {
            self.running.push(next);
            self.outputs.push(None);
        }
        self.outputs.len() > before
    }
}

// The children are pinned in boxes of their own; the iterator and outputs are only moved.
impl<F: Future> Unpin for JoinBounded<'_, F> {}

impl<F: Future> Future for JoinBounded<'_, F> {
    type Output = Vec<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        loop {
            let Self { running, outputs, .. } = this;
            running.poll_woken(cx, |index, output| {
                outputs[index] = Some(output);
                Progress::GoOn
            });
            if !this.begin_more() {
                break;
            }
        }
        if this.running.left() > 0 {
            Poll::Pending
        } else {
            Poll::Ready(this.outputs.drain(..).flatten().collect())
        }
    }
}
