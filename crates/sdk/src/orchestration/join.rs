//! [`JoinAll`] and [`TryJoinAll`]: waiting for all.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use super::{
    children::{Children, Progress},
    shared::Shared,
};
use crate::error::{Error, Result};

/// The future of [`OrchestrationContext::join_all`](super::OrchestrationContext::join_all).
///
/// ```
/// # use fnhost_sdk::{ActivityCall, JoinAll, OrchestrationContext};
/// fn copies(ctx: &OrchestrationContext, files: &[String]) -> JoinAll<ActivityCall<u64>> {
///     ctx.join_all(files.iter().map(|file| ctx.activity("Copy", file)))
/// }
/// ```
#[must_use = "nothing is awaited before this is"]
pub struct JoinAll<F: Future> {
    children: Children<F>,
    outputs: Vec<Option<F::Output>>,
}

impl<F: Future> JoinAll<F> {
    pub(super) fn new(shared: Arc<Shared>, futures: impl IntoIterator<Item = F>) -> Self {
        let children = Children::new(shared, futures);
        let outputs = (0..children.left()).map(|_| None).collect();
        Self { children, outputs }
    }
}

// The children are pinned in boxes of their own; outputs are only moved.
impl<F: Future> Unpin for JoinAll<F> {}

impl<F: Future> Future for JoinAll<F> {
    type Output = Vec<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { children, outputs } = &mut *self;
        children.poll_woken(cx, |index, output| {
            outputs[index] = Some(output);
            Progress::GoOn
        });
        if children.left() > 0 { Poll::Pending } else { Poll::Ready(outputs.drain(..).flatten().collect()) }
    }
}

/// The future of [`OrchestrationContext::try_join_all`](super::OrchestrationContext::try_join_all).
///
/// ```
/// # use fnhost_sdk::{ActivityCall, OrchestrationContext, TryJoinAll};
/// fn copies(ctx: &OrchestrationContext, files: &[String]) -> TryJoinAll<ActivityCall<u64>, u64> {
///     ctx.try_join_all(files.iter().map(|file| ctx.activity("Copy", file)))
/// }
/// ```
#[must_use = "nothing is awaited before this is"]
pub struct TryJoinAll<F, T> {
    children: Children<F>,
    outputs: Vec<Option<T>>,
}

impl<F: Future<Output = Result<T>>, T> TryJoinAll<F, T> {
    pub(super) fn new(shared: Arc<Shared>, futures: impl IntoIterator<Item = F>) -> Self {
        let children = Children::new(shared, futures);
        let outputs = (0..children.left()).map(|_| None).collect();
        Self { children, outputs }
    }
}

// The children are pinned in boxes of their own; outputs are only moved.
impl<F, T> Unpin for TryJoinAll<F, T> {}

impl<F: Future<Output = Result<T>>, T> Future for TryJoinAll<F, T> {
    type Output = Result<Vec<T>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { children, outputs } = &mut *self;
        let mut failed: Option<Error> = None;
        children.poll_woken(cx, |index, output| match output {
            Ok(value) => {
                outputs[index] = Some(value);
                Progress::GoOn
            }
            Err(error) => {
                failed = Some(error);
                Progress::Stop
            }
        });
        match failed {
            Some(error) => Poll::Ready(Err(error)),
            None if children.left() > 0 => Poll::Pending,
            None => Poll::Ready(Ok(outputs.drain(..).flatten().collect())),
        }
    }
}
