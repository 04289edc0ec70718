//! The pump on a clock that somebody holds: it sleeps on that clock, nothing else.

use std::sync::Arc;

use durable_core::clock::Clock;
use fnhost_protocol::time::Timestamp;
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::{Bell, Pump};

/// For tests and `--virtual-clock`.
pub(in super::super) struct HeldPump {
    clock: Arc<dyn Clock>,
    bell: Bell,
    over: CancellationToken,
}

impl HeldPump {
    pub(in super::super) fn new(clock: Arc<dyn Clock>, bell: Bell) -> Self {
        Self { clock, bell, over: CancellationToken::new() }
    }
}

impl Pump for HeldPump {
    fn arm(&self, at: Timestamp) {
        // The clock knows of the sleeper before it is turned again: not only when the task begins.
        let sleep = self.clock.sleep_until(at);
        let (bell, over) = (self.bell.clone(), self.over.clone());
        tokio::spawn(async move {
            if over.run_until_cancelled(sleep).await.is_some() {
                bell.notify_one();
            }
        });
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        self.over.cancel();
        Box::pin(std::future::ready(()))
    }
}

impl Drop for HeldPump {
    fn drop(&mut self) {
        self.over.cancel();
    }
}
