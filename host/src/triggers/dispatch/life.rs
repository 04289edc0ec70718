//! The life under which this host leases occurrences: begun, held, and begun again when it was lost.

use std::{sync::Arc, time::Duration};

use durable_core::store::{Holder, Occurrences, StoreError};
use durable_engine::clock::{SystemUptime, Uptime as _};
use futures_util::FutureExt as _;
use tokio::sync::{Notify, watch};

use super::patience::Patience;

/// How long a life lasts where nobody else could take over: it is never looked at.
const ALONE: Duration = Duration::from_secs(60);

/// Begins lives, one after the other, until it is dropped.
pub(super) struct Keeper {
    pub(super) store: Arc<dyn Occurrences>,
    /// How long what is leased stays so if this host falls silent; `None` where the store is this process's alone.
    pub(super) lease: Option<Duration>,
    /// Who waits for a life, or must end with it.
    pub(super) life: watch::Sender<Option<Holder>>,
    /// Somebody was told that the life is over.
    pub(super) lost: Arc<Notify>,
}

impl Keeper {
    pub(super) async fn keep(self) {
        let mut patience = Patience::new("timers and blobs cannot begin: the store does not answer");
        loop {
            let began = SystemUptime.now();
            match self.store.enter(self.lease.unwrap_or(ALONE)).await {
                Ok(holder) => {
                    patience.worked();
                    // What was said of the life before concerns this one no more.
                    let _said_before = self.lost.notified().now_or_never();
                    self.life.send_replace(Some(holder));
                    self.hold(holder, began).await;
                    self.life.send_replace(None);
                    tracing::warn!(
                        "this host has lost what timers and blobs had set off here; it begins anew"
                    );
                }
                Err(error) => tokio::time::sleep(patience.failed(&error)).await,
            }
        }
    }

    /// Completes when the life is over. Its host counts on its own clock, which goes on while the machine sleeps, and
    /// trusts the lease no longer than five sixths of it: others may have taken over by then.
    async fn hold(&self, holder: Holder, began: Duration) {
        let Some(length) = self.lease else { return self.lost.notified().await };
        let (mut held, mut wait) = (began, length / 3);
        loop {
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.lost.notified() => return,
            }
            let before = SystemUptime.now();
            let patience = (length * 5 / 6).saturating_sub(before.saturating_sub(held));
            match tokio::time::timeout(patience, self.store.hold(holder, length)).await {
                Ok(Ok(())) => (held, wait) = (before, length / 3),
                Ok(Err(StoreError::LeaseLost(_))) | Err(_) => return,
                Ok(Err(error)) => {
                    tracing::debug!(%error, "the lease could not be renewed");
                    wait = length / 12;
                }
            }
        }
    }
}
