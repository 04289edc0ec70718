//! Programs as data, interpreted by an orchestrator. The result depends on what is called only, never on the order in
//! which it is answered, unless the program races or waits for events.

use std::{pin::Pin, time::Duration};

use fnhost_sdk::{EntityId, First, OrchestrationContext, Registry, Result, RetryPolicy};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

/// A program, which is the input of its own interpreter.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Step {
    /// What is called fails so often, and is tried so often.
    Call {
        what: What,
        name: u8,
        failures: u32,
        attempts: u32,
    },
    Timer(u8),
    Signal,
    Status(u8),
    Sequence(Vec<Step>),
    Join(Vec<Step>),
    TryJoin(Vec<Step>),
    Attempt(Box<Step>),
    /// Only in programs that race.
    First(Box<Step>, Box<Step>),
    FirstOf(Vec<Step>),
    Event(u8),
    Again(u8),
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum What {
    Activity,
    Child,
    Entity,
}

/// What a call is told: how it is to answer.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) name: u8,
    pub(crate) failures: u32,
}

pub(crate) fn registry() -> Registry {
    Registry::new().orchestration("F", "program.rs", run).orchestration("Rounds", "program.rs", rounds)
}

/// Takes so many events of a name, then begins anew with what is left to take; in the end, all that it has seen.
async fn rounds(ctx: OrchestrationContext, (mut seen, mut plan): Rounds) -> Result<Vec<u32>> {
    let Some((name, count)) = plan.pop() else { return Ok(seen) };
    let waits: Vec<_> = (0..count).map(|_| ctx.wait_for_event::<u32>(&event_name(name))).collect();
    seen.extend(ctx.try_join_all(waits).await?);
    if name == 0 {
        ctx.activity::<u64>("A", Order { name, failures: 0 }).await?;
    }
    ctx.continue_as_new((seen, plan))
}

/// What was seen, and what is to be taken, last first: name and how many.
pub(crate) type Rounds = (Vec<u32>, Vec<(u8, u8)>);

pub(crate) fn event_name(name: u8) -> String {
    format!("e{}", name % 3)
}

async fn run(ctx: OrchestrationContext, program: Step) -> Result<u64> {
    interpret(&ctx, &program).await
}

fn fold(values: impl IntoIterator<Item = u64>) -> u64 {
    values.into_iter().fold(7, |sum, value| sum.wrapping_mul(31).wrapping_add(value))
}

fn interpret<'a>(
    ctx: &'a OrchestrationContext,
    step: &'a Step,
) -> Pin<Box<dyn Future<Output = Result<u64>> + Send + 'a>> {
    let all = |steps: &'a [Step]| steps.iter().map(|step| interpret(ctx, step));
    Box::pin(async move {
        Ok(match step {
            Step::Call { what, name, failures, attempts } => {
                let order = Order { name: *name, failures: *failures };
                let policy =
                    RetryPolicy::new(Duration::from_secs(u64::from(*name % 3)), *attempts).backoff(2.0);
                match what {
                    What::Activity => ctx.activity("A", order).retry(policy).await?,
                    What::Child => ctx.sub_orchestration("C", order).retry(policy).await?,
                    What::Entity => ctx.call_entity(&EntityId::new("E", "")?, "op", order).await?,
                }
            }
            Step::Timer(seconds) => {
                ctx.timer(Duration::from_secs(u64::from(*seconds))).await?;
                1
            }
            Step::Signal => {
                ctx.signal_entity(&EntityId::new("E", "")?, "op", ())?;
                2
            }
            Step::Status(status) => {
                ctx.set_custom_status(status)?;
                3
            }
            Step::Sequence(steps) => {
                let mut values = Vec::new();
                for step in steps {
                    values.push(interpret(ctx, step).await?);
                }
                fold(values)
            }
            Step::Join(steps) => {
                fold(ctx.join_all(all(steps)).await.into_iter().map(|result| result.unwrap_or(5)))
            }
            Step::TryJoin(steps) => fold(ctx.try_join_all(all(steps)).await?),
            Step::Attempt(step) => interpret(ctx, step).await.unwrap_or(9),
            Step::First(left, right) => match ctx.first(interpret(ctx, left), interpret(ctx, right)).await? {
                First::Left(value) | First::Right(value) => value,
            },
            Step::FirstOf(steps) => ctx.first_of(all(steps)).await?.1,
            Step::Event(name) => ctx.wait_for_event(&event_name(*name)).await?,
            Step::Again(rounds) => match rounds {
                0 => 0,
                _ => {
                    return ctx.continue_as_new(Step::Sequence(vec![
                        Step::Event(*rounds),
                        Step::Again(rounds - 1),
                    ]));
                }
            },
        })
    })
}

/// Programs of which any order of answers makes the same: no races, and no choice by what fails first.
pub(crate) fn orderly() -> impl Strategy<Value = Step> {
    leaf().prop_recursive(3, 24, 4, |inner| {
        let list = || prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            list().prop_map(Step::Sequence),
            list().prop_map(Step::Join),
            inner.clone().prop_map(|step| Step::Attempt(step.into())),
        ]
    })
}

/// Any programs, with more to do after them: what a race leaves behind has to be cleared away while they run.
pub(crate) fn racing() -> impl Strategy<Value = Step> {
    let last = Step::Call { what: What::Activity, name: 1, failures: 1, attempts: 2 };
    (any_step(), any_step())
        .prop_map(move |(one, other)| Step::Sequence(vec![Step::Attempt(one.into()), other, last.clone()]))
}

fn any_step() -> impl Strategy<Value = Step> {
    let leaf = prop_oneof![
        4 => leaf(),
        2 => any::<u8>().prop_map(Step::Event),
        1 => (0..3_u8).prop_map(Step::Again),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let list = || prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            2 => list().prop_map(Step::Sequence),
            2 => list().prop_map(Step::Join),
            2 => list().prop_map(Step::TryJoin),
            1 => inner.clone().prop_map(|step| Step::Attempt(step.into())),
            2 => (inner.clone(), inner.clone()).prop_map(|(left, right)| Step::First(left.into(), right.into())),
            2 => list().prop_map(Step::FirstOf),
        ]
    })
}

fn leaf() -> impl Strategy<Value = Step> {
    let what = prop_oneof![3 => Just(What::Activity), 1 => Just(What::Child), 1 => Just(What::Entity)];
    let call = (what, any::<u8>(), 0..4_u32, 1..4_u32);
    prop_oneof![
        6 => call.prop_map(|(what, name, failures, attempts)| Step::Call { what, name, failures, attempts }),
        2 => (0..20_u8).prop_map(Step::Timer),
        1 => Just(Step::Signal),
        1 => any::<u8>().prop_map(Step::Status),
    ]
}
