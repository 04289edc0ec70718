//! [`OrchestrationContext`]: what an orchestration knows.

use std::{
    fmt,
    sync::{Arc, atomic::Ordering},
};

use fnhost_protocol::{ids::InstanceId, json::JsonText, time::Timestamp};
use serde::Serialize;
use uuid::{Uuid, uuid};

use super::shared::Shared;
use crate::{
    error::{Context as _, Error, Result},
    log::Logger,
    settings::{Setting, Settings},
};

/// Everything that an orchestration may know, ask for and wait for.
///
/// Orchestrator code runs many times over the same history, and must do the same each time: take time, random
/// numbers and everything from outside from here or from activities, and await nothing else.
///
/// ```
/// # use fnhost_sdk::{First, OrchestrationContext, Result};
/// pub async fn run(ctx: OrchestrationContext, _input: String) -> Result<bool> {
///     ctx.activity::<()>("NewList", ctx.instance_id()).await?;
///     let close = ctx.wait_for_event::<bool>("Close");
///     let window = ctx.timer(ctx.setting("RegistryOpenSeconds")?);
///     match ctx.first(close, window).await? {
///         First::Left(true) => Ok(true),
///         _ => Ok(false),
///     }
/// }
/// ```
#[derive(Clone)]
pub struct OrchestrationContext {
    pub(super) shared: Arc<Shared>,
}

/// The namespace of the GUIDs that orchestrations make.
const GUIDS: Uuid = uuid!("9e952958-5e33-4daf-827f-2fa12937b875");

impl OrchestrationContext {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// The id of this instance.
    ///
    /// ```
    /// # fn show(ctx: fnhost_sdk::OrchestrationContext) {
    /// let id = ctx.instance_id().to_string();
    /// # }
    /// ```
    pub fn instance_id(&self) -> &InstanceId {
        &self.shared.instance
    }

    /// The name of this orchestrator function.
    ///
    /// ```
    /// # fn show(ctx: fnhost_sdk::OrchestrationContext) {
    /// ctx.log().info(format_args!("{} begins", ctx.name()));
    /// # }
    /// ```
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// The orchestration that started this one and waits for it, if one does.
    ///
    /// ```
    /// # fn show(ctx: fnhost_sdk::OrchestrationContext) {
    /// let is_child = ctx.parent_id().is_some();
    /// # }
    /// ```
    pub fn parent_id(&self) -> Option<InstanceId> {
        self.shared.state().parent.as_ref().map(|parent| parent.instance.clone())
    }

    /// How often this instance has begun anew with [`continue_as_new`](Self::continue_as_new).
    ///
    /// ```
    /// # fn show(ctx: fnhost_sdk::OrchestrationContext) {
    /// let first_round = ctx.generation() == 0;
    /// # }
    /// ```
    pub fn generation(&self) -> u32 {
        self.shared.generation
    }

    /// The time, the same in every replay: that at which the events were delivered after which this code runs.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # fn show(ctx: fnhost_sdk::OrchestrationContext) {
    /// let tomorrow = ctx.now().saturating_add(Duration::from_secs(24 * 3600));
    /// # }
    /// ```
    pub fn now(&self) -> Timestamp {
        self.shared.state().now
    }

    /// A GUID that differs from all others and is the same in every replay.
    ///
    /// ```
    /// # fn show(ctx: fnhost_sdk::OrchestrationContext) {
    /// let order = ctx.new_guid().to_string();
    /// # }
    /// ```
    pub fn new_guid(&self) -> Uuid {
        let mut state = self.shared.state();
        let (instance, now, counter) = (&self.shared.instance, state.now, state.guids);
        state.guids += 1;
        // Two executions of one instance may begin within one microsecond.
        let name = match self.shared.generation {
            0 => format!("{instance}_{now}_{counter}"),
            generation => format!("{instance}_{now}_{generation}_{counter}"),
        };
        Uuid::new_v5(&GUIDS, name.as_bytes())
    }

    /// Whether the code runs over what happened before, and has done what it asks for already.
    ///
    /// ```
    /// # fn show(ctx: fnhost_sdk::OrchestrationContext) {
    /// if !ctx.is_replaying() {
    ///     println!("this is printed once");
    /// }
    /// # }
    /// ```
    pub fn is_replaying(&self) -> bool {
        self.shared.replaying.load(Ordering::Relaxed)
    }

    /// A logger that is silent during replay, so that each line is written once.
    ///
    /// ```
    /// # fn show(ctx: fnhost_sdk::OrchestrationContext) {
    /// ctx.log().info("the list is closed");
    /// # }
    /// ```
    pub fn log(&self) -> Logger {
        let Shared { name, instance, replaying, .. } = &*self.shared;
        Logger::for_orchestration(name.clone(), instance.clone(), replaying.clone())
    }

    /// A setting of the app.
    ///
    /// # Errors
    /// When it is not set; the message says where to set it.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result};
    /// # async fn show(ctx: OrchestrationContext) -> Result<()> {
    /// ctx.timer(ctx.setting("RegistryOpenSeconds")?).await?;
    /// let attempts: u32 = ctx.setting("Attempts")?.parse()?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn setting(&self, name: &str) -> Result<Setting> {
        self.shared.settings.get(name)
    }

    /// All settings of the app.
    ///
    /// ```
    /// # fn show(ctx: fnhost_sdk::OrchestrationContext) {
    /// let verbose = ctx.settings().find("Verbose").is_some();
    /// # }
    /// ```
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// Shows a value to whoever asks for the status of this instance: progress, a phase, anything small. The last
    /// value stays.
    ///
    /// # Errors
    /// When the value has no JSON form.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result};
    /// # fn show(ctx: OrchestrationContext) -> Result<()> {
    /// ctx.set_custom_status("3 of 5 files")?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn set_custom_status(&self, status: impl Serialize) -> Result<()> {
        let status = JsonText::of(&status).context("the custom status cannot be written as JSON")?;
        self.shared.state().set_custom_status(status);
        Ok(())
    }

    /// Begins anew with this input and an empty history, under the same id: how a loop runs for ever. Return the
    /// value. Events that were not consumed are there again.
    ///
    /// # Errors
    /// Always: that is how it leaves the function, through `return` or `?`.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result};
    /// pub async fn run(ctx: OrchestrationContext, count: i64) -> Result<i64> {
    ///     match ctx.wait_for_event::<String>("operation").await?.as_str() {
    ///         "incr" => ctx.continue_as_new(count + 1),
    ///         "decr" => ctx.continue_as_new(count - 1),
    ///         _ => Ok(count),
    ///     }
    /// }
    /// ```
    #[track_caller]
    pub fn continue_as_new<T>(&self, input: impl Serialize) -> Result<T> {
        let input = JsonText::of(&input).context("the input of continue_as_new cannot be written as JSON")?;
        Err(Error::continue_as_new(input))
    }
}

impl fmt::Debug for OrchestrationContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrchestrationContext")
            .field("instance", &self.shared.instance)
            .field("name", &self.shared.name)
            .finish_non_exhaustive()
    }
}
