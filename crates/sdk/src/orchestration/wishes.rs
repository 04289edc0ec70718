//! What an orchestration may ask for: calls, timers, events, and ways to wait for several.

use std::future::Future;

use fnhost_protocol::{action::Action, history::TaskId, ids::InstanceId, json::JsonText};
use serde::Serialize;

use super::{
    ActivityCall, EventWait, FireTime, FirstOf, FirstOfTwo, JoinAll, OrchestrationContext, Settled,
    SubOrchestrationCall, Timer, TryJoinAll, task_futures::Call, tasks::TaskKind,
};
use crate::{
    error::{Context as _, Error, Result},
    ids::ToInstanceId,
};

impl OrchestrationContext {
    /// Calls an activity. It begins at once, whether or not the value is awaited; it may run again when a host
    /// dies, but this code sees one result.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result};
    /// pub async fn run(ctx: OrchestrationContext) -> Result<String> {
    ///     ctx.activity::<String>("SayHello", "Tokyo").await
    /// }
    /// ```
    #[track_caller]
    pub fn activity<R>(&self, name: &str, input: impl Serialize) -> ActivityCall<R> {
        ActivityCall::new(self.ask(TaskKind::Activity, name, name, &input, |id, input| {
            Action::ScheduleTask { id, name: name.to_owned(), input, retry: None }
        }))
    }

    /// Starts another orchestration as a child with a generated id; awaiting it gives its result.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result};
    /// pub async fn run(ctx: OrchestrationContext, run_id: String) -> Result<()> {
    ///     ctx.sub_orchestration::<()>("DownloadSamples", &run_id).await
    /// }
    /// ```
    #[track_caller]
    pub fn sub_orchestration<R>(&self, name: &str, input: impl Serialize) -> SubOrchestrationCall<R> {
        self.child(name, None, &input)
    }

    /// Starts another orchestration as a child with this id.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result};
    /// pub async fn run(ctx: OrchestrationContext) -> Result<()> {
    ///     let id = format!("{}:0", ctx.instance_id());
    ///     ctx.sub_orchestration_with_id::<()>("DownloadSamples", &id, ()).await
    /// }
    /// ```
    #[track_caller]
    pub fn sub_orchestration_with_id<R>(
        &self,
        name: &str,
        id: impl ToInstanceId,
        input: impl Serialize,
    ) -> SubOrchestrationCall<R> {
        match id.to_instance_id() {
            Ok(id) => self.child(name, Some(id), &input),
            Err(error) => {
                let error =
                    Error::from(error).context(format_args!("sub-orchestration `{name}` cannot be started"));
                self.shared.state().skip_task(TaskKind::SubOrchestration, name);
                SubOrchestrationCall::new(Call::Refused(Some(error)))
            }
        }
    }

    #[track_caller]
    fn child<R>(
        &self,
        name: &str,
        instance: Option<InstanceId>,
        input: &impl Serialize,
    ) -> SubOrchestrationCall<R> {
        if let Some(error) = self.forbidden_child(name) {
            self.shared.state().skip_task(TaskKind::SubOrchestration, name);
            return SubOrchestrationCall::new(Call::Refused(Some(error)));
        }
        SubOrchestrationCall::new(self.ask(TaskKind::SubOrchestration, name, name, input, |id, input| {
            Action::CreateSubOrchestration { id, name: name.to_owned(), instance, input, retry: None }
        }))
    }

    /// Makes a timer: a `Duration` from now, a time, or a setting that holds seconds. It runs from now on, and is
    /// cancelled when it is dropped.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result};
    /// # use std::time::Duration;
    /// pub async fn run(ctx: OrchestrationContext) -> Result<()> {
    ///     ctx.timer(Duration::from_secs(30 * 60)).await
    /// }
    /// ```
    #[track_caller]
    pub fn timer(&self, until: impl FireTime) -> Timer {
        // Not under the lock: `FireTime` may be the user's.
        let fire_at = until.fire_time(self.now());
        let mut state = self.shared.state();
        match fire_at {
            Ok(fire_at) => {
                let id = state.next_task();
                state.ask(TaskKind::Timer, "", Action::CreateTimer { id, fire_at });
                Timer::asked(self.shared.clone(), id)
            }
            Err(error) => {
                state.skip_task(TaskKind::Timer, "");
                Timer::refused(error)
            }
        }
    }

