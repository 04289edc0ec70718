//! What a decision needs to know of the rows before the batch.

use std::collections::{HashMap, HashSet};

use fnhost_protocol::{ids::InstanceId, status::RuntimeStatus, time::Timestamp};

use crate::model::{InstanceKey, InstanceKind, TaskRef};

/// Instances, leased tasks and scheduled messages that a batch names, as they are; kept up to date while the stages go by.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Which instance has an id. An id that is not here is free.
    pub ids: HashMap<InstanceId, InstanceKey>,
    /// An instance that is not here does not exist.
    pub instances: HashMap<InstanceKey, Seen>,
    /// Tasks that are leased to the batch's writer.
    pub leased: HashSet<TaskRef>,
    /// Scheduled messages that wait, by time and key.
    pub scheduled: HashSet<(Timestamp, InstanceKey)>,
    /// Instances whose inbox is not as their turn in the batch knows it. A store that serves a single host has none.
    pub passed_over: HashSet<InstanceKey>,
}

/// An instance as far as decisions look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// What it is.
    pub kind: InstanceKind,
    /// Where it stands.
    pub status: RuntimeStatus,
    /// Its execution.
    pub generation: u32,
    /// Turns so far.
    pub turn: u64,
    /// Whether another host than the writer owns it.
    pub elsewhere: bool,
}

/// Whether an id has the form of those that [`InstanceId::generate`] draws: nobody has such an id twice, as far as
/// an assumption goes that is checked in the end.
pub fn is_generated(id: &InstanceId) -> bool {
    let text = id.as_str().as_bytes();
    text.len() == 32 && text[12] == b'7' && text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_ids_are_known_by_their_form() {
        assert!(is_generated(&InstanceId::generate()));
        assert!(!is_generated(&InstanceId::from_stored("order-17")));
        assert!(!is_generated(&InstanceId::from_stored("0".repeat(32))));
    }
}
