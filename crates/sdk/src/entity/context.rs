//! [`EntityContext`]: one operation, and the state it works on.

use std::{
    any::Any,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use fnhost_protocol::{
    entity::{EntityAction, EntityOperation},
    ids::EntityId,
    json::JsonText,
    time::Timestamp,
};
use serde::{Serialize, Serializer, de::DeserializeOwned};

use crate::{
    error::{Context as _, Error, Result, wrong_type},
    log::Logger,
    registry::suggestion,
    settings::{Setting, Settings},
};

/// One operation on an entity. What it changes and sends out counts when it succeeds, and is undone when it
/// fails.
///
/// A typed entity hands the whole operation on; see [`entity`](macro@crate::entity):
///
/// ```
/// # use fnhost_sdk::{EntityContext, EntityReply, Result, entity};
/// # use serde::{Deserialize, Serialize};
/// #[derive(Default, Serialize, Deserialize)]
/// struct Counter {
///     value: i64,
/// }
///
/// #[entity]
/// impl Counter {
///     fn add(&mut self, amount: i64) {
///         self.value += amount;
///     }
///
///     fn get(&self) -> i64 {
///         self.value
///     }
/// }
///
/// pub async fn run(ctx: EntityContext) -> Result<EntityReply> {
///     ctx.dispatch::<Counter>().await
/// }
/// ```
///
/// Without a type, an operation is looked at by its name:
///
/// ```
/// # use fnhost_sdk::{EntityContext, EntityReply, Result};
/// pub async fn run(ctx: EntityContext) -> Result<EntityReply> {
///     let count = ctx.state::<i64>()?.unwrap_or(0);
///     match ctx.operation().to_lowercase().as_str() {
///         "add" => {
///             ctx.set_state(count + ctx.input::<i64>()?)?;
///             ctx.reply(())
///         }
///         "get" => ctx.reply(count),
///         _ => ctx.unknown_operation(&["add", "get"]),
///     }
/// }
/// ```
#[derive(Clone)]
pub struct EntityContext {
    inner: Arc<Inner>,
}

struct Inner {
    entity: EntityId,
    function: Arc<str>,
    settings: Settings,
    now: Timestamp,
    operation: EntityOperation,
    changes: Mutex<Changes>,
}

/// What the operation works on and has changed so far.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) state: Option<JsonText>,
    /// The state as a value of the entity's type, kept from operation to operation of a batch.
    pub(super) value: Option<Box<dyn Any + Send>>,
    /// The operation has set or deleted the state itself.
    pub(super) by_hand: bool,
    pub(super) actions: Vec<EntityAction>,
}

impl EntityContext {
    pub(super) fn new(
        entity: EntityId,
        function: Arc<str>,
        settings: Settings,
        now: Timestamp,
        operation: EntityOperation,
        changes: Changes,
    ) -> Self {
        let changes = Mutex::new(changes);
        Self { inner: Arc::new(Inner { entity, function, settings, now, operation, changes }) }
    }

    pub(super) fn changes(&self) -> MutexGuard<'_, Changes> {
        self.inner.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which entity this is.
    ///
    /// ```
    /// # fn show(ctx: fnhost_sdk::EntityContext) {
    /// ctx.log().info(format_args!("this is {}", ctx.id()));
    /// # }
    /// ```
    pub fn id(&self) -> &EntityId {
        &self.inner.entity
    }

    /// The key of this entity among those of its name.
    ///
    /// ```
    /// # fn show(ctx: fnhost_sdk::EntityContext) -> bool {
    /// ctx.key() == "visits"
    /// # }
    /// ```
    pub fn key(&self) -> &str {
        self.inner.entity.key()
    }

    /// The name of the operation, as the caller wrote it.
    ///
    /// ```
    /// # fn show(ctx: fnhost_sdk::EntityContext) -> bool {
    /// ctx.operation().eq_ignore_ascii_case("add")
    /// # }
    /// ```
    pub fn operation(&self) -> &str {
        &self.inner.operation.name
    }

    /// The time of the engine, the same for all operations that run together.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # fn show(ctx: fnhost_sdk::EntityContext) {
    /// let tomorrow = ctx.now().saturating_add(Duration::from_secs(24 * 3600));
    /// # }
    /// ```
    pub fn now(&self) -> Timestamp {
        self.inner.now
    }

    /// Whether nobody waits for the answer.
    ///
    /// ```
    /// # fn show(ctx: fnhost_sdk::EntityContext) -> bool {
    /// ctx.is_signal()
    /// # }
    /// ```
    pub fn is_signal(&self) -> bool {
        self.inner.operation.is_signal
    }

