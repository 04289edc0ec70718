//! Typed entities: operations that are methods.

use fnhost_protocol::json::JsonText;
use futures_core::future::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};

use super::context::{EntityContext, EntityReply};
use crate::error::{Context as _, Result};

/// A type whose methods are the operations of an entity. Implemented by [`#[entity]`](macro@crate::entity).
///
/// ```
/// # use fnhost_sdk::{Entity, entity};
/// # use serde::{Deserialize, Serialize};
/// #[derive(Default, Serialize, Deserialize)]
/// struct Counter(i64);
///
/// #[entity]
/// impl Counter {
///     fn add(&mut self, amount: i64) {
///         self.0 += amount;
///     }
///
///     fn get(&self) -> i64 {
///         self.0
///     }
/// }
/// assert_eq!(Counter::OPERATIONS[0].name, "add");
/// assert!(Counter::OPERATIONS[1].reads_only);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no entity",
    note = "write `#[entity]` above the `impl` block whose methods are its operations"
)]
pub trait Entity: Default + Serialize + DeserializeOwned + Send + 'static {
    /// Its operations, in the order of the source.
    const OPERATIONS: &'static [Operation];

    /// Runs the operation of this place in [`OPERATIONS`](Self::OPERATIONS).
    fn operate<'a>(
        &'a mut self,
        operation: usize,
        ctx: &'a mut EntityContext,
    ) -> BoxFuture<'a, Result<EntityReply>>;
}

/// One operation of an [`Entity`].
///
/// ```
/// # use fnhost_sdk::{Entity, host::Operation};
/// fn names<T: Entity>() -> Vec<&'static str> {
///     T::OPERATIONS.iter().map(|operation: &Operation| operation.name).collect()
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// The method's name.
    pub name: &'static str,
    /// Whether the method only looks (`&self`).
    pub reads_only: bool,
}

impl EntityContext {
    /// Runs the operation on the state as a `T`: a new entity begins with `T::default()`. Names are compared
    /// without case and underscores, so `new_item` serves `NewItem`. The operation `delete` deletes the state,
    /// unless `T` has one of its own.
    ///
    /// # Errors
    /// When there is no such operation, when it fails, or when state or input have another shape.
    ///
    /// ```
    /// # use fnhost_sdk::{EntityContext, EntityReply, Result, entity};
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Default, Serialize, Deserialize)]
    /// # struct RegistryStats { registry_count: u64 }
    /// # #[entity]
    /// # impl RegistryStats { fn new_registry(&mut self) { self.registry_count += 1; } }
    /// pub async fn run(ctx: EntityContext) -> Result<EntityReply> {
    ///     ctx.dispatch::<RegistryStats>().await
    /// }
    /// ```
    pub async fn dispatch<T: Entity>(&self) -> Result<EntityReply> {
        let Some(index) = T::OPERATIONS.iter().position(|known| is_same(known.name, self.operation())) else {
            let known: Vec<&str> = T::OPERATIONS.iter().map(|operation| operation.name).collect();
            return self.unknown_operation(&known);
        };
        let mut value = self.take_value::<T>()?;
        let reply = value.operate(index, &mut self.clone()).await?;
        let mut changes = self.changes();
        if !changes.by_hand {
            // A look at an entity creates it, as every operation does.
            if !T::OPERATIONS[index].reads_only || changes.state.is_none() {
                let state = JsonText::of(&*value);
                changes.state = Some(state.with_context(|| {
                    format!("the state of entity {} cannot be written as JSON", self.id())
                })?);
            }
            changes.value = Some(value);
        }
        drop(changes);
        Ok(reply)
    }

    fn take_value<T: Entity>(&self) -> Result<Box<T>> {
        let mut changes = self.changes();
        if let Some(value) = changes.value.take().and_then(|value| value.downcast().ok()) {
            return Ok(value);
        }
        match &changes.state {
            None => Ok(Box::default()),
            Some(state) => state.read().map(Box::new).map_err(|reason| self.wrong_state::<T>(state, &reason)),
        }
    }
}

/// Compares names as C# and Rust would write them.
fn is_same(one: &str, other: &str) -> bool {
    let plain =
        |name: &str| name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect::<String>();
    plain(one) == plain(other)
}
