//! How much one instance may ask for. Past a limit the caller gets a clear error and nothing is half done.

/// Bounds of the engine, all settings of the host file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one input, result, event payload or entity state.
    pub payload_bytes: usize,
    /// Bytes of a custom status.
    pub custom_status_bytes: usize,
    /// Actions of one execution, inclusive.
    pub actions_per_execution: u64,
    /// History events of one execution.
    pub history_events: u64,
    /// Messages that one turn takes at most; the rest waits for the next turn.
    pub messages_per_turn: usize,
    /// Operations that one entity batch takes at most.
    pub operations_per_batch: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            payload_bytes: 10 * 1024 * 1024,
            custom_status_bytes: 16 * 1024,
            actions_per_execution: 100_000,
            history_events: 250_000,
            messages_per_turn: 5_000,
            operations_per_batch: 5_000,
        }
    }
}
