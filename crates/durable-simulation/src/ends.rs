//! What must hold when the faults have ended.

use std::{sync::Arc, time::Duration};

use fnhost_protocol::ids::InstanceId;
use futures_util::FutureExt;

use crate::{
    audit::Invariant,
    program::Addition,
    simulation::{LONGEST_STEP, Simulation},
    world::Door,
};

impl Simulation {
    pub(crate) fn report_stuck(&self) {
        let left = self.world.audit(|audit| audit.unfinished());
        let clients = Arc::strong_count(&self.clients) - 1;
        self.world.broken(
            Invariant::Stuck,
            format!("{clients} clients wait and these live, long after the last fault:\n{}", left.join("\n")),
        );
    }

    /// Engines that have nothing to do say so: their books of slots, leases and commits come out even.
    pub(crate) fn check_settled(&mut self) {
        let (tell, told) = std::sync::mpsc::channel();
        let doors = self.world.with(|state| state.doors.clone());
        let expected = doors.iter().flatten().count();
        for Door { client, runtime, .. } in doors.into_iter().flatten() {
            let tell = tell.clone();
            runtime.spawn(async move {
                client.settled().await;
                tell.send(()).ok();
            });
        }
        for _ in 0..400 {
            self.step(Duration::from_millis(LONGEST_STEP));
        }
        let settled = told.try_iter().count();
        if settled < expected {
            let text =
                format!("{} of {expected} hosts believe that something is under way", expected - settled);
            self.world.broken(Invariant::Stuck, text);
        }
    }

    pub(crate) fn check_sums(&self) {
        let sums = self.world.audit(|audit| audit.sums().clone());
        for (id, expected) in sums {
            let found = self.sum_of(&id);
            if found != Some(expected) {
                let text = format!("`{id}` should hold {expected} and holds {found:?}");
                self.world.broken(Invariant::Sums, text);
            }
        }
    }

    fn sum_of(&self, id: &InstanceId) -> Option<u64> {
        let status = self.store.entity(id.clone()).now_or_never()?.ok()??;
        let additions: Vec<Addition> = status.state?.read().ok()?;
        Some(additions.iter().map(|(_, _, add)| add).sum())
    }
}
