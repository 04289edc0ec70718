//! What others may know of an instance: its status document and lists of them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    failure::Failure,
    history::HistoryEvent,
    ids::{EntityId, InstanceId},
    json::JsonText,
    time::Timestamp,
};

/// Where an instance stands, in Durable Functions' words.
///
/// ```text
/// Pending ──first turn──▶ Running ⇄ Suspended
///    └────────────┬──────────┴──────────┘
///                 ▼
///   Completed · Failed · Terminated   (final)
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RuntimeStatus {
    /// Created, its code has not run.
    Pending,
    /// Its code has run at least once and is not finished.
    Running,
    /// Paused from outside.
    Suspended,
    /// Finished with a result.
    Completed,
    /// Finished with a failure.
    Failed,
    /// Ended from outside.
    Terminated,
}

impl RuntimeStatus {
    /// All statuses.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Running, Self::Suspended, Self::Completed, Self::Failed, Self::Terminated];

    /// Whether the instance is finished for good.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Terminated)
    }

    /// The word that users see; also the stored form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Suspended => "Suspended",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
            Self::Terminated => "Terminated",
        }
    }

    /// Reads the word, without case; `None` for others.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str().eq_ignore_ascii_case(text.trim()))
    }
}

impl fmt::Display for RuntimeStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is known of one orchestration instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceStatus {
    /// Its id.
    pub instance: InstanceId,
    /// Its orchestrator function.
    pub name: String,
    /// Where it stands.
    pub status: RuntimeStatus,
    /// Input, when asked for.
    pub input: Option<JsonText>,
    /// Result, when completed; the reason as a JSON string, when terminated.
    pub output: Option<JsonText>,
    /// Why it failed, when failed; why the engine has suspended it, when it did so itself and one instance was asked for.
    pub failure: Option<Failure>,
    /// The last custom status.
    pub custom_status: Option<JsonText>,
    /// When it was created; stays over continue-as-new.
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
    /// History of the current execution, when asked for.
    pub history: Option<Vec<HistoryEvent>>,
}

/// What is known of one entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityStatus {
    /// Which entity.
    pub entity: EntityId,
    /// Its state, when asked for and present.
    pub state: Option<JsonText>,
    /// When its last operation ran.
    pub last_operation_at: Timestamp,
}

/// Which instances a query returns. The default asks for all orchestrations.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InstanceQuery {
    /// Only these statuses; empty = all.
    pub statuses: Vec<RuntimeStatus>,
    /// Created at this time or later.
    pub created_from: Option<Timestamp>,
    /// Created at this time or earlier.
    pub created_to: Option<Timestamp>,
    /// Ids that begin so.
    pub id_prefix: Option<String>,
    /// At most so many; the store caps it.
    pub top: Option<u32>,
    /// Where the page before ended, as given by it.
    pub continuation: Option<String>,
    /// Whether to read inputs.
    pub show_input: bool,
}

/// Which entities a query returns. The default asks for all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EntityQuery {
    /// Only entities of this (lower-cased) name.
    pub name: Option<String>,
    /// Whether to read states.
    pub fetch_state: bool,
    /// Last operation at this time or later.
    pub last_operation_from: Option<Timestamp>,
    /// Last operation at this time or earlier.
    pub last_operation_to: Option<Timestamp>,
    /// At most so many; the store caps it.
    pub top: Option<u32>,
    /// Where the page before ended, as given by it.
    pub continuation: Option<String>,
}

/// One page of a longer list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// What this page holds.
    pub items: Vec<T>,
    /// Give this back to get the next page; absent at the end.
    pub continuation: Option<String>,
}
