//! [`First`]: waiting for whichever is first.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use super::{
    Settled,
    children::{Children, Progress, poll_child},
    shared::Shared,
};
use crate::error::{Error, Result};

/// Which of two was first, with its value.
///
/// ```
/// # use fnhost_sdk::{First, OrchestrationContext, Result};
/// # use std::time::Duration;
/// pub async fn run(ctx: OrchestrationContext) -> Result<&'static str> {
///     let approval = ctx.wait_for_event::<bool>("Approval");
///     let deadline = ctx.timer(Duration::from_secs(72 * 3600));
///     Ok(match ctx.first(approval, deadline).await? {
///         First::Left(true) => "approved",
///         First::Left(false) => "refused",
///         First::Right(()) => "too late",
///     })
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First<L, R> {
    /// The first of the two.
    Left(L),
    /// The second of the two.
    Right(R),
}

/// The future of [`OrchestrationContext::first`](super::OrchestrationContext::first).
///
/// ```
/// # use fnhost_sdk::{ActivityCall, FirstOfTwo, OrchestrationContext, Timer};
/// # use std::time::Duration;
/// fn begin(ctx: &OrchestrationContext) -> FirstOfTwo<ActivityCall<u64>, Timer> {
///     ctx.first(ctx.activity("CountFiles", "/var/log"), ctx.timer(Duration::from_secs(5)))
/// }
/// ```
#[must_use = "nothing is awaited before this is"]
pub struct FirstOfTwo<A, B> {
    shared: Arc<Shared>,
    both: Option<Both<A, B>>,
}

type Both<A, B> = (Pin<Box<A>>, Pin<Box<B>>);

impl<A, B> FirstOfTwo<A, B> {
    pub(super) fn new(shared: Arc<Shared>, left: A, right: B) -> Self {
        Self { shared, both: Some((Box::pin(left), Box::pin(right))) }
    }
}

impl<A, B> Future for FirstOfTwo<A, B>
where
    A: Future<Output: Settled>,
    B: Future<Output: Settled>,
{
    type Output = Result<First<<A::Output as Settled>::Value, <B::Output as Settled>::Value>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { shared, both } = &mut *self;
        let (left, right) = both.as_mut().expect("`first` is awaited after it was over");
        let (ours, pended) = {
            let state = shared.state();
            (state.parking.is_ours(cx.waker()), state.parking.pended())
        };
        let winner = match poll_child(shared, left.as_mut(), cx.waker(), ours) {
            Poll::Ready(output) => output.settle().map(First::Left),
            Poll::Pending => match poll_child(shared, right.as_mut(), cx.waker(), ours) {
                Poll::Ready(output) => output.settle().map(First::Right),
                Poll::Pending => return Poll::Pending,
            },
        };
        // The loser is dropped now: a timer is cancelled before the code goes on.
        *both = None;
        shared.state().parking.retract(pended);
        Poll::Ready(winner)
    }
}

/// The future of [`OrchestrationContext::first_of`](super::OrchestrationContext::first_of).
///
/// ```
/// # use fnhost_sdk::{EventWait, FirstOf, OrchestrationContext};
/// fn any_button(ctx: &OrchestrationContext) -> FirstOf<EventWait<()>> {
///     ctx.first_of(["Red", "Green"].map(|button| ctx.wait_for_event(button)))
/// }
/// ```
#[must_use = "nothing is awaited before this is"]
pub struct FirstOf<F>(Children<F>);

impl<F: Future> FirstOf<F> {
    pub(super) fn new(shared: Arc<Shared>, futures: impl IntoIterator<Item = F>) -> Self {
        Self(Children::new(shared, futures))
    }
}

// The children are pinned in boxes of their own.
impl<F> Unpin for FirstOf<F> {}

impl<F: Future<Output: Settled>> Future for FirstOf<F> {
    type Output = Result<(usize, <F::Output as Settled>::Value)>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.0.left() == 0 {
            return Poll::Ready(Err(Error::new("`first_of` was given an empty list: nothing can be first")));
        }
        let mut winner = None;
        self.0.poll_woken(cx, |index, output| {
            winner = Some(output.settle().map(|value| (index, value)));
            Progress::Stop
        });
        winner.map_or(Poll::Pending, Poll::Ready)
    }
}
