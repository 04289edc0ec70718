//! [`EventWait`]: waiting for an external event.

use std::{
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use serde::de::DeserializeOwned;

use super::{inbox::WaitId, shared::Shared};
use crate::error::{Result, wrong_type};

/// A wait for an event, made by
/// [`OrchestrationContext::wait_for_event`](super::OrchestrationContext::wait_for_event). Dropping it ends the wait;
/// an event that it would have got goes to the next wait of that name.
///
/// ```
/// # use fnhost_sdk::{OrchestrationContext, Result};
/// pub async fn run(ctx: OrchestrationContext) -> Result<String> {
///     ctx.wait_for_event::<String>("WeatherResponse").await
/// }
/// ```
#[must_use = "an event is consumed by awaiting it"]
pub struct EventWait<T> {
    shared: Arc<Shared>,
    name: Box<str>,
    /// The name as it is compared.
    key: Box<str>,
    id: WaitId,
    payload: PhantomData<fn() -> T>,
}

impl<T> EventWait<T> {
    pub(super) fn new(shared: Arc<Shared>, name: &str) -> Self {
        let key = name.to_lowercase().into_boxed_str();
        let id = shared.state().inbox.wait(&key);
        Self { shared, name: name.into(), key, id, payload: PhantomData }
    }
}

impl<T: DeserializeOwned> Future for EventWait<T> {
    type Output = Result<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(payload) = self.shared.state().poll_event(self.id, cx.waker()) else { return Poll::Pending };
        Poll::Ready(payload.read().map_err(|reason| {
            wrong_type::<T>(&format!("the payload of event `{}`", self.name), &payload, &reason)
        }))
    }
}

impl<T> Drop for EventWait<T> {
    fn drop(&mut self) {
        let next = self.shared.state().give_up_event(&self.key, self.id);
        if let Some(waker) = next {
            waker.wake();
        }
    }
}

impl<T> fmt::Debug for EventWait<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EventWait").field(&self.name).finish()
    }
}
