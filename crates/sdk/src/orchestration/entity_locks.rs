//! Critical sections: several entities locked at once, for as long as a value lives.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use fnhost_protocol::{action::Action, failure::kind, history::TaskId, ids::EntityId};

use super::{
    OrchestrationContext,
    shared::{Shared, State},
    tasks::TaskKind,
};
use crate::error::{Error, Result};

/// The critical section that code is in, or waits to enter.
#[derive(Debug)]
pub(super) struct Section {
    task: TaskId,
    /// In the order in which they are locked.
    entities: Arc<[EntityId]>,
    granted: bool,
}

impl OrchestrationContext {
    /// Locks entities: from when this is awaited until the value is dropped, only this orchestration's operations run
    /// on them. The operations of all others wait, in their order.
    ///
    /// All or nothing: the code goes on when all are locked. Two orchestrations that lock the same entities never wait
    /// for each other for ever, in whatever order each names them.
    ///
    /// The locks are released when the value is [released](EntityLocks::release) or dropped, and at the end of the
    /// orchestration, however it ends. Within such a critical section an orchestration cannot lock again, call an
    /// entity that it has not locked, or start a sub-orchestration: each is an error, because it could wait for
    /// somebody who waits for these locks.
    ///
    /// ```
    /// # use fnhost_sdk::{EntityId, OrchestrationContext, Result};
    /// pub async fn run(ctx: OrchestrationContext, amount: i64) -> Result<bool> {
    ///     let (from, to) = (EntityId::new("Account", "alice")?, EntityId::new("Account", "bob")?);
    ///     let locks = ctx.lock([&from, &to]).await?;
    ///     if ctx.call_entity::<i64>(&from, "Balance", ()).await? < amount {
    ///         return Ok(false);
    ///     }
    ///     ctx.call_entity::<()>(&from, "Withdraw", amount).await?;
    ///     ctx.call_entity::<()>(&to, "Deposit", amount).await?;
    ///     locks.release();
    ///     Ok(true)
    /// }
    /// ```
    #[track_caller]
    pub fn lock<'a>(&self, entities: impl IntoIterator<Item = &'a EntityId>) -> LockRequest {
        let mut entities: Vec<EntityId> = entities.into_iter().cloned().collect();
        entities.sort_unstable();
        entities.dedup();
        let names = listed(&entities);
        let mut state = self.shared.state();
        let refusal = match &state.section {
            Some(section) => Some(section.forbids(format_args!("{names} cannot be locked"))),
            None if entities.is_empty() => Some(violation("a lock names no entity; name at least one")),
            None => None,
        };
        if let Some(error) = refusal {
            state.skip_task(TaskKind::EntityLock, &names);
            return LockRequest(Progress::Refused(Some(error)));
        }
        let task = state.next_task();
        state.ask(
            TaskKind::EntityLock,
            &names,
            Action::LockEntities { id: task, entities: entities.clone() },
        );
        state.section = Some(Section { task, entities: entities.into(), granted: false });
        LockRequest(Progress::Asked(self.shared.clone(), task))
    }

    /// Why an entity cannot be called now.
    #[track_caller]
    pub(super) fn forbidden_call(&self, entity: &EntityId, operation: &str) -> Option<Error> {
        let state = self.shared.state();
        let section = state.section.as_ref()?;
        let allowed = section.granted && section.entities.contains(entity);
        let what = format_args!("`{operation}` of entity {entity} cannot be called");
        (!allowed).then(|| section.forbids(what))
    }

    /// Why a child cannot be started now.
    #[track_caller]
    pub(super) fn forbidden_child(&self, name: &str) -> Option<Error> {
        let state = self.shared.state();
        let section = state.section.as_ref()?;
        Some(section.forbids(format_args!("sub-orchestration `{name}` cannot be started")))
    }
}

impl Section {
    #[track_caller]
    fn forbids(&self, what: fmt::Arguments<'_>) -> Error {
        let names = listed(&self.entities);
        violation(if self.granted {
            format!(
                "{what} while this orchestration holds the locks of {names}: it may wait for somebody who waits for \
                 these. Lock all entities at once, call only those, and release the locks before anything else"
            )
        } else {
            format!("{what} while this orchestration waits for the locks of {names}. Await them first")
        })
    }
}

impl State {
    /// The code has left its critical section, or gives up waiting for it.
    pub(super) fn end_section(&mut self, task: TaskId) {
        if self.section.take_if(|section| section.task == task).is_some() {
            self.wish(Action::UnlockEntities { id: task });
        }
    }
}

#[track_caller]
fn violation(message: impl fmt::Display) -> Error {
    Error::new(message).with_kind(kind::CRITICAL_SECTION).non_retriable()
}

