//! Calls of clients: each comes into some host, and may never be answered.

use std::{sync::Arc, time::Duration};

use durable_engine::Client;
use fnhost_protocol::client::ClientError;

use crate::{
    planted::Bug,
    world::{Door, OUTSIDE, World},
};

/// How long a client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a client knows after a call.
pub(crate) enum Known {
    Done,
    Refused(ClientError),
    /// It may have been done, or be done later.
    Nothing,
}

/// Whoever is outside of all hosts.
pub(crate) struct Outside {
    pub(crate) world: Arc<World>,
}

impl Outside {
    pub(crate) async fn pause(&self, longest: u64) {
        let pause = self.world.with(|state| state.random.millis(0..longest));
        tokio::time::sleep(pause).await;
    }

    /// One of the hosts that are up.
    async fn door(&self) -> Door {
        loop {
            let chosen = self.world.with(|state| {
                let up: Vec<Door> = state.doors.iter().flatten().cloned().collect();
                if up.is_empty() { None } else { Some(state.random.pick(&up).clone()) }
            });
            if let Some(door) = chosen {
                return door;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// A call that is made once under this name: when it is refused, it never takes effect.
    pub(crate) async fn call_once<F>(&self, name: &str, call: impl FnOnce(Client) -> F) -> Known
    where
        F: Future<Output = Result<(), ClientError>> + Send + 'static,
    {
        let known = self.call(name, call).await;
        if let Known::Refused(_) = known {
            self.world.audit(|audit| audit.refused(name));
        }
        known
    }

    /// One call at one host. The auditor hears what it is called when it is acknowledged.
    pub(crate) async fn call<F>(&self, name: &str, call: impl FnOnce(Client) -> F) -> Known
    where
        F: Future<Output = Result<(), ClientError>> + Send + 'static,
    {
        let answer = match self.world.bug {
            Some(Bug::AcknowledgedBeforeCommit) => {
                let Door { client, runtime, .. } = self.door().await;
                drop(runtime.spawn(call(client)));
                Some(Ok(()))
            }
            _ => self.at_a_host(call).await,
        };
        let (known, text) = match answer {
            Some(Ok(())) => {
                self.world.audit(|audit| audit.acknowledged(name));
                (Known::Done, "done".to_owned())
            }
            Some(Err(error @ ClientError::Unavailable { .. })) => (Known::Nothing, error.to_string()),
            Some(Err(error)) => {
                let text = error.to_string();
                (Known::Refused(error), text)
            }
            None => (Known::Nothing, "no answer".to_owned()),
        };
        self.world.happened("call", OUTSIDE, || format!("{name}: {text}"));
        known
    }

    /// What a host answers; nothing when it dies before it does, or takes too long.
    pub(crate) async fn at_a_host<T: Send + 'static, F>(&self, call: impl FnOnce(Client) -> F) -> Option<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let Door { client, runtime, closed } = self.door().await;
        let answer = runtime.spawn(call(client));
        tokio::select! {
            biased;
            () = closed.cancelled() => None,
            answer = answer => answer.ok(),
            () = tokio::time::sleep(PATIENCE) => None,
        }
    }
}
