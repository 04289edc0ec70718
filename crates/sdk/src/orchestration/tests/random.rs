//! Random programs against random engines: kept code and replayed code ask for the same, wherever the code is
//! evicted.

use std::{pin::Pin, time::Duration};

use fnhost_protocol::{
    action::Action,
    failure::Failure,
    history::{EventKind, TaskId},
    ids::EntityId,
};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::kit::{Desk, json, raised, resumed, started, suspended};
use crate::{First, OrchestrationContext, Result, RetryPolicy};

/// A program, which is the input of its own interpreter.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Step {
    Activity(u8),
    Child(u8),
    /// An activity, or a child, that is tried again.
    Patient(u8),
    Timer(u8),
    Event(u8),
    Call(u8),
    Signal(u8),
    Status(u8),
    Guid,
    Forget(Box<Step>),
    /// Within a critical section; the entity of calls may be among the locked ones.
    Locked(u8, Box<Step>),
    Sequence(Vec<Step>),
    Join(Vec<Step>),
    TryJoin(Vec<Step>),
    First(Box<Step>, Box<Step>),
    FirstOf(Vec<Step>),
    Attempt(Box<Step>),
    Again(u8),
}

fn interpret<'a>(
    ctx: &'a OrchestrationContext,
    step: &'a Step,
) -> Pin<Box<dyn Future<Output = Result<u64>> + Send + 'a>> {
    Box::pin(async move {
        Ok(match step {
            Step::Activity(n) => ctx.activity(&format!("A{n}"), n).await?,
            Step::Child(n) => ctx.sub_orchestration(&format!("C{n}"), n).await?,
            Step::Patient(n) => {
                let policy = RetryPolicy::new(Duration::from_secs(u64::from(n % 5)), 1 + u32::from(n % 4));
                let policy =
                    policy.backoff(f64::from(1 + n % 3)).only_if(|error| !error.to_string().is_empty());
                match n % 3 {
                    0 => ctx.sub_orchestration(&format!("C{n}"), n).retry(policy).await?,
                    _ => ctx.activity(&format!("A{n}"), n).retry(policy).await?,
                }
            }
            Step::Timer(n) => {
                ctx.timer(Duration::from_secs(u64::from(*n))).await?;
                1
            }
            Step::Event(n) => ctx.wait_for_event(&format!("E{}", n % 3)).await?,
            Step::Call(n) => ctx.call_entity(&EntityId::new("Counter", "")?, &format!("O{n}"), n).await?,
            Step::Signal(n) => {
                ctx.signal_entity(&EntityId::new("Counter", "")?, &format!("O{n}"), n)?;
                1
            }
            Step::Status(n) => {
                ctx.set_custom_status(n)?;
                1
            }
            Step::Guid => u64::from_be_bytes(ctx.new_guid().as_bytes()[..8].try_into().expect("eight bytes")),
            Step::Locked(n, step) => {
                let keys = ["", "a", "b"].into_iter().filter(|key| n % 3 > 0 || !key.is_empty());
                let entities =
                    keys.map(|key| EntityId::new("Counter", key)).collect::<Result<Vec<_>, _>>()?;
                let locks = ctx.lock(&entities).await?;
                let result = interpret(ctx, step).await?;
                if n % 2 == 0 {
                    locks.release();
                }
                result
            }
            Step::Forget(step) => {
                let mut begun = interpret(ctx, step);
                // Begun, perhaps parked, and dropped.
                let pending = futures_util::poll!(&mut begun).is_pending();
                u64::from(pending)
            }
            Step::Sequence(steps) => {
                let mut sum = 0_u64;
                for step in steps {
                    sum = sum.wrapping_mul(31).wrapping_add(interpret(ctx, step).await?);
                }
                sum
            }
            Step::Join(steps) => {
                let results = ctx.join_all(steps.iter().map(|step| interpret(ctx, step))).await;
                results
                    .into_iter()
                    .fold(0_u64, |sum, result| sum.wrapping_mul(31).wrapping_add(result.unwrap_or(7)))
            }
            Step::TryJoin(steps) => {
                let results = ctx.try_join_all(steps.iter().map(|step| interpret(ctx, step))).await?;
                results.into_iter().fold(0_u64, |sum, n| sum.wrapping_mul(31).wrapping_add(n))
            }
            Step::First(left, right) => match ctx.first(interpret(ctx, left), interpret(ctx, right)).await? {
                First::Left(n) => n,
                First::Right(n) => n.wrapping_add(1),
            },
            Step::FirstOf(steps) => {
                let (index, n) = ctx.first_of(steps.iter().map(|step| interpret(ctx, step))).await?;
                n.wrapping_add(index as u64)
            }
            Step::Attempt(step) => interpret(ctx, step).await.unwrap_or(3),
            Step::Again(n) => return ctx.continue_as_new(n),
        })
    })
}

async fn program(ctx: OrchestrationContext, steps: Step) -> Result<u64> {
    let result = interpret(&ctx, &steps).await;
    ctx.activity::<u64>("Last", ctx.now().as_micros()).await?;
    result
}

