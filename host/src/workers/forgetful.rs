//! [`ForgetfulWorker`]: a worker as bad as a worker may be. For tests; nothing must differ behind it.

use std::fmt::Display;

use fnhost_protocol::{
    entity::{EntityBatch, EntityOutcome},
    failure::Failure,
    ids::InstanceId,
    invocation::{Invocation, Outcome, Reply, TriggerData},
    turn::{Turn, TurnOutcome},
    worker::Worker,
};
use futures_util::{FutureExt, future::BoxFuture};
use serde::{Serialize, de::DeserializeOwned};

use super::linked::LinkedWorker;

/// A worker that can be made to forget what it keeps of an instance.
pub trait Forget {
    /// Drops what is kept of this instance.
    fn forget(&self, instance: &InstanceId);
}

impl Forget for LinkedWorker {
    fn forget(&self, instance: &InstanceId) {
        Self::forget(self, instance);
    }
}

/// Lets nothing but bytes cross to the worker inside, as if it were in another process, and forgets: it asks for
/// histories that it does not need, and makes the worker inside drop what it keeps.
///
/// What it forgets depends on the seed, the instance and the number of the turn only, not on the order of calls.
#[derive(Debug, Clone)]
pub struct ForgetfulWorker<W> {
    inner: W,
    seed: u64,
}

/// What goes wrong before a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lapse {
    None,
    /// The state is there and is not used.
    AskAgain,
    /// The state is lost before the turn.
    Lost,
    /// The state is lost after the turn.
    LostAfterwards,
}

impl<W: Worker + Forget + Clone> ForgetfulWorker<W> {
    /// Wraps a worker.
    pub fn new(inner: W, seed: u64) -> Self {
        Self { inner, seed }
    }

    fn lapse(&self, turn: &Turn) -> Lapse {
        let mut state = self.seed ^ turn.base.rotate_left(17);
        for byte in turn.instance.as_str().bytes() {
            state = mix(state ^ u64::from(byte));
        }
        match mix(state) % 8 {
            0 | 1 => Lapse::AskAgain,
            2 => Lapse::Lost,
            3 => Lapse::LostAfterwards,
            _ => Lapse::None,
        }
    }
}

/// One step of splitmix64.
fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Sends a value through JSON bytes.
fn cross<T: Serialize + DeserializeOwned>(value: &T) -> Result<T, Failure> {
    let bytes = serde_json::to_vec(value).map_err(|error| lost("written", error))?;
    let copy: T = serde_json::from_slice(&bytes).map_err(|error| lost("read", error))?;
    let again = serde_json::to_vec(&copy).map_err(|error| lost("written again", error))?;
    if again != bytes {
        return Err(lost("read", "it is something else afterwards"));
    }
    Ok(copy)
}

/// Only bytes cross: a body that is a stream is read to its end.
async fn whole_call(mut invocation: Invocation) -> Result<Invocation, Failure> {
    if let TriggerData::Http(call) = invocation.trigger {
        let call = call.collected().await.map_err(|error| lost("read", error))?;
        invocation.trigger = TriggerData::Http(Box::new(call));
    }
    Ok(invocation)
}

async fn whole_reply(outcome: Outcome) -> Outcome {
    match outcome? {
        Reply::Http(reply) => {
            Ok(Reply::Http(reply.collected().await.map_err(|error| lost("written", error))?))
        }
        other => Ok(other),
    }
}

fn lost(verb: &str, error: impl Display) -> Failure {
    Failure::new("Seam", format!("what crosses to the worker cannot be {verb}: {error}"))
}

impl<W: Worker + Forget + Clone> Worker for ForgetfulWorker<W> {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'static, Outcome> {
        let inner = self.inner.clone();
        async move {
            let invocation = whole_call(invocation).await?;
            let outcome = whole_reply(inner.invoke(cross(&invocation)?).await).await;
            cross(&outcome)?
        }
        .boxed()
    }

    fn turn(&self, turn: Turn) -> BoxFuture<'static, Result<TurnOutcome, Failure>> {
        let lapse = self.lapse(&turn);
        let inner = self.inner.clone();
        async move {
            if lapse == Lapse::AskAgain && turn.history.is_none() && turn.base > 0 {
                return Ok(TurnOutcome::NeedHistory);
            }
            if lapse == Lapse::Lost {
                inner.forget(&turn.instance);
            }
            let instance = turn.instance.clone();
            let outcome = inner.turn(cross(&turn)?).await;
            if lapse == Lapse::LostAfterwards {
                inner.forget(&instance);
            }
            cross(&outcome)?
        }
        .boxed()
    }

    fn entity(&self, batch: EntityBatch) -> BoxFuture<'static, Result<EntityOutcome, Failure>> {
        let inner = self.inner.clone();
        async move { cross(&inner.entity(cross(&batch)?).await)? }.boxed()
    }
}
