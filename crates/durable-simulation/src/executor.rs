//! Runs programs for an engine, and tells the auditor what runs.

use std::{
    collections::HashMap,
    future::pending,
    panic::resume_unwind,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use durable_core::{
    clock::Clock,
    model::{InstanceKind, LeasedTask},
};
use durable_engine::Executor;
use fnhost_protocol::{
    action::Action,
    entity::{EntityBatch, EntityOutcome},
    failure::Failure,
    history::{EventKind, HistoryEvent},
    ids::InstanceId,
    json::JsonText,
    time::Timestamp,
    turn::{Turn, TurnOutcome},
};
use futures_util::future::BoxFuture;

use crate::{
    audit::Kind,
    program::{Addition, ENTITY, Ends, ORCHESTRATOR, Task, Wishes, json, run},
    world::World,
};

/// The executor of one life of a host.
pub(crate) struct Programs {
    pub(crate) world: Arc<World>,
    pub(crate) host: usize,
    /// What it remembers of instances: session, turns so far, history.
    kept: Arc<Mutex<HashMap<InstanceId, Kept>>>,
}

type Kept = (u64, u64, Vec<HistoryEvent>);

impl Programs {
    pub(crate) fn new(world: Arc<World>, host: usize) -> Self {
        Self { world, host, kept: Arc::default() }
    }

    fn begins(&self, kind: Kind) -> Slot {
        let options = &self.world.plan.options;
        let slots = if kind == Kind::Turn { options.max_turns } else { options.max_tasks };
        self.world.audit(|audit| audit.begins(self.host, kind, slots));
        Slot { world: self.world.clone(), host: self.host, kind }
    }

    /// How long code takes: mostly no time at all.
    fn hesitation(&self) -> Duration {
        self.world.with(|state| match state.random.number(0..10) {
            0 => state.random.millis(0..200),
            1..4 => state.random.millis(0..5),
            _ => Duration::ZERO,
        })
    }

    /// The history that the turn goes on from; nothing when it must be sent.
    fn recall(&self, turn: &Turn) -> Option<Vec<HistoryEvent>> {
        let forgets = self.world.with(|state| {
            let often = state.faults.forgotten;
            state.random.chance(often)
        });
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).remove(&turn.instance);
        if let Some(history) = &turn.history {
            return Some(history.to_vec());
        }
        let (session, base, history) = kept.filter(|_| !forgets)?;
        (session == turn.session && base == turn.base).then_some(history)
    }
}

impl Executor for Programs {
    fn resolve(&self, kind: InstanceKind, name: &str) -> Result<Arc<str>, String> {
        let known = match kind {
            InstanceKind::Orchestration => ORCHESTRATOR,
            InstanceKind::Entity => ENTITY,
        };
        if name == known { Ok(name.into()) } else { Err(format!("no function `{name}`")) }
    }

    fn turn(&self, turn: Turn) -> BoxFuture<'static, Result<TurnOutcome, Failure>> {
        let slot = self.begins(Kind::Turn);
        self.world.happened("run", self.host, || {
            format!("turn after {} of `{}` over {:?}", turn.base, turn.instance, turn.new_events)
        });
        let (hesitation, recalled) = (self.hesitation(), self.recall(&turn));
        let (world, host, kept) = (self.world.clone(), self.host, self.kept.clone());
        Box::pin(async move {
            let _slot = slot;
            tokio::time::sleep(hesitation).await;
            let Some(mut history) = recalled else { return Ok(TurnOutcome::NeedHistory) };
            world.audit(|audit| audit.shown(host, &turn));
            history.extend(turn.new_events.iter().cloned());
            let actions = match run(&world.plan.programs, &turn.instance, &history) {
                Wishes::Actions(actions) => actions,
                // Not `panic!`: the hook that reports panics is for those that nobody planned.
                Wishes::Panic => resume_unwind(Box::new("as written")),
            };
            history.extend(actions.iter().filter_map(recorded));
            let kept = &mut *kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.insert(turn.instance, (turn.session, turn.base + 1, history));
            Ok(TurnOutcome::Actions(actions))
        })
    }

    fn entity(&self, batch: EntityBatch) -> BoxFuture<'static, Result<EntityOutcome, Failure>> {
        let slot = self.begins(Kind::Turn);
        let hesitation = self.hesitation();
        self.world.happened("run", self.host, || format!("{} of {}", batch.operations.len(), batch.entity));
        Box::pin(async move {
            let _slot = slot;
            tokio::time::sleep(hesitation).await;
            let wrong = |_| Failure::new("Simulation", "an entity's state or input is no addition");
            let mut state: Vec<Addition> = match &batch.state {
                Some(state) => state.read().map_err(wrong)?,
                None => Vec::new(),
            };
            let mut results = Vec::new();
            for operation in &batch.operations {
                state.push(operation.input.read().map_err(wrong)?);
                results.push(Ok(json(&state.len())));
            }
            Ok(EntityOutcome { state: Some(json(&state)), results, actions: Vec::new() })
        })
    }

    fn task(&self, leased: LeasedTask) -> BoxFuture<'static, Result<JsonText, Failure>> {
        let slot = self.begins(Kind::Task);
        let (world, host, now) = (self.world.clone(), self.host, self.world.clock.now());
        self.world.audit(|audit| audit.attempted(&leased, now));
        self.world.happened("run", self.host, || format!("{:?} attempt {}", leased.task, leased.attempt));
        Box::pin(async move {
            let _slot = slot;
            let task: Task = leased.input.read().map_err(|_| Failure::new("Simulation", "no task"))?;
            tokio::time::sleep(Duration::from_millis(task.millis)).await;
            match task.ends {
                Ends::WellAfter(tries) if leased.policy_attempt <= tries => {
                    Err(Failure::new("Simulation", "not yet"))
                }
                Ends::Well | Ends::WellAfter(_) => Ok(json(&task.gives)),
                Ends::Failed => Err(Failure::new("Simulation", "as written")),
                Ends::Panicked => resume_unwind(Box::new("as written")),
                Ends::Killed => {
                    world.with(|state| state.struck.push(host));
                    pending().await
                }
            }
        })
    }
}

/// What the engine will record of an action, as far as replay cares.
fn recorded(action: &Action) -> Option<HistoryEvent> {
    let kind = match action {
        Action::CancelTimer { id } => EventKind::TimerCancelled { id: *id },
        Action::UnlockEntities { id } => EventKind::EntityUnlockSent { id: *id },
        Action::ScheduleTask { id, .. }
        | Action::CreateSubOrchestration { id, .. }
        | Action::CreateTimer { id, .. }
        | Action::CallEntity { id, .. }
        | Action::SignalEntity { id, .. }
        | Action::LockEntities { id, .. } => EventKind::TimerCreated { id: *id, fire_at: Timestamp::EPOCH },
        _ => return None,
    };
    Some(HistoryEvent::new(Timestamp::EPOCH, kind))
}

/// Something that runs; ends when it is dropped, however that comes about.
struct Slot {
    world: Arc<World>,
    host: usize,
    kind: Kind,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.world.audit(|audit| audit.ends(self.host, self.kind));
    }
}