/// Entities in messages.
pub(super) fn listed(entities: &[EntityId]) -> String {
    entities.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A request for locks, made by [`OrchestrationContext::lock`]. Dropping it gives the request up.
///
/// ```
/// # use fnhost_sdk::{EntityId, First, OrchestrationContext, Result};
/// # use std::time::Duration;
/// pub async fn run(ctx: OrchestrationContext) -> Result<bool> {
///     let stock = EntityId::new("Stock", "boots")?;
///     match ctx.first(ctx.lock([&stock]), ctx.timer(Duration::from_secs(10))).await? {
///         First::Left(_locks) => ctx.call_entity::<bool>(&stock, "Reserve", 1).await,
///         First::Right(()) => Ok(false), // others are busy with it
///     }
/// }
/// ```
#[must_use = "a request for locks that is dropped is given up"]
pub struct LockRequest(Progress);

enum Progress {
    Asked(Arc<Shared>, TaskId),
    /// It could not be asked for.
    Refused(Option<Error>),
    Over,
}

impl Future for LockRequest {
    type Output = Result<EntityLocks>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Progress::Asked(shared, task) => {
                let mut state = shared.state();
                let Poll::Ready(result) = state.poll_task(*task, cx) else { return Poll::Pending };
                let section = state.section.as_mut().filter(|section| section.task == *task);
                let locked = section.map(|section| {
                    section.granted = true;
                    section.entities.clone()
                });
                drop(state);
                let locks =
                    EntityLocks { shared: shared.clone(), task: *task, entities: locked.unwrap_or_default() };
                self.0 = Progress::Over;
                Poll::Ready(result.map(|_| locks).map_err(Error::from_failure))
            }
            Progress::Refused(error) => {
                Poll::Ready(Err(error.take().expect("a refused lock is awaited after it was over")))
            }
            Progress::Over => panic!("a lock is awaited after it was over"),
        }
    }
}

impl Drop for LockRequest {
    fn drop(&mut self) {
        if let Progress::Asked(shared, task) = &self.0 {
            shared.state().give_up(*task);
        }
    }
}

impl fmt::Debug for LockRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Progress::Asked(_, task) => write!(f, "LockRequest(task {task})"),
            Progress::Refused(_) => f.write_str("LockRequest(refused)"),
            Progress::Over => f.write_str("LockRequest(over)"),
        }
    }
}

/// A critical section: entities that are locked as long as this lives; see [`OrchestrationContext::lock`].
///
/// ```
/// # use fnhost_sdk::{EntityId, OrchestrationContext, Result};
/// pub async fn run(ctx: OrchestrationContext, seats: Vec<String>) -> Result<()> {
///     let seats = seats.iter().map(|seat| EntityId::new("Seat", seat)).collect::<Result<Vec<_>, _>>()?;
///     {
///         let _locks = ctx.lock(&seats).await?;
///         for seat in &seats {
///             ctx.call_entity::<()>(seat, "Take", ctx.instance_id()).await?;
///         }
///     } // released here, and by a `?` above
///     ctx.activity("SendTickets", ()).await
/// }
/// ```
#[must_use = "the locks are released when this is dropped"]
pub struct EntityLocks {
    shared: Arc<Shared>,
    task: TaskId,
    entities: Arc<[EntityId]>,
}

impl EntityLocks {
    /// The entities that are locked, each once, in the order in which they were locked.
    ///
    /// ```
    /// # use fnhost_sdk::{EntityId, OrchestrationContext, Result};
    /// # async fn show(ctx: OrchestrationContext, seats: Vec<EntityId>) -> Result<()> {
    /// let locks = ctx.lock(&seats).await?;
    /// for seat in locks.entities() {
    ///     ctx.call_entity::<()>(seat, "Take", ctx.instance_id()).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn entities(&self) -> &[EntityId] {
        &self.entities
    }

    /// Releases the locks; the same as dropping this, but easier to read.
    ///
    /// ```
    /// # use fnhost_sdk::{EntityId, OrchestrationContext, Result};
    /// # async fn show(ctx: OrchestrationContext, seat: EntityId) -> Result<()> {
    /// let locks = ctx.lock([&seat]).await?;
    /// ctx.call_entity::<()>(&seat, "Take", ctx.instance_id()).await?;
    /// locks.release();
    /// # Ok(())
    /// # }
    /// ```
    pub fn release(self) {
        drop(self);
    }
}

impl Drop for EntityLocks {
    fn drop(&mut self) {
        self.shared.state().end_section(self.task);
    }
}

impl fmt::Debug for EntityLocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EntityLocks").field(&self.entities).finish()
    }
}
