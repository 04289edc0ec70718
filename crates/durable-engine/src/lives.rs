//! The lives of a host on a store that others share: a lease is kept, or lost; then everything under way is dropped, and
//! the host begins anew under another epoch.
//!
//! ```text
//! begin_life ─▶ renew every third of the lease ──── the store says that it is over ─┐
//!     ▲         take over what the dead have left   or it was not renewed in time   │
//!     └──────── register, again and again ◀── work cancelled, caches empty ◀────────┘
//! ```
//!
//! A life has a number. What comes back of an earlier one (a turn that ran, a read) is not told to the machine.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use durable_core::{
    model::HostLease,
    store::{News, StoreError},
};
use tokio_util::sync::CancellationToken;

use crate::{
    commit_queue::{Commits, Queue},
    committer::Committer,
    driver::Driver,
    lease::Terms,
    machine::Input,
    parts::Parts,
};

/// Pauses between two tries to register.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What belongs to one life.
pub(crate) struct Life {
    /// 0 before the first.
    pub(crate) number: u64,
    pub(crate) lease: HostLease,
    /// Whether it goes on.
    pub(crate) lives: bool,
    /// Until when the lease may be trusted; `None` where nobody else could take it.
    pub(crate) trusted_until: Option<Duration>,
    pub(crate) commits: Commits,
    /// Ends what runs under it: when it ends, or when the time to stop is over.
    pub(crate) over: CancellationToken,
    /// Ends its committer, who would not be believed any more.
    ended: CancellationToken,
}

impl Life {
    /// Before the first.
    pub(crate) fn none() -> Self {
        Self {
            number: 0,
            lease: HostLease { host: 0, epoch: 0 },
            lives: false,
            trusted_until: None,
            commits: Commits::closed(),
            over: CancellationToken::new(),
            ended: CancellationToken::new(),
        }
    }

    /// Nothing of it counts any more.
    pub(crate) fn end(&mut self) {
        self.lives = false;
        self.trusted_until = None;
        self.over.cancel();
        self.ended.cancel();
    }
}

impl Driver {
    /// Begins a life under a lease that was asked for at `asked_at`.
    pub(crate) fn begin_life(&self, lease: HostLease, asked_at: Duration) {
        let parts = self.parts();
        self.with(|working, now| {
            let queue = Arc::<Queue>::default();
            let (over, ended) = (parts.abort.child_token(), CancellationToken::new());
            let number = working.performer.life.number + 1;
            let committer = Committer {
                parts: parts.clone(),
                lease,
                life: number,
                queue: queue.clone(),
                driver: self.me(),
                over: over.clone(),
                ended: ended.clone(),
            };
            let commits = Commits::spawn(queue, committer.run(), &parts.writers, &parts.runtime);
            if let Some(terms) = parts.terms {
                let keeper = Keeper { driver: self.me(), parts: parts.clone(), life: number, lease, terms };
                let (watch, renew, take_over) =
                    (keeper.clone().watch(), keeper.clone().renew(), keeper.take_over());
                let (first, second, third) = (over.clone(), over.clone(), over.clone());
                parts.runtime.spawn(async move { first.run_until_cancelled(watch).await });
                parts.runtime.spawn(async move { second.run_until_cancelled(renew).await });
                parts.runtime.spawn(async move { third.run_until_cancelled(take_over).await });
            }
            let trusted_until = parts.terms.map(|terms| terms.trusted_until(asked_at));
            working.performer.life = Life { number, lease, lives: true, trusted_until, commits, over, ended };
            working.machine.handle(Input::Registered(lease), now);
        });
    }

    /// The store says that the lease of a life is over.
    pub(crate) fn lease_over(&self, life: u64, why: &str) {
        self.with(|working, now| {
            if working.performer.life.number == life {
                self.end_life(working, now, why);
            }
        });
    }

