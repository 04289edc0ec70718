//! Looking for instances by what the engine has to do with them: finished long ago, or children of another.

use fnhost_protocol::{ids::InstanceId, status::RuntimeStatus, time::Timestamp};

use crate::model::InstanceKey;

/// An instance exactly as it was after so many turns. A key is never given to another instance, and a turn number
/// never comes again, so whoever holds this notices any change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceVersion {
    /// Which instance.
    pub key: InstanceKey,
    /// Turns committed so far.
    pub turn: u64,
}

/// Which finished orchestrations are wanted. A status that is not final finds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FinishedQuery {
    /// Their final status.
    pub status: RuntimeStatus,
    /// Finished before this time, exclusive.
    pub before: Timestamp,
    /// Created at this time or later.
    pub created_from: Option<Timestamp>,
    /// Created at this time or earlier.
    pub created_to: Option<Timestamp>,
    /// Where the list before ended.
    pub after: Option<FinishedCursor>,
    /// At most so many.
    pub limit: u32,
}

/// Where a list of finished instances ended: when its last one finished, and which it was.
pub type FinishedCursor = (Timestamp, InstanceKey);

/// An orchestration that was found, with what is needed to remove it in the right company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundInstance {
    /// The instance as it was found.
    pub version: InstanceVersion,
    /// Its id.
    pub id: InstanceId,
    /// Where it stands.
    pub status: RuntimeStatus,
    /// Time of its last turn; of a finished one, when it finished.
    pub updated_at: Timestamp,
    /// History events of its last execution: roughly the work of removing it.
    pub events: u64,
}

impl FoundInstance {
    /// Where a list ends that ends with this one.
    pub fn cursor(&self) -> FinishedCursor {
        (self.updated_at, self.version.key)
    }
}
