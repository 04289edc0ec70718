//! The world outside: clients that start orchestrations, send them what they wait for, interfere, and check the ends.

use std::{sync::Arc, time::Duration};

use durable_engine::Client;
use fnhost_protocol::{
    client::{ClientError, Reach, StartRequest},
    ids::InstanceId,
    status::{InstanceStatus, RuntimeStatus},
};

use crate::{
    audit::Invariant,
    calls::{Known, Outside},
    plan::{Afterwards, Root},
    program::{Ending, Input, ORCHESTRATOR, ending, events, json},
    world::{OUTSIDE, World},
};

/// How a client interferes.
#[derive(Debug, Clone, Copy)]
enum Control {
    Resume,
    Suspend,
    Terminate(Reach),
}

impl Outside {
    /// Starts a root, whatever it takes, and goes with it to its end.
    pub(crate) async fn shepherd(self: Arc<Self>, root: Root) {
        tokio::time::sleep(root.begins).await;
        let id = InstanceId::from_stored(root.id.as_str());
        self.start(&root, &id).await;
        if let Some((after, length)) = root.suspended {
            tokio::spawn(self.clone().suspend(id.clone(), after, length));
        }
        if let Some((after, reach)) = root.terminated {
            tokio::spawn(self.clone().terminate(id.clone(), after, reach));
        }
        self.check_end(&root, self.end(&id).await.as_ref());
        let (Afterwards::Purged(reach) | Afterwards::StartedAgain(reach)) = root.afterwards else { return };
        self.purge(&id, reach).await;
        if let Afterwards::StartedAgain(_) = root.afterwards {
            self.start(&root, &id).await;
            self.check_end(&root, self.end(&id).await.as_ref());
        }
    }

    async fn start(&self, root: &Root, id: &InstanceId) {
        loop {
            let start = self.world.next_call();
            let input = Input { start, program: root.program, round: 0, sum: 0 };
            let request = StartRequest {
                function: ORCHESTRATOR.to_owned(),
                instance: Some(id.clone()),
                input: json(&input),
            };
            let start = format!("start {start}");
            match self.call_once(&start, |client| async move { client.start(request).await.map(drop) }).await
            {
                Known::Done => return,
                // A call that nobody answered got through.
                Known::Refused(ClientError::AlreadyExists { .. }) => return,
                Known::Refused(error) => {
                    self.world.broken(Invariant::Acknowledged, format!("the start of `{id}`: {error}"));
                    return;
                }
                Known::Nothing => self.pause(1_000).await,
            }
        }
    }

    /// Waits for the end; nothing when it is not known, because it was removed since.
    async fn end(&self, id: &InstanceId) -> Option<InstanceStatus> {
        let is_removed = self.world.plan.cleaned || self.world.plan.retention().is_some();
        loop {
            let patience = self.world.with(|state| state.random.millis(1..8_000));
            let awaited = id.clone();
            let waited = self.at_a_host(|client| async move { client.wait(awaited, patience).await }).await;
            self.world.happened("call", OUTSIDE, || format!("wait for `{id}`: {waited:?}"));
            match waited {
                Some(Ok(status)) if status.status.is_terminal() => return Some(status),
                Some(Ok(status)) if status.status == RuntimeStatus::Suspended => {
                    // Somebody's call to suspend it may have arrived after the one to resume it.
                    self.pause(2_000).await;
                    self.send_control(id, Control::Resume).await;
                }
                Some(Err(ClientError::NotFound { .. })) if is_removed => return None,
                Some(Err(error @ ClientError::NotFound { .. })) => {
                    self.world.broken(Invariant::Acknowledged, format!("{error}, although it was started"));
                    std::future::pending::<()>().await;
                }
                _ => self.pause(200).await,
            }
        }
    }

    fn check_end(&self, root: &Root, status: Option<&InstanceStatus>) {
        let Some(status) = status else { return };
        let expected = ending(&self.world.plan.programs, root.program);
        // Sub-orchestrations that a terminated one has left behind may keep those of its successor from starting.
        let in_the_way = root.terminated.is_some() && matches!(root.afterwards, Afterwards::StartedAgain(_));
        let right = match (status.status, expected) {
            (RuntimeStatus::Completed, Ending::Completed(sum)) => {
                in_the_way || status.output.as_ref().and_then(|output| output.read::<u64>().ok()) == Some(sum)
            }
            (RuntimeStatus::Failed, Ending::Failed) => true,
            (RuntimeStatus::Terminated, _) => root.terminated.is_some(),
            _ => false,
        };
        if !right {
            let text = format!(
                "`{}` should end as {expected:?} and is {}: {:?} {:?}",
                root.id, status.status, status.output, status.failure
            );
            self.world.broken(Invariant::Result, text);
        }
    }

    async fn send_control(&self, id: &InstanceId, what: Control) -> Known {
        let name = format!("{what:?} {}", self.world.next_call());
        let (id, reason) = (id.clone(), name.clone());
        match what {
            Control::Resume => {
                self.call_once(&name, |client| async move { client.resume(id, reason).await }).await
            }
            Control::Suspend => {
                self.call_once(&name, |client| async move { client.suspend(id, reason).await }).await
            }
            Control::Terminate(reach) => {
                self.call_once(&name, |client| async move { client.terminate(id, reason, reach).await }).await
            }
        }
    }

    async fn suspend(self: Arc<Self>, id: InstanceId, after: Duration, length: Duration) {
        tokio::time::sleep(after).await;
        self.send_control(&id, Control::Suspend).await;
        tokio::time::sleep(length).await;
        self.send_control(&id, Control::Resume).await;
    }

    async fn terminate(self: Arc<Self>, id: InstanceId, after: Duration, reach: Reach) {
        tokio::time::sleep(after).await;
        while let Known::Nothing = self.send_control(&id, Control::Terminate(reach)).await {
            self.pause(300).await;
        }
    }

    /// Sends an event whenever an orchestration of this id lives that has not got it.
    pub(crate) async fn send_event(self: Arc<Self>, id: String, event: String, brings: u64) {
        let id = InstanceId::from_stored(id);
        loop {
            self.pause(1_500).await;
            if !self.world.audit(|audit| audit.awaits(&id, &event)) {
                continue;
            }
            let call = self.world.next_call();
            let payload = json(&(call, brings));
            let name = format!("event {call}");
            let (id, event) = (id.clone(), event.clone());
            let raise = |client: Client| async move { client.raise_event(id, event, payload).await };
            self.call_once(&name, raise).await;
        }
    }
}

/// All clients of a plan: those that must come to an end, and those that go on for ever.
pub(crate) struct Clients {
    pub(crate) ending: Vec<futures_util::future::BoxFuture<'static, ()>>,
    pub(crate) endless: Vec<futures_util::future::BoxFuture<'static, ()>>,
}

impl Clients {
    pub(crate) fn of(world: &Arc<World>) -> Self {
        let outside = Arc::new(Outside { world: world.clone() });
        let plan = &world.plan;
        let mut clients = Self { ending: Vec::new(), endless: Vec::new() };
        for root in &plan.roots {
            clients.ending.push(Box::pin(outside.clone().shepherd(root.clone())));
            for (id, event, brings) in events(&plan.programs, root.program, &root.id) {
                clients.endless.push(Box::pin(outside.clone().send_event(id, event, brings)));
            }
        }
        for adder in &plan.adders {
            clients.ending.push(Box::pin(outside.clone().add(adder.clone())));
        }
        if plan.cleaned {
            clients.endless.push(Box::pin(outside.clone().clean()));
        }
        clients
    }
}
