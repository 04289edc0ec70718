//! The tasks of a lane: one runs, one writes what has ended, one looks for work. Each asks the desk what to do, does it,
//! and waits until the desk has changed.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use durable_core::{
    clock::Clock,
    store::{
        ClaimOccurrences, FinishedOccurrence, Holder, LeasedOccurrence, OccurrenceId, Occurrences, StoreError,
    },
};
use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};

use super::{
    desk::{Claim, Desk},
    dispatcher::OpenLane,
    patience::Patience,
    runner::Verdict,
};

/// How often work is looked for that nobody has told of: what another host has left or lost.
const SWEEP: Duration = Duration::from_secs(5);

/// What a run is worth whose runner panicked: a fault of the host, which may not happen again.
const AFTER_PANIC: Duration = Duration::from_secs(10);

/// What the tasks of a lane have in common.
#[derive(Clone)]
pub(super) struct Driver {
    pub(super) lane: Arc<OpenLane>,
    pub(super) store: Arc<dyn Occurrences>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) life: watch::Receiver<Option<Holder>>,
    pub(super) lost: Arc<Notify>,
}

impl Driver {
    pub(super) fn spawn(self, tasks: &mut JoinSet<()>) {
        tasks.spawn(self.clone().run());
        tasks.spawn(self.clone().write());
        tasks.spawn(self.clone().claim());
        tasks.spawn(self.sweep());
    }

    /// Starts runs and takes their verdicts. Everything ends with the life.
    async fn run(mut self) {
        let mut changed = self.lane.changed.subscribe();
        let mut runs: JoinSet<(OccurrenceId, Verdict)> = JoinSet::new();
        let mut current = None;
        loop {
            let life = *self.life.borrow_and_update();
            if life != current {
                current = life;
                runs.shutdown().await;
                self.lane.with(|desk| match life {
                    Some(holder) => desk.begin_life(holder),
                    None => desk.end_life(),
                });
            }
            changed.borrow_and_update();
            while let Some(leased) = self.start() {
                let (id, runner) = (leased.id, self.lane.runner.clone());
                runs.spawn(async move {
                    let run = AssertUnwindSafe(async { runner.run(leased).await }).catch_unwind();
                    let verdict = run.await.unwrap_or_else(|_| {
                        tracing::error!("a run could not be made: the host's own code panicked");
                        Verdict::Retry { after: AFTER_PANIC }
                    });
                    (id, verdict)
                });
            }
            tokio::select! {
                Some(Ok((id, verdict))) = runs.join_next(), if !runs.is_empty() => {
                    let now = self.clock.now();
                    self.lane.with(|desk| desk.ended(id, verdict, now));
                }
                _ = changed.changed() => {}
                gone = self.life.changed() => if gone.is_err() { return },
            }
        }
    }

    fn start(&self) -> Option<LeasedOccurrence> {
        self.lane.desk().start()
    }

    /// Writes what has ended, as much as there is at a time.
    async fn write(self) {
        let mut changed = self.lane.changed.subscribe();
        let mut patience = Patience::new("ends of runs cannot be recorded");
        loop {
            changed.borrow_and_update();
            let batch = self.lane.desk().unwritten();
            let Some((holder, ended)) = batch else {
                if changed.changed().await.is_err() {
                    return;
                }
                continue;
            };
            match self.store.finish(holder, ended.clone()).await {
                Ok(mine) => {
                    patience.worked();
                    report_foreign(&ended, &mine);
                    self.lane.with(|desk| desk.written(holder, None));
                }
                // Written again: what was written already is nobody's then, which changes nothing.
                Err(error) => {
                    let wait = patience.failed(&error);
                    tokio::time::sleep(wait).await;
                    self.lane.with(|desk| desk.written(holder, Some(ended)));
                }
            }
        }
    }

    /// Takes what is due.
    async fn claim(self) {
        let mut changed = self.lane.changed.subscribe();
        let mut patience = Patience::new("what timers and blobs have set off cannot be looked for");
        let never = || Box::pin(std::future::pending()) as BoxFuture<'static, ()>;
        let mut alarm = never();
        loop {
            changed.borrow_and_update();
            let now = self.clock.now();
            let (ask, claim, to_arm) = {
                let mut desk = self.lane.desk();
                desk.time_has_come(now);
                (desk.ask(), desk.claim(), desk.unarmed())
            };
            if let Some(due) = to_arm {
                alarm = due.map_or_else(never, |due| self.clock.sleep_until(due));
                self.lane.with(|desk| desk.arm(due));
            }
            if let Some(holder) = ask {
                self.ask(holder, &mut patience).await;
                continue;
            }
            if let Some(claim) = claim {
                self.make(claim, &mut patience).await;
                continue;
            }
            tokio::select! {
                () = &mut alarm => alarm = never(),
                seen = changed.changed() => if seen.is_err() { return },
            }
        }
    }

    async fn make(&self, claim: Claim, patience: &mut Patience) {
        let sources = claim.sources.clone().unwrap_or_else(|| self.lane.sources.clone());
        let asked = ClaimOccurrences { now: self.clock.now(), limit: claim.limit, sources };
        match self.store.claim(claim.holder, asked).await {
            Ok(claimed) => {
                patience.worked();
                self.lane.with(|desk| desk.claimed(claim, Some(claimed)));
            }
            Err(error) => {
                if matches!(error, StoreError::LeaseLost(_)) && *self.life.borrow() == Some(claim.holder) {
                    self.lost.notify_one();
                }
                tokio::time::sleep(patience.failed(&error)).await;
                self.lane.with(|desk| desk.claimed(claim, None));
            }
        }
    }

    /// Asks what an answer that got lost may have leased.
    async fn ask(&self, holder: Holder, patience: &mut Patience) {
        match self.store.leased(holder).await {
            Ok(mut leased) => {
                patience.worked();
                leased.retain(|leased| leased.occurrence.source.starts_with(self.lane.prefix));
                self.lane.with(|desk| desk.asked(holder, Some(leased)));
            }
            Err(error) => {
                tokio::time::sleep(patience.failed(&error)).await;
                self.lane.with(|desk| desk.asked(holder, None));
            }
        }
    }

    /// Looks from time to time, never in step with other hosts.
    async fn sweep(self) {
        loop {
            let jitter = u64::from(rand_byte()) * 8;
            tokio::time::sleep(SWEEP + Duration::from_millis(jitter)).await;
            self.lane.with(Desk::sweep);
        }
    }
}

fn rand_byte() -> u8 {
    let mut byte = [0];
    // Without randomness hosts may look in step, which costs little.
    if getrandom::fill(&mut byte).is_err() {
        return 0;
    }
    byte[0]
}

fn report_foreign(ended: &[FinishedOccurrence], mine: &[bool]) {
    for (ended, mine) in ended.iter().zip(mine) {
        if !mine {
            tracing::debug!(occurrence = ended.id.0, "a run ended that was no longer this host's");
        }
    }
}
