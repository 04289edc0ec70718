//! The futures of calls: activities, sub-orchestrations, entities.
//!
//! The call is made when the future is made, not when it is first awaited: several calls made one after another
//! run side by side, and a call whose future is dropped runs all the same, only its result is ignored.

use std::{
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use fnhost_protocol::{history::TaskId, json::JsonText};
use serde::de::DeserializeOwned;

use super::{
    RetryPolicy,
    shared::{Shared, call_failure},
};
use crate::error::{Error, Result, wrong_type};

/// The common part of all calls.
pub(super) enum Call {
    /// Asked for under this number.
    Asked(Arc<Shared>, TaskId),
    /// Could not be asked for.
    Refused(Option<Error>),
    /// Its result was taken.
    Over,
}

impl Call {
    /// Why it could not be asked for.
    pub(super) fn refusal(&mut self) -> Option<Error> {
        match self {
            Self::Refused(error) => error.take(),
            Self::Asked(..) | Self::Over => None,
        }
    }

    #[track_caller]
    fn retry(self, policy: &RetryPolicy) -> Self {
        let Self::Asked(shared, id) = &self else { return self };
        let taken = shared.state().retry_call(*id, policy);
        match taken {
            Ok(()) => self,
            Err(error) => Self::Refused(Some(error)),
        }
    }

    fn poll(&mut self, cx: &Context<'_>) -> Poll<Result<(JsonText, String)>> {
        let (result, subject) = match self {
            Self::Refused(error) => {
                return Poll::Ready(Err(error.take().expect("a refused call is awaited after it was over")));
            }
            Self::Over => panic!("a call is awaited after it was over"),
            Self::Asked(shared, id) => {
                let mut state = shared.state();
                let Poll::Ready(result) = state.poll_task(*id, cx) else { return Poll::Pending };
                let task = &state.tasks[*id as usize];
                match result {
                    Ok(value) => (Ok(value), format!("{} `{}`", task.kind, task.name)),
                    Err(failure) => (Err(call_failure(task, failure)), String::new()),
                }
            }
        };
        *self = Self::Over;
        Poll::Ready(result.map(|value| (value, subject)).map_err(Error::from_failure))
    }

    fn poll_typed<R: DeserializeOwned>(&mut self, cx: &Context<'_>) -> Poll<Result<R>> {
        self.poll(cx).map(|result| {
            let (value, subject) = result?;
            value
                .read()
                .map_err(|reason| wrong_type::<R>(&format!("the result of {subject}"), &value, &reason))
        })
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Self::Asked(shared, id) = self {
            shared.state().give_up(*id);
        }
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked(_, id) => write!(f, "task {id}"),
            Self::Refused(_) => f.write_str("refused"),
            Self::Over => f.write_str("over"),
        }
    }
}

macro_rules! call_future {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug)]
        #[must_use = "the call is made, but its result and failure are ignored unless it is awaited"]
        pub struct $name<R> {
            call: Call,
            result: PhantomData<fn() -> R>,
        }

        impl<R> $name<R> {
            pub(super) fn new(call: Call) -> Self {
                Self { call, result: PhantomData }
            }
        }

        impl<R: DeserializeOwned> Future for $name<R> {
            type Output = Result<R>;

            fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                self.call.poll_typed(cx)
            }
        }
    };
}

macro_rules! retriable {
    ($name:ident, $example:literal) => {
        impl<R> $name<R> {
            /// Tries again when it fails, as this policy says; whatever the called function's `function.toml` says
            /// about retries does not hold then. To be said where the call is made, before anything is awaited.
            ///
            /// Dropping the call, as by losing a [`first`](super::OrchestrationContext::first), ends the attempts.
            ///
            /// ```
            /// # use fnhost_sdk::{OrchestrationContext, Result, RetryPolicy};
            /// # use std::time::Duration;
            #[doc = $example]
            /// ```
            #[track_caller]
            pub fn retry(self, policy: RetryPolicy) -> Self {
                Self::new(self.call.retry(&policy))
            }
        }
    };
}

retriable!(
    ActivityCall,
    "pub async fn run(ctx: OrchestrationContext) -> Result<()> {
    let policy = RetryPolicy::new(Duration::from_secs(1), 5).backoff(2.0);
    ctx.activity::<()>(\"SendMail\", \"hello\").retry(policy).await
}"
);
retriable!(
    SubOrchestrationCall,
    "pub async fn run(ctx: OrchestrationContext, site: String) -> Result<u64> {
    let policy = RetryPolicy::new(Duration::from_secs(60), 3);
    ctx.sub_orchestration::<u64>(\"BackUpSite\", site).retry(policy).await // each attempt is a child of its own
}"
);

call_future! {
    /// A running activity, made by [`OrchestrationContext::activity`](super::OrchestrationContext::activity).
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result};
    /// pub async fn run(ctx: OrchestrationContext) -> Result<u32> {
    ///     let one = ctx.activity::<u32>("CountWords", "a b"); // both run side by side
    ///     let two = ctx.activity::<u32>("CountWords", "c d e");
    ///     Ok(one.await? + two.await?)
    /// }
    /// ```
    ActivityCall
}

call_future! {
    /// A running child, made by
    /// [`OrchestrationContext::sub_orchestration`](super::OrchestrationContext::sub_orchestration).
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result};
    /// pub async fn run(ctx: OrchestrationContext, sites: Vec<String>) -> Result<Vec<u64>> {
    ///     ctx.try_join_all(sites.iter().map(|site| ctx.sub_orchestration("BackUpSite", site))).await
    /// }
    /// ```
    SubOrchestrationCall
}

call_future! {
    /// A call of an entity that is under way, made by
    /// [`OrchestrationContext::call_entity`](super::OrchestrationContext::call_entity).
    ///
    /// ```
    /// # use fnhost_sdk::{EntityId, OrchestrationContext, Result};
    /// pub async fn run(ctx: OrchestrationContext) -> Result<i64> {
    ///     ctx.call_entity::<i64>(&EntityId::new("Counter", "visits")?, "Get", ()).await
    /// }
    /// ```
    EntityCall
}
