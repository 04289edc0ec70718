//! The handle: what triggers offer, and how it all begins and ends.

use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use durable_core::{
    clock::Clock,
    store::{Added, Holder, Occurrence, Occurrences, StoreError},
};
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};

use fnhost_protocol::time::Timestamp;

use super::{desk::Desk, driver::Driver, life::Keeper, runner::Runner};

/// What one kind of trigger runs, apart from the others.
pub struct Lane {
    /// What the names of its sources begin with, such as `blob:`.
    pub prefix: &'static str,
    /// Its sources on this host: others are left to hosts that have them.
    pub sources: Vec<String>,
    /// So many run at once.
    pub width: usize,
    /// How one is run.
    pub runner: Arc<dyn Runner>,
}

/// What became of something that was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offered {
    /// It is new and on record: it runs now, or when its time has come, here or on another host.
    New,
    /// It was on record already.
    Known,
}

/// Runs what is offered to it. Clones are the same dispatcher.
#[derive(Clone)]
pub struct Dispatcher(Arc<Shared>);

struct Shared {
    store: Arc<dyn Occurrences>,
    clock: Arc<dyn Clock>,
    lanes: Vec<Arc<OpenLane>>,
    life: watch::Receiver<Option<Holder>>,
    lost: Arc<Notify>,
    tasks: Mutex<JoinSet<()>>,
}

/// A lane at work: shared by those who offer and the tasks that drive it.
pub(super) struct OpenLane {
    pub(super) prefix: &'static str,
    pub(super) sources: Vec<String>,
    pub(super) runner: Arc<dyn Runner>,
    desk: Mutex<Desk>,
    /// Something on the desk has changed. Every waiter looks for itself whether it concerns him.
    pub(super) changed: watch::Sender<()>,
}