    /// The input of the operation.
    ///
    /// # Errors
    /// When it has another shape; the message names the operation, the type, and what was found.
    ///
    /// ```
    /// # fn show(ctx: fnhost_sdk::EntityContext) -> fnhost_sdk::Result<()> {
    /// let amount: i64 = ctx.input()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn input<T: DeserializeOwned>(&self) -> Result<T> {
        let input = &self.inner.operation.input;
        input.read().map_err(|reason| {
            let subject = format!("the input of `{}` of entity {}", self.operation(), self.id());
            wrong_type::<T>(&subject, input, &reason)
        })
    }

    /// The state, or `None` when the entity has none: it is new, or was deleted.
    ///
    /// # Errors
    /// When it has another shape.
    ///
    /// ```
    /// # fn show(ctx: fnhost_sdk::EntityContext) -> fnhost_sdk::Result<()> {
    /// let count: i64 = ctx.state()?.unwrap_or(0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn state<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        let Some(state) = self.changes().state.clone() else { return Ok(None) };
        state.read().map(Some).map_err(|reason| self.wrong_state::<T>(&state, &reason))
    }

    pub(super) fn wrong_state<T>(&self, state: &JsonText, reason: &serde_json::Error) -> Error {
        wrong_type::<T>(&format!("the state of entity {}", self.id()), state, reason)
    }

    /// Changes the state.
    ///
    /// # Errors
    /// When the value has no JSON form.
    ///
    /// ```
    /// # fn show(ctx: fnhost_sdk::EntityContext) -> fnhost_sdk::Result<()> {
    /// ctx.set_state(3)?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn set_state(&self, state: impl Serialize) -> Result<()> {
        let state = JsonText::of(&state)
            .with_context(|| format!("the state of entity {} cannot be written as JSON", self.id()))?;
        let mut changes = self.changes();
        changes.state = Some(state);
        changes.value = None;
        changes.by_hand = true;
        Ok(())
    }

    /// Deletes the state: to others, the entity does not exist any more. The next operation creates it again.
    ///
    /// ```
    /// # fn show(ctx: fnhost_sdk::EntityContext) {
    /// ctx.delete_state();
    /// # }
    /// ```
    pub fn delete_state(&self) {
        let mut changes = self.changes();
        changes.state = None;
        changes.value = None;
        changes.by_hand = true;
    }

    /// Makes the answer to whoever called the operation.
    ///
    /// # Errors
    /// When the value has no JSON form.
    ///
    /// ```
    /// # use fnhost_sdk::{EntityContext, EntityReply, Result};
    /// pub async fn run(ctx: EntityContext) -> Result<EntityReply> {
    ///     ctx.reply("done")
    /// }
    /// ```
    #[track_caller]
    pub fn reply(&self, value: impl Serialize) -> Result<EntityReply> {
        let value = JsonText::of(&value)
            .with_context(|| format!("the answer of `{}` cannot be written as JSON", self.operation()))?;
        Ok(EntityReply(value))
    }

    /// What to return for an operation that there is not: an error that lists those that there are. The operation
    /// `delete` deletes the state, unless the entity has one of its own.
    ///
    /// # Errors
    /// For every operation but `delete`.
    ///
    /// ```
    /// # use fnhost_sdk::{EntityContext, EntityReply, Result};
    /// pub async fn run(ctx: EntityContext) -> Result<EntityReply> {
    ///     match ctx.operation() {
    ///         "get" => ctx.reply(ctx.state::<i64>()?),
    ///         _ => ctx.unknown_operation(&["get"]),
    ///     }
    /// }
    /// ```
    #[track_caller]
    pub fn unknown_operation(&self, known: &[&str]) -> Result<EntityReply> {
        if self.operation().eq_ignore_ascii_case("delete") {
            self.delete_state();
            return Ok(EntityReply::default());
        }
        let known = suggestion(self.operation(), known.iter().copied().chain(["delete"]));
        Err(Error::new(format_args!("entity {} has no operation `{}`{known}", self.id(), self.operation()))
            .non_retriable())
    }

    /// A setting of the app.
    ///
    /// # Errors
    /// When it is not set.
    ///
    /// ```
    /// # use fnhost_sdk::{EntityContext, Result};
    /// # fn show(ctx: EntityContext) -> Result<()> {
    /// let most: usize = ctx.setting("MostItems")?.parse()?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn setting(&self, name: &str) -> Result<Setting> {
        self.inner.settings.get(name)
    }

    /// A logger whose lines name this entity.
    ///
    /// ```
    /// # fn show(ctx: fnhost_sdk::EntityContext) {
    /// ctx.log().info("closed");
    /// # }
    /// ```
    pub fn log(&self) -> Logger {
        Logger::for_entity(self.inner.function.clone(), self.inner.entity.instance_id())
    }
}

impl fmt::Debug for EntityContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EntityContext")
            .field("entity", &self.inner.entity)
            .field("operation", &self.inner.operation.name)
            .finish_non_exhaustive()
    }
}

/// The answer of an entity's operation: any JSON, made by [`EntityContext::reply`] or
/// [`EntityContext::dispatch`]. The default is `null`.
///
/// ```
/// # use fnhost_sdk::{EntityContext, EntityReply, Result};
/// pub async fn run(ctx: EntityContext) -> Result<EntityReply> {
///     ctx.log().info(format_args!("{} was called", ctx.operation()));
///     Ok(EntityReply::default())
/// }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntityReply(pub(super) JsonText);

impl Serialize for EntityReply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
