//! What hosts tell each other: words of this one, many made one, and those of the others.

use std::{
    ops::Range,
    sync::{
        Arc, Weak,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use durable_core::store::News;
use futures_util::StreamExt;
use tokio::sync::Notify;

use crate::{driver::Driver, machine::Input, parts::Parts};

/// At most one announcement in this time.
const PAUSE: Duration = Duration::from_millis(4);
/// At most one reaction in this time; what comes meanwhile becomes one.
const REACTION: Duration = Duration::from_millis(2);
/// Before listening again, should the store stop telling.
const AGAIN: Range<Duration> = Duration::from_millis(500)..Duration::from_secs(1);

/// Words that are to be said. Whoever says something does not wait for it.
#[derive(Debug, Default)]
pub(crate) struct Announcer {
    unsaid: AtomicU8,
    bell: Notify,
}

impl Announcer {
    pub(crate) fn say(&self, news: News) {
        if self.unsaid.fetch_or(news.bits(), Ordering::Relaxed) & news.bits() != news.bits() {
            self.bell.notify_one();
        }
    }
}

/// Says what is to be said, until it is dropped. What cannot be said gets lost: sweeps find what it was about.
pub(crate) async fn announce(parts: Arc<Parts>) {
    loop {
        parts.announcer.bell.notified().await;
        let news = News::from_bits(parts.announcer.unsaid.swap(0, Ordering::Relaxed));
        if news.is_empty() {
            continue;
        }
        if let Err(error) = parts.store.announce(news).await {
            tracing::warn!(%error, "other hosts could not be told of work; their sweeps will find it");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Hears what is said, until the engine stops.
pub(crate) async fn listen(driver: Weak<Driver>, parts: Arc<Parts>) {
    loop {
        let mut news = parts.store.news();
        while let Some(heard) = news.next().await {
            let Some(driver) = driver.upgrade() else { return };
            driver.input(Input::Heard(heard));
            drop(driver);
            tokio::time::sleep(REACTION).await;
        }
        tracing::error!("the store has stopped telling what other hosts say; listening again");
        tokio::time::sleep(parts.jitter.within(&AGAIN)).await;
    }
}