    /// Waits for an event that somebody raises for this instance. Names are compared without case; an event that
    /// came before is there already; each wait consumes one, in order.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result};
    /// pub async fn run(ctx: OrchestrationContext) -> Result<bool> {
    ///     ctx.wait_for_event::<bool>("Approval").await
    /// }
    /// ```
    pub fn wait_for_event<T>(&self, name: &str) -> EventWait<T> {
        EventWait::new(self.shared.clone(), name)
    }

    /// Waits for whichever of two is first, and drops the other: a timer is cancelled, the result of a call is
    /// ignored. A failure of the first is the failure of both.
    ///
    /// ```
    /// # use fnhost_sdk::{First, OrchestrationContext, Result};
    /// # use std::time::Duration;
    /// pub async fn run(ctx: OrchestrationContext) -> Result<Option<String>> {
    ///     let answer = ctx.activity::<String>("AskTheOracle", "why?");
    ///     match ctx.first(answer, ctx.timer(Duration::from_secs(5))).await? {
    ///         First::Left(answer) => Ok(Some(answer)),
    ///         First::Right(()) => Ok(None),
    ///     }
    /// }
    /// ```
    pub fn first<A, B>(&self, left: A, right: B) -> FirstOfTwo<A, B>
    where
        A: Future<Output: Settled>,
        B: Future<Output: Settled>,
    {
        FirstOfTwo::new(self.shared.clone(), left, right)
    }

    /// Waits for whichever of a list is first: its place and its value. The others are dropped.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result};
    /// pub async fn run(ctx: OrchestrationContext, mirrors: Vec<String>) -> Result<String> {
    ///     let downloads = mirrors.iter().map(|mirror| ctx.activity::<()>("Download", mirror));
    ///     let (fastest, ()) = ctx.first_of(downloads).await?;
    ///     Ok(mirrors[fastest].clone())
    /// }
    /// ```
    pub fn first_of<F>(&self, futures: impl IntoIterator<Item = F>) -> FirstOf<F>
    where
        F: Future<Output: Settled>,
    {
        FirstOf::new(self.shared.clone(), futures)
    }

    /// Waits for all of a list, and gives their outputs in the order of the list. An empty list gives `[]`.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result};
    /// pub async fn run(ctx: OrchestrationContext, files: Vec<String>) -> Result<usize> {
    ///     let copies = ctx.join_all(files.iter().map(|file| ctx.activity::<u64>("Copy", file))).await;
    ///     Ok(copies.iter().filter(|copy| copy.is_ok()).count())
    /// }
    /// ```
    pub fn join_all<F: Future>(&self, futures: impl IntoIterator<Item = F>) -> JoinAll<F> {
        JoinAll::new(self.shared.clone(), futures)
    }

    /// Waits for all of a list, or for the first that fails. The others are then dropped.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result};
    /// pub async fn run(ctx: OrchestrationContext, files: Vec<String>) -> Result<u64> {
    ///     let sizes = ctx.try_join_all(files.iter().map(|file| ctx.activity::<u64>("Copy", file))).await?;
    ///     Ok(sizes.iter().sum())
    /// }
    /// ```
    pub fn try_join_all<F, T>(&self, futures: impl IntoIterator<Item = F>) -> TryJoinAll<F, T>
    where
        F: Future<Output = Result<T>>,
    {
        TryJoinAll::new(self.shared.clone(), futures)
    }

    /// Takes the next number and asks for what it stands for, unless the input cannot be written as JSON.
    #[track_caller]
    pub(super) fn ask(
        &self,
        kind: TaskKind,
        task_name: &str,
        name: &str,
        input: &impl Serialize,
        action: impl FnOnce(TaskId, JsonText) -> Action,
    ) -> Call {
        let recorded = {
            let state = self.shared.state();
            let id = state.next_task();
            state.recorded.call(id).is_some()
        };
        let input = if recorded {
            Ok(JsonText::null())
        } else {
            // Not under the lock: `Serialize` is user code.
            JsonText::of(input)
                .with_context(|| format!("the input of {kind} `{name}` cannot be written as JSON"))
        };
        let mut state = self.shared.state();
        match input {
            Ok(input) => {
                let id = state.next_task();
                state.ask(kind, task_name, action(id, input));
                state.begin_call(id);
                Call::Asked(self.shared.clone(), id)
            }
            Err(error) => {
                state.skip_task(kind, task_name);
                Call::Refused(Some(error))
            }
        }
    }
}
