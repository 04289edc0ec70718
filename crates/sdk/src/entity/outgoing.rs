//! What an operation sends out when it succeeds.

use fnhost_protocol::{
    entity::EntityAction,
    ids::{EntityId, InstanceId},
    json::JsonText,
    time::Timestamp,
};
use serde::Serialize;

use super::EntityContext;
use crate::{
    error::{Context as _, Result},
    ids::ToInstanceId,
    orchestration::FireTime,
};

impl EntityContext {
    /// Signals another entity, when this operation succeeds.
    ///
    /// # Errors
    /// When the input has no JSON form.
    ///
    /// ```
    /// # use fnhost_sdk::{EntityContext, EntityId, Result};
    /// # fn show(ctx: EntityContext) -> Result<()> {
    /// ctx.signal(&EntityId::new("RegistryStats", "")?, "NewItem", ())?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn signal(&self, entity: &EntityId, operation: &str, input: impl Serialize) -> Result<()> {
        self.send(entity, operation, &input, None)
    }

    /// Signals an entity, also this one, when this operation succeeds, so that the signal does not arrive before a time:
    /// a `Duration` from now, a time, or a setting that holds seconds.
    ///
    /// # Errors
    /// When the input has no JSON form, or the time is none.
    ///
    /// ```
    /// # use fnhost_sdk::{EntityContext, Result};
    /// # use std::time::Duration;
    /// # fn show(ctx: EntityContext) -> Result<()> {
    /// ctx.signal_at(Duration::from_secs(15 * 60), ctx.id(), "Expire", ())?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn signal_at(
        &self,
        when: impl FireTime,
        entity: &EntityId,
        operation: &str,
        input: impl Serialize,
    ) -> Result<()> {
        let at = when.fire_time(self.now())?;
        self.send(entity, operation, &input, Some(at))
    }

    #[track_caller]
    fn send(
        &self,
        entity: &EntityId,
        operation: &str,
        input: &impl Serialize,
        at: Option<Timestamp>,
    ) -> Result<()> {
        let input = JsonText::of(input)
            .with_context(|| format!("the input of signal `{operation}` cannot be written as JSON"))?;
        let (entity, operation) = (entity.clone(), operation.to_owned());
        self.changes().actions.push(EntityAction::Signal { entity, operation, input, at });
        Ok(())
    }

    /// Starts an orchestration under a generated id, when this operation succeeds.
    ///
    /// # Errors
    /// When the input has no JSON form.
    ///
    /// ```
    /// # use fnhost_sdk::{EntityContext, Result};
    /// # fn show(ctx: EntityContext) -> Result<()> {
    /// ctx.start_orchestration("SendReminder", ctx.key())?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn start_orchestration(&self, name: &str, input: impl Serialize) -> Result<()> {
        self.start(name, None, &input)
    }

    /// Starts an orchestration under this id, when this operation succeeds.
    ///
    /// # Errors
    /// When the id breaks a rule, or the input has no JSON form.
    ///
    /// ```
    /// # use fnhost_sdk::{EntityContext, Result};
    /// # fn show(ctx: EntityContext) -> Result<()> {
    /// ctx.start_orchestration_with_id("SendReminder", format!("reminder-{}", ctx.key()), ())?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn start_orchestration_with_id(
        &self,
        name: &str,
        id: impl ToInstanceId,
        input: impl Serialize,
    ) -> Result<()> {
        let id = id.to_instance_id().with_context(|| format!("orchestration `{name}` cannot be started"))?;
        self.start(name, Some(id), &input)
    }

    #[track_caller]
    fn start(&self, name: &str, instance: Option<InstanceId>, input: &impl Serialize) -> Result<()> {
        let input = JsonText::of(input)
            .with_context(|| format!("the input of orchestration `{name}` cannot be written as JSON"))?;
        self.changes().actions.push(EntityAction::StartOrchestration {
            name: name.to_owned(),
            instance,
            input,
        });
        Ok(())
    }
}
