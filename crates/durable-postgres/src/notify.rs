//! What hosts tell each other: `NOTIFY` outside of commits (inside they would queue up behind each other), at most one
//! per few milliseconds and host, and `LISTEN` on a connection of its own. A host that is alone says nothing.
//!
//! A message is `host:bits`; without bits it is the hello of a host that has come. Every task hub has a channel, so that
//! hosts of other apps are not woken.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use futures_util::stream::{self, BoxStream, StreamExt as _};
use sqlx::{PgPool, postgres::PgListener};
use tokio::{sync::Notify, task::JoinHandle, time::timeout};

use durable_core::store::News;

use crate::company::Company;

/// News that come within so long of each other are told together.
const PAUSE: Duration = Duration::from_millis(3);
/// How long to wait before listening again after it failed.
const DEAF: Duration = Duration::from_millis(500);
/// A connection on which nothing has come for so long is asked whether it is still there.
const SILENCE: Duration = Duration::from_secs(10);

/// Where a task hub's news go.
pub(crate) fn channel(schema: i64, hub: i32) -> String {
    format!("fnhost_{schema}_{hub}")
}

/// Tells the others.
#[derive(Debug)]
pub(crate) struct Announcer {
    shared: Arc<Shared>,
    company: Arc<Company>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    untold: AtomicU8,
    something: Notify,
}

impl Announcer {
    /// Begins to tell what there will be to tell; must be called within a runtime.
    pub(crate) fn start(
        pool: PgPool,
        channel: String,
        company: Arc<Company>,
        host: impl Fn() -> i64 + Send + 'static,
    ) -> Self {
        let shared = Arc::new(Shared::default());
        let task = tokio::spawn({
            let shared = Arc::clone(&shared);
            async move {
                loop {
                    shared.something.notified().await;
                    let bits = shared.untold.swap(0, Ordering::AcqRel);
                    if bits != 0 {
                        tell(&pool, &channel, host(), bits).await;
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
        });
        Self { shared, company, task }
    }

    /// Leaves news to be told soon, with what else there is by then; forgets them where nobody is to be told.
    pub(crate) fn announce(&self, news: News) {
        if self.company.is_alone() {
            return;
        }
        self.shared.untold.fetch_or(news.bits(), Ordering::AcqRel);
        self.shared.something.notify_one();
    }
}

impl Drop for Announcer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Says that this host is there.
pub(crate) async fn greet(pool: &PgPool, channel: &str, host: i64) {
    tell(pool, channel, host, News::NOTHING.bits()).await;
}

async fn tell(pool: &PgPool, channel: &str, host: i64, bits: u8) {
    let message = format!("{host}:{bits}");
    let done = sqlx::query("SELECT pg_notify($1, $2)").bind(channel).bind(message).execute(pool).await;
    if let Err(error) = done {
        tracing::debug!(%error, "other hosts could not be told; they will look by themselves");
    }
}

/// What others tell, and [`News::ALL`] whenever something may have been missed. `own` is this host's number.
pub(crate) fn listen(
    pool: PgPool,
    channel: String,
    company: Arc<Company>,
    own: impl Fn() -> i64 + Send + Sync + 'static,
) -> BoxStream<'static, News> {
    let ear = Ear { pool, channel, company, own: Box::new(own), listener: None };
    stream::unfold(ear, |mut ear| async move {
        let news = ear.next().await;
        Some((news, ear))
    })
    .boxed()
}

struct Ear {
    pool: PgPool,
    channel: String,
    company: Arc<Company>,
    own: Box<dyn Fn() -> i64 + Send + Sync>,
    /// `None` before the first time and after it was lost.
    listener: Option<PgListener>,
}

impl Ear {
    async fn next(&mut self) -> News {
        loop {
            let Some(listener) = &mut self.listener else {
                match self.begin().await {
                    // Whatever was told before nobody has heard.
                    Ok(()) => return News::ALL,
                    Err(error) => {
                        tracing::debug!(%error, "cannot hear other hosts yet");
                        tokio::time::sleep(DEAF).await;
                        continue;
                    }
                }
            };
            match hear(listener).await {
                Some(message) => {
                    let Some(news) = read(&message, (self.own)()) else { continue };
                    self.company.heard();
                    if !news.is_empty() {
                        return news;
                    }
                }
                None => {
                    self.company.listens(false);
                    self.listener = None;
                }
            }
        }
    }

    async fn begin(&mut self) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(&self.pool).await?;
        listener.eager_reconnect(false);
        listener.listen(&self.channel).await?;
        self.listener = Some(listener);
        self.company.listens(true);
        Ok(())
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.company.listens(false);
    }
}

/// The next message; `None` when the connection is gone.
async fn hear(listener: &mut PgListener) -> Option<String> {
    loop {
        match timeout(SILENCE, listener.try_recv()).await {
            Ok(Ok(Some(message))) => return Some(message.payload().to_owned()),
            Ok(Ok(None) | Err(_)) => return None,
            Err(_) => {
                let ping = sqlx::query("SELECT 1").execute(&mut *listener);
                if !matches!(timeout(SILENCE, ping).await, Ok(Ok(_))) {
                    return None;
                }
            }
        }
    }
}

/// What a message says to a host; `None` for its own words and what is not understood.
fn read(message: &str, own: i64) -> Option<News> {
    let said = message.split_once(':').map(|(host, bits)| (host.parse::<i64>(), bits.parse()));
    match said {
        Some((Ok(host), Ok(bits))) if host != own || own == 0 => Some(News::from_bits(bits)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_by_everybody_else() {
        assert_eq!(read("7:3", 8), Some(News::MESSAGES | News::TASKS));
        assert_eq!(read("7:3", 7), None);
        assert_eq!(read("0:1", 0), Some(News::MESSAGES));
        assert_eq!(read("7:0", 8), Some(News::NOTHING));
        assert_eq!(read("hello", 1), None);
        assert_eq!(read("7:255", 1), Some(News::ALL));
    }
}
