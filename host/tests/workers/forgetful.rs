//! A worker that forgets and behind which only bytes cross gives the same histories, byte for byte.

use std::time::Duration;

use fnhost::workers::ForgetfulWorker;
use fnhost_protocol::{
    entity::{EntityBatch, EntityOperation},
    ids::EntityId,
    invocation::Reply,
    json::JsonText,
    time::Timestamp,
    worker::Worker,
};
use fnhost_sdk::{EntityContext, First, OrchestrationContext, Registry, Result};

use crate::{
    play::Play,
    support::{call, done, soon, value, worker},
};

fn registry() -> Registry {
    Registry::new()
        .orchestration("Winding", "Winding/mod.rs", |ctx: OrchestrationContext| async move {
            let mut texts = ctx.join_all((0..3).map(|n| ctx.activity::<String>("Part", n))).await;
            for round in 0..4 {
                ctx.set_custom_status(format!("round {round}"))?;
                let work = ctx.activity::<String>("Race", round);
                let pause = ctx.timer(Duration::from_secs(60 + round));
                match ctx.first(work, pause).await? {
                    First::Left(text) => texts.push(Ok(text)),
                    First::Right(()) => texts.push(ctx.activity("Late", ctx.new_guid().to_string()).await),
                }
            }
            texts.into_iter().collect::<Result<Vec<_>>>()
        })
        .activity("Echo", "Echo/mod.rs", |input: Option<String>| async move { done(input) })
        .entity("Counter", "Counter/mod.rs", |ctx: EntityContext| async move {
            let count = ctx.state::<i64>()?.unwrap_or(0) + 1;
            ctx.set_state(count)?;
            done(count)
        })
}

/// Plays an instance to its end; which completion comes next depends on the number of the instance only.
async fn history(worker: &impl Worker, number: u64) -> (Vec<u8>, u32) {
    let mut play = Play::new("Winding", number);
    play.begin(worker).await;
    let mut dice = number;
    while !play.is_over() {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let which = (dice >> 33) as usize % play.waiting.len();
        play.complete(worker, which).await;
    }
    (serde_json::to_vec(&play.history).unwrap(), play.asked)
}

#[tokio::test]
async fn histories_are_the_same_byte_for_byte() {
    let plain = worker(2, registry());
    let mut asked_at_all = 0;
    for number in 0..20 {
        let (expected, asked) = history(&plain, number).await;
        assert_eq!(asked, 0);
        for seed in 0..5 {
            let forgetful = ForgetfulWorker::new(plain.clone(), seed);
            let (found, asked) = history(&forgetful, number).await;
            asked_at_all += asked;
            let (found, expected) = (String::from_utf8_lossy(&found), String::from_utf8_lossy(&expected));
            assert_eq!(found, expected, "instance {number}, seed {seed}");
        }
    }
    assert!(asked_at_all > 100, "it forgets too little: {asked_at_all}");
}

#[tokio::test]
async fn what_it_forgets_depends_on_the_seed_alone() {
    let plain = worker(1, registry());
    let asked = async |seed| {
        let mut asked = Vec::new();
        for number in 0..20 {
            asked.push(history(&ForgetfulWorker::new(plain.clone(), seed), number).await.1);
        }
        asked
    };
    assert_eq!(asked(1).await, asked(1).await);
    assert_ne!(asked(1).await, asked(2).await);
}

#[tokio::test]
async fn calls_and_operations_cross_as_they_are() {
    let worker = ForgetfulWorker::new(worker(1, registry()), 7);
    let reply: Reply = soon(worker.invoke(call("Echo"))).await.unwrap();
    assert_eq!(value(reply), "null");
    let batch = EntityBatch {
        entity: EntityId::new("Counter", "visits").unwrap(),
        function: "Counter".to_owned(),
        now: Timestamp::EPOCH,
        state: Some(JsonText::from_stored("41")),
        operations: vec![EntityOperation {
            name: "add".to_owned(),
            input: JsonText::null(),
            is_signal: false,
        }],
    };
    assert_eq!(soon(worker.entity(batch)).await.unwrap().state.unwrap().as_str(), "42");
}
