//! [`Watched`]: user code that the watchdog can name, and whose panics go no further.

use std::{
    any::Any,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use fnhost_protocol::failure::{Failure, kind};
use futures_util::future::BoxFuture;

use super::{slot::on_slot, subject::Subject};

/// Polls user code on its thread's slot. The SDK contains panics of handlers; what still arrives here comes from
/// a destructor of user code or from a defect of ours, and becomes a failure too.
pub(super) struct Watched<T> {
    /// Lent to the slot while polled.
    subject: Option<Subject>,
    /// Gone once it has ended.
    future: Option<BoxFuture<'static, T>>,
}

impl<T> Watched<T> {
    pub(super) fn new(subject: Subject, future: BoxFuture<'static, T>) -> Self {
        Self { subject: Some(subject), future: Some(future) }
    }
}

impl<T> Future for Watched<T> {
    type Output = Result<T, Failure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { subject, future } = &mut *self;
        let polled = on_slot(subject, || {
            catch_unwind(AssertUnwindSafe(|| {
                let running = future.as_mut().expect("a future is not polled after it has ended");
                let polled = running.as_mut().poll(cx);
                if polled.is_ready() {
                    // Its destructors are user code as well.
                    *future = None;
                }
                polled
            }))
        });
        match polled {
            Ok(polled) => polled.map(Ok),
            Err(payload) => Poll::Ready(Err(panicked(payload))),
        }
    }
}

impl<T> Drop for Watched<T> {
    fn drop(&mut self) {
        let Self { subject, future } = self;
        if let Some(future) = future.take() {
            on_slot(subject, || discard(future));
        }
    }
}

/// Drops what user code owns; a destructor that panics is logged and forgotten.
pub(in crate::workers) fn discard<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        let failure = panicked(payload);
        tracing::warn!(%failure, "a destructor of user code panicked");
    }
}

fn panicked(payload: Box<dyn Any + Send>) -> Failure {
    let text = match payload.downcast::<&'static str>() {
        Ok(text) => (*text).to_owned(),
        Err(payload) => match payload.downcast::<String>() {
            Ok(text) => *text,
            Err(payload) => {
                // Its destructor is unknown code that may panic again.
                std::mem::forget(payload);
                "a value that is no text".to_owned()
            }
        },
    };
    Failure::new(kind::PANIC, format!("the code panicked outside of its handler: {text}"))
}
