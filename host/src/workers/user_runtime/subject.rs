//! [`Subject`]: which piece of user code a thread is running.

use std::{fmt, sync::Arc};

use fnhost_protocol::{
    entity::EntityBatch,
    ids::{EntityId, InstanceId, InvocationId},
    invocation::Invocation,
    turn::Turn,
};

/// Which piece of user code a thread is running, for those who have to find it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A call of a function.
    Call {
        /// The handler.
        function: Arc<str>,
        /// The call, as the logs name it.
        id: InvocationId,
    },
    /// A turn of an orchestration.
    Turn {
        /// The orchestrator.
        function: String,
        /// The instance.
        instance: InstanceId,
    },
    /// Operations on an entity.
    Operations {
        /// The entity function.
        function: String,
        /// The entity.
        entity: EntityId,
    },
}

impl Subject {
    pub(in crate::workers) fn of_call(invocation: &Invocation) -> Self {
        Self::Call { function: invocation.function.clone(), id: invocation.id }
    }

    pub(in crate::workers) fn of_turn(turn: &Turn) -> Self {
        Self::Turn { function: turn.function.clone(), instance: turn.instance.clone() }
    }

    pub(in crate::workers) fn of_batch(batch: &EntityBatch) -> Self {
        Self::Operations { function: batch.function.clone(), entity: batch.entity.clone() }
    }

    /// The handler's name.
    pub fn function(&self) -> &str {
        match self {
            Self::Call { function, .. } => function,
            Self::Turn { function, .. } | Self::Operations { function, .. } => function,
        }
    }

    /// The call, as the logs name it.
    pub fn invocation(&self) -> Option<InvocationId> {
        match self {
            Self::Call { id, .. } => Some(*id),
            Self::Turn { .. } | Self::Operations { .. } => None,
        }
    }

    /// The orchestration or entity.
    pub fn instance(&self) -> Option<InstanceId> {
        match self {
            Self::Call { .. } => None,
            Self::Turn { instance, .. } => Some(instance.clone()),
            Self::Operations { entity, .. } => Some(entity.instance_id()),
        }
    }
}

/// ```text
/// `Resize` (invocation 0199…)
/// `Checkout` (instance order-17)
/// `Counter` (entity @counter@visits)
/// ```
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call { function, id } => write!(f, "`{function}` (invocation {id})"),
            Self::Turn { function, instance } => write!(f, "`{function}` (instance {instance})"),
            Self::Operations { function, entity } => write!(f, "`{function}` (entity {entity})"),
        }
    }
}