fn steps() -> impl Strategy<Value = Step> {
    let leaf = prop_oneof![
        4 => any::<u8>().prop_map(Step::Activity),
        1 => any::<u8>().prop_map(Step::Child),
        3 => any::<u8>().prop_map(Step::Patient),
        3 => any::<u8>().prop_map(Step::Timer),
        3 => any::<u8>().prop_map(Step::Event),
        1 => any::<u8>().prop_map(Step::Call),
        1 => any::<u8>().prop_map(Step::Signal),
        1 => any::<u8>().prop_map(Step::Status),
        1 => Just(Step::Guid),
        1 => any::<u8>().prop_map(Step::Again),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let list = || prop::collection::vec(inner.clone(), 0..5);
        prop_oneof![
            3 => list().prop_map(Step::Sequence),
            2 => list().prop_map(Step::Join),
            2 => list().prop_map(Step::TryJoin),
            2 => (inner.clone(), inner.clone()).prop_map(|(left, right)| Step::First(left.into(), right.into())),
            1 => list().prop_map(Step::FirstOf),
            1 => inner.clone().prop_map(|step| Step::Attempt(step.into())),
            1 => inner.clone().prop_map(|step| Step::Forget(step.into())),
            2 => (any::<u8>(), inner.clone()).prop_map(|(n, step)| Step::Locked(n, step.into())),
        ]
    })
}

/// What an engine does next, by numbers that are taken modulo what there is.
#[derive(Debug, Clone)]
enum Move {
    /// Something that is open completes, or fails.
    Complete {
        which: usize,
        fails: bool,
    },
    Raise(u8),
    Suspend,
    Resume,
    /// The code is evicted before the next turn.
    Evict,
    /// The turn begins with what has gathered.
    Turn,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        6 => (any::<usize>(), prop::bool::weighted(0.35)).prop_map(|(which, fails)| Move::Complete { which, fails }),
        2 => any::<u8>().prop_map(Move::Raise),
        1 => Just(Move::Suspend),
        2 => Just(Move::Resume),
        1 => Just(Move::Evict),
        6 => Just(Move::Turn),
    ];
    prop::collection::vec(one, 0..60)
}

/// Tasks that are open, as the engine sees them.
#[derive(Default)]
struct Open(Vec<(TaskId, Completion)>);

/// How a task completes, or fails.
type Completion = fn(TaskId, bool) -> EventKind;

impl Open {
    fn add(&mut self, actions: &[Action]) -> bool {
        for action in actions {
            match action {
                Action::ScheduleTask { id, .. } => self.0.push((*id, |id, fails| match fails {
                    false => EventKind::TaskCompleted { id, result: json(u64::from(id)) },
                    true => EventKind::TaskFailed { id, failure: Failure::new("Broken", "no") },
                })),
                Action::CreateSubOrchestration { id, .. } => self.0.push((*id, |id, fails| match fails {
                    false => EventKind::SubOrchestrationCompleted { id, result: json(u64::from(id)) },
                    true => EventKind::SubOrchestrationFailed { id, failure: Failure::new("Broken", "no") },
                })),
                Action::CallEntity { id, .. } => self.0.push((*id, |id, fails| match fails {
                    false => EventKind::EntityOperationCompleted { id, result: json(u64::from(id)) },
                    // A result of a wrong type is a failure that the code finds itself.
                    true => EventKind::EntityOperationCompleted { id, result: json("wrong") },
                })),
                Action::CreateTimer { id, .. } => self.0.push((*id, |id, _| EventKind::TimerFired { id })),
                Action::LockEntities { id, .. } => {
                    self.0.push((*id, |id, _| EventKind::EntityLockGranted { id }));
                }
                // What is given up may come all the same: it stays.
                Action::CancelTimer { .. }
                | Action::UnlockEntities { .. }
                | Action::SignalEntity { .. }
                | Action::SetCustomStatus { .. } => {}
                Action::Complete { .. } | Action::ContinueAsNew { .. } => return false,
                Action::Fail { failure } => {
                    assert_ne!(failure.kind, fnhost_protocol::failure::kind::NON_DETERMINISTIC, "{failure}");
                    assert_ne!(failure.kind, fnhost_protocol::failure::kind::FOREIGN_AWAIT, "{failure}");
                    assert_ne!(failure.kind, fnhost_protocol::failure::kind::PANIC, "{failure}");
                    return false;
                }
            }
        }
        true
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn kept_and_replayed_code_ask_for_the_same(steps in steps(), moves in moves()) {
        // The desk compares, at each turn, kept code with code that was replayed from the beginning.
        let mut desk = Desk::new(program);
        let mut open = Open::default();
        if !open.add(&desk.actions([started(&steps)])) {
            return Ok(());
        }
        let mut gathered = Vec::new();
        let end = std::iter::repeat_n([Move::Resume, Move::Complete { which: 0, fails: false }, Move::Turn], 50).flatten();
        for one in moves.into_iter().chain(end) {
            match one {
                Move::Complete { which, fails } if !open.0.is_empty() => {
                    let (id, event) = open.0.remove(which % open.0.len());
                    gathered.push(event(id, fails));
                }
                Move::Complete { .. } => {}
                Move::Raise(n) => gathered.push(raised(&format!("e{}", n % 4), n)),
                Move::Suspend => gathered.push(suspended()),
                Move::Resume => gathered.push(resumed()),
                Move::Evict => desk.evict(),
                Move::Turn => {
                    let actions = desk.actions(std::mem::take(&mut gathered));
                    if !open.add(&actions) {
                        return Ok(());
                    }
                }
            }
        }
    }
}
