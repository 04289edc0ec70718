//! Who has leased what: registrations, claims, and what is given back.

use durable_core::{
    model::{HostLease, LeasedTask, TaskRef},
    store::{Claimed, StoreError},
    suspicion::Work,
};
use futures_util::FutureExt;

use super::{Audit, Invariant, instances::Call};

impl Audit {
    pub(super) fn is_current(&self, lease: HostLease) -> bool {
        self.leases.get(&lease.host) == Some(&lease)
    }

    /// A host has begun a new epoch; those before are over.
    pub(crate) fn registered(&mut self, lease: HostLease) {
        let before = self.leases.insert(lease.host, lease);
        self.holds(Invariant::Epoch, before.is_none_or(|before| before.epoch < lease.epoch), || {
            format!("{lease} comes after {before:?}")
        });
        self.void(lease.host);
    }

    /// A host has given up its epoch.
    pub(crate) fn deregistered(&mut self, lease: HostLease) {
        if self.is_current(lease) {
            self.leases.remove(&lease.host);
            self.void(lease.host);
        }
    }

    /// A host has looked for dead ones: whose epoch is over now?
    pub(crate) fn took_over(&mut self) {
        for lease in self.leases.values().copied().collect::<Vec<_>>() {
            let asked = self.store.pointless(lease, Vec::new()).now_or_never();
            if let Some(Err(StoreError::LeaseLost(_))) = asked {
                self.deregistered(lease);
            }
        }
    }

    fn void(&mut self, host: i64) {
        for instance in self.instances.values_mut() {
            instance.void(host);
        }
    }

    pub(crate) fn claimed(&mut self, lease: HostLease, claimed: &Claimed) {
        let nothing = claimed.instances.is_empty() && claimed.tasks.is_empty();
        self.holds(Invariant::Epoch, nothing || self.is_current(lease), || {
            format!("{lease} claimed although its epoch is over")
        });
        for key in &claimed.instances {
            let before = self.instances.get_mut(key).map(|instance| instance.owner.replace(lease));
            self.holds(Invariant::Owner, before == Some(None), || {
                format!("{lease} claimed {key:?}, whose owner is {before:?}")
            });
        }
        for LeasedTask { task, attempt, .. } in &claimed.tasks {
            let before = self.call(*task).map(|call| {
                call.attempts += 1;
                (call.leased_to.replace(lease), call.attempts)
            });
            self.holds(Invariant::Owner, before.is_some_and(|(holder, _)| holder.is_none()), || {
                format!("{lease} claimed {task:?}, leased to {before:?}")
            });
            self.holds(Invariant::Attempts, before.is_none_or(|(_, attempts)| attempts == *attempt), || {
                format!("{task:?} is claimed for attempt {attempt} after {before:?}")
            });
        }
    }

    pub(crate) fn released(&mut self, lease: HostLease, tasks: &[TaskRef]) {
        for task in tasks {
            if let Some(call) = self.call(*task)
                && call.leased_to.take_if(|holder| *holder == lease).is_some()
            {
                call.attempts -= 1;
            }
        }
    }

    /// A host has put work on trial: what nobody owns of it is its own from then on.
    pub(crate) fn tried(&mut self, lease: HostLease, trial: &[Work]) {
        for work in trial {
            if let Work::Turn { instance, turn } = work
                && let Some(instance) = self.instances.get_mut(instance)
                && instance.turn == *turn
            {
                instance.owner.get_or_insert(lease);
            }
        }
    }

    fn call(&mut self, task: TaskRef) -> Option<&mut Call> {
        let instance = self.instances.get_mut(&task.instance)?;
        instance.tasks.get_mut(&task.task).filter(|_| instance.generation == task.generation)
    }
}
