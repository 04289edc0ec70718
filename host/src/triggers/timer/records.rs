//! Writes down what is to be known of timers: many at once in one transaction, because they end in crowds.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use durable_core::store::{Occurrences, StoreError};
use fnhost_protocol::json::JsonText;
use tokio::sync::oneshot;

/// Cheap to clone; all clones write together.
#[derive(Clone)]
pub(super) struct Records {
    store: Arc<dyn Occurrences>,
    gathered: Arc<Mutex<Gathered>>,
}

#[derive(Default)]
struct Gathered {
    waiting: Vec<Waiting>,
    /// Whether a task is writing: it takes what has gathered meanwhile next.
    is_writing: bool,
}

struct Waiting {
    source: String,
    text: JsonText,
    written: oneshot::Sender<Result<(), Arc<StoreError>>>,
}

impl Records {
    pub(super) fn new(store: Arc<dyn Occurrences>) -> Self {
        Self { store, gathered: Arc::default() }
    }

    /// Writes one; completes when it is durable.
    ///
    /// # Errors
    /// Whatever the store says; then nobody knows which of the two texts is there.
    pub(super) async fn write(&self, source: String, text: JsonText) -> Result<(), Arc<StoreError>> {
        let (written, outcome) = oneshot::channel();
        let begins = {
            let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
            gathered.waiting.push(Waiting { source, text, written });
            !std::mem::replace(&mut gathered.is_writing, true)
        };
        if begins {
            // A task of its own: whoever waits here may go away, and others wait for the same write.
            tokio::spawn(self.clone().write_all());
        }
        outcome
            .await
            .unwrap_or_else(|_| Err(Arc::new(StoreError::UnknownOutcome("its writer is gone".to_owned()))))
    }

    async fn write_all(self) {
        loop {
            let taken = {
                let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
                if gathered.waiting.is_empty() {
                    gathered.is_writing = false;
                    return;
                }
                std::mem::take(&mut gathered.waiting)
            };
            // The last of one source counts.
            let texts: HashMap<String, JsonText> =
                taken.iter().map(|waiting| (waiting.source.clone(), waiting.text.clone())).collect();
            let outcome = self.store.set_source_states(texts.into_iter().collect()).await.map_err(Arc::new);
            for waiting in taken {
                // Who has gone away need not know.
                waiting.written.send(outcome.clone()).ok();
            }
        }
    }
}
