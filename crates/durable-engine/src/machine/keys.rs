//! Instance keys reserved in blocks, so that a turn knows the keys of what it creates before it is written.

use std::ops::Range;

use fnhost_protocol::{action::Action, entity::EntityAction, ids::InstanceId, turn::TurnOutcome};

use durable_core::{model::InstanceKey, state::Supply};

use super::{Effect, Input, Machine, Recipient};

/// Reserve so many at a time.
const BLOCK: usize = 4_096;
/// Reserve more when fewer are left.
const LOW: usize = 1_024;

/// Keys in stock.
#[derive(Debug, Default)]
pub(super) struct KeyBlock {
    ranges: Vec<Range<i64>>,
    left: usize,
    reserving: bool,
}

impl KeyBlock {
    pub(super) fn holds(&self, count: usize) -> bool {
        self.left >= count
    }

    fn take(&mut self) -> InstanceKey {
        let range = self.ranges.first_mut().expect("keys_needed counted before the input was dispatched");
        let key = range.next().expect("empty ranges are removed");
        if range.is_empty() {
            self.ranges.remove(0);
        }
        self.left -= 1;
        InstanceKey(key)
    }

    /// No answer will come to what was asked for.
    pub(super) fn stop_waiting(&mut self) {
        self.reserving = false;
    }

    fn add(&mut self, range: Range<i64>) {
        self.left += usize::try_from(range.end - range.start).expect("a reserved range is not reversed");
        self.ranges.push(range);
        self.reserving = false;
    }
}

impl Machine {
    /// How many keys an input may use up.
    pub(super) fn keys_needed(&self, input: &Input) -> usize {
        match input {
            Input::Start { .. } | Input::Call { .. } => 1,
            Input::Send { target: Recipient::Entity(_) | Recipient::EntityLater(..), .. } => 1,
            Input::TurnRan { outcome: Ok(TurnOutcome::Actions(actions)), .. } => actions
                .iter()
                .map(|action| match action {
                    Action::CreateSubOrchestration { .. }
                    | Action::CallEntity { .. }
                    | Action::SignalEntity { .. } => 1,
                    Action::LockEntities { entities, .. } => entities.len(),
                    _ => 0,
                })
                .sum(),
            Input::BatchRan { outcome: Ok(outcome), .. } => outcome
                .actions
                .iter()
                .map(|action| match action {
                    EntityAction::Signal { .. } | EntityAction::StartOrchestration { .. } => 1,
                })
                .sum(),
            _ => 0,
        }
    }

    pub(super) fn take_key(&mut self) -> InstanceKey {
        let key = self.keys.take();
        if self.keys.left < LOW {
            self.reserve_keys(0);
        }
        key
    }

    pub(super) fn reserve_keys(&mut self, needed: usize) {
        if !std::mem::replace(&mut self.keys.reserving, true) {
            let count = u32::try_from(needed.max(BLOCK)).unwrap_or(u32::MAX);
            self.emit(Effect::ReserveKeys(count));
        }
    }

    pub(super) fn keys_reserved(&mut self, range: Range<i64>) {
        self.keys.add(range);
        self.unpark();
    }

    /// Goes on with what waited, in order.
    pub(super) fn unpark(&mut self) {
        while let Some(input) = self.parked.pop_front() {
            let needed = self.keys_needed(&input);
            if !self.keys.holds(needed) {
                self.parked.push_front(input);
                self.reserve_keys(needed);
                return;
            }
            self.dispatch(input);
        }
    }
}

/// What `apply` draws from this machine.
pub(super) struct MachineSupply<'a>(pub(super) &'a mut Machine);

impl Supply for MachineSupply<'_> {
    fn key(&mut self) -> InstanceKey {
        self.0.take_key()
    }

    fn instance_id(&mut self) -> InstanceId {
        InstanceId::generate()
    }

    fn lease_task(&mut self) -> bool {
        self.0.lease_task()
    }
}
