//! What an orchestration does with entities: call, signal, now or later, and lock.

use fnhost_protocol::{action::Action, ids::EntityId, time::Timestamp};
use serde::Serialize;

use super::{EntityCall, FireTime, OrchestrationContext, task_futures::Call, tasks::TaskKind};
use crate::error::Result;

impl OrchestrationContext {
    /// Calls an operation of an entity and waits for its answer.
    ///
    /// Within a critical section only the entities that are [locked](Self::lock) can be called.
    ///
    /// ```
    /// # use fnhost_sdk::{EntityId, OrchestrationContext, Result};
    /// pub async fn run(ctx: OrchestrationContext) -> Result<i64> {
    ///     let visits = EntityId::new("Counter", "visits")?;
    ///     ctx.signal_entity(&visits, "Add", 3)?;
    ///     ctx.call_entity::<i64>(&visits, "Get", ()).await
    /// }
    /// ```
    #[track_caller]
    pub fn call_entity<R>(&self, entity: &EntityId, operation: &str, input: impl Serialize) -> EntityCall<R> {
        let name = entity_operation(entity, operation);
        if let Some(error) = self.forbidden_call(entity, operation) {
            self.shared.state().skip_task(TaskKind::EntityCall, &name);
            return EntityCall::new(Call::Refused(Some(error)));
        }
        EntityCall::new(self.ask(TaskKind::EntityCall, &name, operation, &input, |id, input| {
            Action::CallEntity { id, entity: entity.clone(), operation: operation.to_owned(), input }
        }))
    }

    /// Sends an operation to an entity without waiting for it. Operations from one orchestration arrive in order.
    ///
    /// # Errors
    /// When the input has no JSON form.
    ///
    /// ```
    /// # use fnhost_sdk::{EntityId, OrchestrationContext, Result};
    /// # fn show(ctx: OrchestrationContext) -> Result<()> {
    /// ctx.signal_entity(&EntityId::new("Counter", "visits")?, "Add", 1)?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn signal_entity(&self, entity: &EntityId, operation: &str, input: impl Serialize) -> Result<()> {
        self.signal(entity, operation, &input, None)
    }

    /// Sends an operation to an entity that does not arrive before a time: a `Duration` from now, a time, or a setting
    /// that holds seconds. It arrives even if this orchestration has ended by then.
    ///
    /// # Errors
    /// When the input has no JSON form, or the time is none.
    ///
    /// ```
    /// # use fnhost_sdk::{EntityId, OrchestrationContext, Result};
    /// # use std::time::Duration;
    /// # fn show(ctx: OrchestrationContext) -> Result<()> {
    /// let cart = EntityId::new("Cart", &ctx.instance_id().to_string())?;
    /// ctx.signal_entity_at(Duration::from_secs(3600), &cart, "Expire", ())?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn signal_entity_at(
        &self,
        when: impl FireTime,
        entity: &EntityId,
        operation: &str,
        input: impl Serialize,
    ) -> Result<()> {
        // Not under the lock: `FireTime` may be the user's.
        match when.fire_time(self.now()) {
            Ok(at) => self.signal(entity, operation, &input, Some(at)),
            Err(error) => {
                let name = entity_operation(entity, operation);
                self.shared.state().skip_task(TaskKind::EntitySignal, &name);
                Err(error)
            }
        }
    }

    #[track_caller]
    fn signal(
        &self,
        entity: &EntityId,
        operation: &str,
        input: &impl Serialize,
        at: Option<Timestamp>,
    ) -> Result<()> {
        let name = entity_operation(entity, operation);
        let mut asked = self.ask(TaskKind::EntitySignal, &name, operation, input, |id, input| {
            Action::SignalEntity { id, entity: entity.clone(), operation: operation.to_owned(), input, at }
        });
        asked.refusal().map_or(Ok(()), Err)
    }
}

fn entity_operation(entity: &EntityId, operation: &str) -> String {
    format!("{entity}.{operation}")
}
