//! What hosts tell each other in memory: a mailbox per listener.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll, Waker},
};

use futures_core::Stream;

use crate::store::News;

/// Everybody who listens to a task hub.
#[derive(Debug, Clone, Default)]
pub(super) struct Listeners(Vec<Weak<Mutex<Mailbox>>>);

#[derive(Debug)]
struct Mailbox {
    unread: News,
    waker: Option<Waker>,
}

/// One listener's end.
pub(super) struct Listening(Arc<Mutex<Mailbox>>);

impl Listeners {
    /// Adds a listener, who first hears [`News::ALL`].
    pub(super) fn add(&mut self) -> Listening {
        let mailbox = Arc::new(Mutex::new(Mailbox { unread: News::ALL, waker: None }));
        self.0.retain(|listener| listener.strong_count() > 0);
        self.0.push(Arc::downgrade(&mailbox));
        Listening(mailbox)
    }

    /// Tells everybody.
    pub(super) fn tell(&self, news: News) {
        for mailbox in self.0.iter().filter_map(Weak::upgrade) {
            let mut mailbox = open(&mailbox);
            mailbox.unread = mailbox.unread | news;
            if let Some(waker) = mailbox.waker.take() {
                waker.wake();
            }
        }
    }
}

impl Stream for Listening {
    type Item = News;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<News>> {
        let mut mailbox = open(&self.0);
        if mailbox.unread.is_empty() {
            mailbox.waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(Some(std::mem::take(&mut mailbox.unread)))
    }
}

fn open(mailbox: &Mutex<Mailbox>) -> MutexGuard<'_, Mailbox> {
    mailbox.lock().unwrap_or_else(PoisonError::into_inner)
}