    /// A lease was renewed; the renewal was asked for at `asked_at`.
    fn renewed(&self, life: u64, terms: Terms, asked_at: Duration) {
        self.with(|working, _| {
            let current = &mut working.performer.life;
            if current.number == life && current.lives {
                current.trusted_until = Some(terms.trusted_until(asked_at));
            }
        });
    }

    /// How long the lease of a life is to be trusted yet; `None` when it is over.
    fn trusted_for(&self, life: u64) -> Option<Duration> {
        let until = self.life(|current| current.trusted_until.filter(|_| current.number == life))??;
        Some(until.saturating_sub(self.parts().uptime.now()))
    }
}

/// Asks for a lease until there is one. Whatever this host had before is void from then on.
pub(crate) async fn register_again(driver: Weak<Driver>, parts: Arc<Parts>) {
    let mut pause = FIRST_PAUSE;
    while !parts.abort.is_cancelled() {
        let asked_at = parts.uptime.now();
        match parts.store.register(description()).await {
            Ok(lease) => {
                tracing::info!(%lease, "this host has a new lease");
                if let Some(driver) = driver.upgrade() {
                    driver.begin_life(lease, asked_at);
                }
                return;
            }
            Err(error) if pause == FIRST_PAUSE => {
                tracing::error!(%error, "this host cannot register; it tries again until it can");
            }
            Err(error) => tracing::debug!(%error, "this host cannot register yet"),
        }
        drop(tokio::time::timeout(pause, parts.abort.cancelled()).await);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// What a host calls itself.
pub(crate) fn description() -> String {
    format!("pid {}", std::process::id())
}

/// Keeps the lease of one life, and takes over from the dead.
#[derive(Clone)]
struct Keeper {
    driver: Weak<Driver>,
    parts: Arc<Parts>,
    life: u64,
    lease: HostLease,
    terms: Terms,
}

impl Keeper {
    /// Has the driver look at its lease when it is to be trusted no longer, should nothing else make it look.
    async fn watch(self) {
        loop {
            let Some(driver) = self.driver.upgrade() else { return };
            let Some(left) = driver.trusted_for(self.life) else { return };
            if left.is_zero() {
                driver.with(|_, _| {});
                return;
            }
            drop(driver);
            tokio::time::sleep(left).await;
        }
    }

    async fn renew(self) {
        let mut failing = false;
        loop {
            tokio::time::sleep(if failing { self.terms.retry() } else { self.terms.renewal() }).await;
            let asked_at = self.parts.uptime.now();
            let renewal = self.parts.store.renew(self.lease);
            let why = match tokio::time::timeout(self.terms.patience(), renewal).await {
                Ok(Ok(())) => {
                    failing = false;
                    let Some(driver) = self.driver.upgrade() else { return };
                    driver.renewed(self.life, self.terms, asked_at);
                    continue;
                }
                Ok(Err(error @ StoreError::LeaseLost(_))) => return self.lost(&error),
                Ok(Err(error)) => error.to_string(),
                Err(_) => "no answer".to_owned(),
            };
            if !std::mem::replace(&mut failing, true) {
                tracing::warn!(%why, "the lease could not be renewed; trying again");
            }
        }
    }

    async fn take_over(self) {
        let pause = self.terms.takeover();
        loop {
            match self.parts.store.take_over(self.lease).await {
                Ok(0) => {}
                Ok(dead) => {
                    tracing::warn!(dead, "hosts were found dead; their work goes on elsewhere");
                    self.parts.announcer.say(News::WORK);
                    let Some(driver) = self.driver.upgrade() else { return };
                    driver.input(Input::Heard(News::WORK));
                }
                Err(error @ StoreError::LeaseLost(_)) => return self.lost(&error),
                Err(error) => tracing::warn!(%error, "the work of dead hosts could not be taken over yet"),
            }
            tokio::time::sleep(self.parts.jitter.within(&pause)).await;
        }
    }

    fn lost(&self, error: &StoreError) {
        if let Some(driver) = self.driver.upgrade() {
            driver.lease_over(self.life, &error.to_string());
        }
    }
}
