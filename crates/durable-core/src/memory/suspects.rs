//! What is put on trial, and against whom the death of a host is counted.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use fnhost_protocol::time::Timestamp;

use crate::{
    memory::{
        hub::Hub,
        row::{Row, TaskRow},
    },
    model::HostLease,
    suspicion::{COUNTED_DEATHS, Suspicion, Work},
};

impl Hub {
    /// Makes instances on trial this host's, where no other owns them, and settles what is counted against them.
    pub(super) fn try_instances(&mut self, lease: HostLease, trial: &[Work]) {
        let deaths = self.loose_deaths.clone();
        for work in trial {
            let Work::Turn { instance, turn } = *work else { continue };
            let Some(row) = self.row_mut(instance).filter(|row| row.instance.turn == turn) else { continue };
            if row.owner.is_none_or(|owner| owner == lease) {
                row.suspicion = row.suspicion_by(&deaths);
                row.owner = Some(lease);
            }
        }
    }

    /// Forgets the deaths alone of what has survived its trial.
    pub(super) fn survive(&mut self, survivors: &[Work]) {
        for work in survivors.iter().copied() {
            if self.is_open(work)
                && let Some(suspicion) = self.suspicion_mut(work)
            {
                suspicion.alone = 0;
            }
        }
    }

    /// Counts a host's death against its trial; without one against everything that it had leased or owned.
    pub(super) fn count_death(&mut self, host: i64, trial: &[Work], now: Option<Timestamp>) {
        // Deaths have times of their own, so that it can be told which of them are counted.
        let later = self.last_death.map(|last| last.saturating_add(Duration::from_micros(1)));
        let died_at = now.or(self.latest).max(later).unwrap_or(Timestamp::EPOCH);
        self.last_death = Some(died_at);
        if trial.is_empty() {
            self.loose_deaths.push_back(died_at);
            if self.loose_deaths.len() > COUNTED_DEATHS {
                self.loose_deaths.pop_front();
            }
            self.each_row(|row| row.count_death_of(host, died_at));
            return;
        }
        let left: Vec<Work> = trial.iter().copied().filter(|work| self.is_open(*work)).collect();
        let size = u32::try_from(left.len()).unwrap_or(u32::MAX);
        for work in left {
            if let Some(suspicion) = self.suspicion_mut(work) {
                *suspicion = suspicion.on_trial(size, died_at);
            }
        }
    }

    /// Whether work has left no trace yet.
    fn is_open(&self, work: Work) -> bool {
        match work {
            Work::Turn { instance, turn } => {
                self.row(instance).is_some_and(|row| row.instance.turn == turn && !row.is_finished())
            }
            Work::Task(task) => self.row(task.instance).is_some_and(|row| row.task(task).is_some()),
        }
    }

    fn suspicion_mut(&mut self, work: Work) -> Option<&mut Suspicion> {
        match work {
            Work::Turn { instance, .. } => self.row_mut(instance).map(|row| &mut row.suspicion),
            Work::Task(task) => {
                let call = self.row_mut(task.instance)?.tasks.get_mut(&task.task)?;
                Some(&mut Arc::make_mut(call).suspicion)
            }
        }
    }
}

impl Row {
    /// What is counted against the next turn, given when hosts have died without a trial.
    pub(super) fn suspicion_by(&self, deaths: &VecDeque<Timestamp>) -> Suspicion {
        let Some(due) = self.timers.values().min() else { return self.suspicion };
        self.suspicion.in_flight_at(deaths.iter().copied().filter(|died_at| due <= died_at))
    }

    fn count_death_of(&mut self, host: i64, died_at: Timestamp) {
        if self.owner.is_some_and(|owner| owner.host == host) {
            self.suspicion = self.suspicion.in_flight(died_at);
        }
        let leased = |task: &&mut Arc<TaskRow>| task.leased_to.is_some_and(|owner| owner.host == host);
        for task in self.tasks.values_mut().filter(leased) {
            let task = Arc::make_mut(task);
            task.suspicion = task.suspicion.in_flight(died_at);
        }
    }
}