impl OpenLane {
    /// Changes the book and tells everybody.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut Desk) -> T) -> T {
        let done = act(&mut self.desk());
        self.changed.send_replace(());
        done
    }

    /// Reads the book, or takes from it what only one task takes.
    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Dispatcher {
    /// Begins to look for work and to run it. `lease` says how long what is leased stays so if this host falls silent;
    /// `None` where the store is this process's alone. Must be called within a runtime.
    pub fn start(
        store: Arc<dyn Occurrences>,
        clock: Arc<dyn Clock>,
        lease: Option<Duration>,
        lanes: Vec<Lane>,
    ) -> Self {
        let (life, lives) = watch::channel(None);
        let lost = Arc::new(Notify::new());
        let mut tasks = JoinSet::new();
        let open = |lane: Lane| {
            Arc::new(OpenLane {
                prefix: lane.prefix,
                sources: lane.sources,
                runner: lane.runner,
                desk: Mutex::new(Desk::new(lane.width)),
                changed: watch::channel(()).0,
            })
        };
        let lanes: Vec<_> = lanes.into_iter().map(open).collect();
        for lane in &lanes {
            let driver = Driver {
                lane: lane.clone(),
                store: store.clone(),
                clock: clock.clone(),
                life: lives.clone(),
                lost: lost.clone(),
            };
            driver.spawn(&mut tasks);
        }
        // Where nothing can be set off, the store is left alone.
        if !lanes.is_empty() {
            let keeper = Keeper { store: store.clone(), lease, life, lost: lost.clone() };
            tasks.spawn(keeper.keep());
        }
        Self(Arc::new(Shared { store, clock, lanes, life: lives, lost, tasks: Mutex::new(tasks) }))
    }

    /// Puts on record what is not yet, and runs what is new and due: at once as far as there is room, the rest as soon as
    /// there is. All must be of one lane. When it answers, it is durable; the answers stand in the order of what was
    /// offered. May be repeated after any error: nothing runs twice.
    ///
    /// # Errors
    /// As [`Occurrences::add`]; also when no lane is for them, or the dispatcher has stopped.
    pub async fn offer(&self, new: Vec<Occurrence>) -> Result<Vec<Offered>, StoreError> {
        let Some(first) = new.first() else { return Ok(Vec::new()) };
        let lane =
            self.0.lanes.iter().find(|lane| first.source.starts_with(lane.prefix)).ok_or_else(|| {
                StoreError::Permanent(format!("nothing on this host runs what `{}` sets off", first.source))
            })?;
        let holder = self.life(lane).await?;
        let reservation = Reservation::of(lane, holder, new.len());
        let now = self.0.clock.now();
        let about: Vec<_> = new.iter().map(|one| (one.due, one.source.clone())).collect();
        let take = u32::try_from(reservation.count).unwrap_or(u32::MAX);
        let added = match self.0.store.add(holder, now, new, take).await {
            Ok(added) => added,
            Err(error) => {
                if matches!(error, StoreError::LeaseLost(_)) && *self.0.life.borrow() == Some(holder) {
                    self.0.lost.notify_one();
                }
                return Err(error);
            }
        };
        let answers =
            added.iter().map(|added| if *added == Added::Known { Offered::Known } else { Offered::New });
        let answers = answers.collect();
        let about = added.into_iter().zip(about).map(|(added, (due, source))| (added, due, source));
        reservation.fill(now, about.collect());
        Ok(answers)
    }

    /// The life that a lane has begun, as soon as it has one. A life that it has yet to begin will not do: what is leased
    /// under that before, nobody runs.
    async fn life(&self, lane: &OpenLane) -> Result<Holder, StoreError> {
        let (mut changed, mut lives) = (lane.changed.subscribe(), self.0.life.clone());
        loop {
            if let Some(life) = lane.desk().life() {
                return Ok(life);
            }
            tokio::select! {
                _ = changed.changed() => {}
                next = lives.changed() => if next.is_err() {
                    return Err(StoreError::Retry("the host is stopping".to_owned()));
                },
            }
        }
    }

    /// Looks for work now: somebody has put some into the store.
    pub fn look(&self) {
        for lane in &self.0.lanes {
            lane.with(Desk::look_everywhere);
        }
    }

    /// Whether only something new or time can make anything happen.
    pub fn is_settled(&self) -> bool {
        let now = self.0.clock.now();
        self.0.lanes.iter().all(|lane| lane.desk().is_settled(now))
    }

    /// Completes when [`is_settled`](Self::is_settled) is true.
    pub async fn settled(&self) {
        let mut changes: Vec<_> = self.0.lanes.iter().map(|lane| lane.changed.subscribe()).collect();
        while !self.is_settled() {
            let any = changes.iter_mut().map(|changed| Box::pin(changed.changed()));
            let (seen, ..) = futures_util::future::select_all(any).await;
            if seen.is_err() {
                return;
            }
        }
    }

    /// Begins nothing new, gives back what was not begun, waits for what runs until `patience` is over, and ends the
    /// life. Whether everything that ran has come to its end and is on record.
    pub async fn stop(&self, patience: impl Future<Output = ()>) -> bool {
        for lane in &self.0.lanes {
            lane.with(Desk::close);
        }
        let ended = async {
            for lane in &self.0.lanes {
                let mut changed = lane.changed.subscribe();
                while !lane.desk().is_over() {
                    if changed.changed().await.is_err() {
                        return;
                    }
                }
            }
        };
        let in_time = tokio::select! {
            () = ended => true,
            () = patience => false,
        };
        let life = *self.0.life.borrow();
        let mut tasks = std::mem::take(&mut *self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.shutdown().await;
        let Some(life) = life else { return in_time };
        match self.0.store.leave(life).await {
            Ok(()) => in_time,
            Err(error) => {
                tracing::warn!(%error, "what timers and blobs had set off here could not be given back; it waits until the lease is over");
                false
            }
        }
    }
}

/// Room for what is being added, given back when the call is dropped half-way.
struct Reservation<'l> {
    lane: &'l OpenLane,
    holder: Holder,
    count: usize,
    filled: bool,
}

impl<'l> Reservation<'l> {
    fn of(lane: &'l OpenLane, holder: Holder, offered: usize) -> Self {
        let count = lane.with(|desk| desk.reserve(offered));
        Self { lane, holder, count, filled: false }
    }

    fn fill(mut self, now: Timestamp, added: Vec<(Added, Timestamp, String)>) {
        self.filled = true;
        self.lane.with(|desk| desk.added(self.holder, self.count, now, Some(added)));
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        if !self.filled {
            self.lane.with(|desk| desk.added(self.holder, self.count, Timestamp::EPOCH, None));
        }
    }
}
