//! Activities, sub-orchestrations, entities.

use std::collections::HashMap;

use fnhost_protocol::{
    failure::{Failure, kind},
    history::EventKind,
    ids::EntityId,
};

use super::kit::{Desk, completed, failed, json};
use crate::{Context, OrchestrationContext, Result};

#[test]
fn calls_in_sequence_take_a_turn_each() {
    async fn code(ctx: OrchestrationContext) -> Result<Vec<String>> {
        let mut greetings = Vec::new();
        for city in ["Tokyo", "Seattle"] {
            greetings.push(ctx.activity("Hello", city).await?);
        }
        Ok(greetings)
    }
    let mut desk = Desk::new(code);
    assert_eq!(desk.start(), [r#"0: activity Hello("Tokyo")"#]);
    assert_eq!(desk.turn([completed(0, "A")]), [r#"1: activity Hello("Seattle")"#]);
    assert_eq!(desk.turn([completed(1, "B")]), [r#"complete ["A","B"]"#]);
    assert!(desk.is_over());
}

#[test]
fn calls_run_side_by_side_from_when_they_are_made() {
    async fn code(ctx: OrchestrationContext) -> Result<u32> {
        let one = ctx.activity::<u32>("One", ());
        let two = ctx.activity::<u32>("Two", ());
        Ok(one.await? * 10 + two.await?)
    }
    let mut desk = Desk::new(code);
    assert_eq!(desk.start(), ["0: activity One(null)", "1: activity Two(null)"]);
    assert!(desk.turn([completed(1, 2)]).is_empty(), "the code still waits for the first");
    assert_eq!(desk.turn([completed(0, 1)]), ["complete 12"]);
}

#[test]
fn both_completions_may_come_in_one_turn() {
    async fn code(ctx: OrchestrationContext) -> Result<u32> {
        let one = ctx.activity::<u32>("One", ());
        let two = ctx.activity::<u32>("Two", ()).await?;
        Ok(one.await? * 10 + two)
    }
    let mut desk = Desk::new(code);
    desk.start();
    assert_eq!(desk.turn([completed(0, 1), completed(1, 2)]), ["complete 12"]);
}

#[test]
fn a_dropped_call_runs_and_its_result_is_ignored() {
    async fn code(ctx: OrchestrationContext) -> Result<()> {
        drop(ctx.activity::<()>("Forgotten", 1));
        ctx.activity("Kept", 2).await
    }
    let mut desk = Desk::new(code);
    assert_eq!(desk.start(), ["0: activity Forgotten(1)", "1: activity Kept(2)"]);
    assert!(desk.turn([completed(0, "anything")]).is_empty());
    assert!(desk.turn([completed(0, "again")]).is_empty(), "a second completion of one task is no trouble");
    assert_eq!(desk.turn([completed(1, ())]), ["complete null"]);
}

#[test]
fn a_failed_activity_is_an_error_with_its_whole_chain() {
    async fn code(ctx: OrchestrationContext) -> Result<()> {
        ctx.activity::<()>("Pay", ()).await.context("cannot order")
    }
    let mut desk = Desk::new(code);
    desk.start();
    let cause =
        Failure::new("Declined", "card declined").caused_by(Failure::new("Bank", "no money")).not_retriable();
    let failure = desk.failure([EventKind::TaskFailed { id: 0, failure: cause.clone() }]);
    assert_eq!(failure.to_string(), "cannot order: activity `Pay` failed: card declined: no money");
    assert_eq!((failure.kind.as_str(), failure.non_retriable), ("Declined", true));
    assert_eq!(failure.chain().nth(2), Some(&cause), "what the activity failed with is kept as it was");
}

#[test]
fn a_failure_can_be_handled() {
    async fn code(ctx: OrchestrationContext) -> Result<String> {
        match ctx.activity::<()>("Pay", ()).await {
            Ok(()) => Ok("paid".to_owned()),
            Err(error) => Ok(format!(
                "not paid, {} it is",
                if error.failure().kind == "Broken" { "broken" } else { "?" }
            )),
        }
    }
    let mut desk = Desk::new(code);
    desk.start();
    assert_eq!(desk.turn([failed(0, "no")]), [r#"complete "not paid, broken it is""#]);
}

#[test]
fn a_result_of_another_type_names_both_types_and_the_call() {
    async fn code(ctx: OrchestrationContext) -> Result<bool> {
        ctx.activity("Count", ()).await
    }
    let mut desk = Desk::new(code);
    desk.start();
    let failure = desk.failure([completed(0, "seven")]);
    assert_eq!(failure.kind, kind::WRONG_TYPE);
    assert_eq!(
        failure.message,
        "the result of activity `Count` is no `bool`: invalid type: string \"seven\", expected a boolean at line 1 \
         column 7; found \"seven\". Change the type in the code, or what is sent."
    );
}

#[test]
fn an_input_of_another_type_names_the_orchestration() {
    async fn code(_ctx: OrchestrationContext, input: Vec<String>) -> Result<usize> {
        Ok(input.len())
    }
    let failure = Desk::new(code).failure([super::kit::started(7)]);
    assert_eq!(failure.kind, kind::WRONG_TYPE);
    assert!(
        failure.message.starts_with("the input of orchestration `Test` is no `Vec<String>`: "),
        "{failure}"
    );
    assert!(failure.message.contains("; found 7."), "{failure}");
    assert_eq!(Desk::new(code).start_with(["a", "b"]), ["complete 2"]);
}

#[test]
fn an_input_without_json_form_is_an_error_and_no_action() {
    async fn code(ctx: OrchestrationContext) -> Result<String> {
        let error = ctx.activity::<()>("Save", HashMap::from([(vec![1], 2)])).await.unwrap_err();
        ctx.activity::<()>("Report", ()).await?;
        Ok(error.to_string())
    }
    let mut desk = Desk::new(code);
    // The failed call has used up its number: so replay, which serialises only what is not recorded, counts alike.
    assert_eq!(desk.start(), ["1: activity Report(null)"]);
    assert_eq!(
        desk.turn([completed(1, ())]),
        [
            r#"complete "the input of activity `Save` cannot be written as JSON: invalid JSON: key must be a string""#
        ]
    );
}

#[test]
fn children_complete_and_fail() {
    async fn code(ctx: OrchestrationContext) -> Result<u32> {
        let one = ctx.sub_orchestration::<u32>("Child", 1);
        let two = ctx.sub_orchestration_with_id::<u32>("Child", "chosen", 2);
        one.await?;
        two.await
    }
    let mut desk = Desk::new(code);
    assert_eq!(desk.start(), ["0: child Child(1)", "1: child Child(2) as chosen"]);
    assert!(desk.turn([EventKind::SubOrchestrationCompleted { id: 0, result: json(5) }]).is_empty());
    let failure = Failure::new("Broken", "no paper");
    assert_eq!(
        desk.turn([EventKind::SubOrchestrationFailed { id: 1, failure }]),
        ["fail Broken: sub-orchestration `Child` failed: no paper"]
    );
}

#[test]
fn a_child_id_is_checked() {
    async fn code(ctx: OrchestrationContext) -> Result<()> {
        ctx.sub_orchestration_with_id("Child", "a/b", ()).await
    }
    assert_eq!(
        Desk::new(code).start(),
        [
            "fail fnhost_protocol::ids::InvalidId: sub-orchestration `Child` cannot be started: Orchestration instance \
             ids must not contain /, \\, #, ?, or control characters."
        ]
    );
}

#[test]
fn entities_are_signalled_and_called() {
    async fn code(ctx: OrchestrationContext) -> Result<i64> {
        let counter = EntityId::new("Counter", "K")?;
        ctx.signal_entity(&counter, "Add", 3)?;
        ctx.call_entity(&counter, "Get", ()).await
    }
    let mut desk = Desk::new(code);
    assert_eq!(desk.start(), ["0: signal @counter@K.Add(3)", "1: call @counter@K.Get(null)"]);
    assert_eq!(desk.turn([EventKind::EntityOperationCompleted { id: 1, result: json(3) }]), ["complete 3"]);

    let mut desk = Desk::new(code);
    desk.start();
    let failure = Failure::new("Broken", "overflow");
    assert_eq!(
        desk.turn([EventKind::EntityOperationFailed { id: 1, failure }]),
        ["fail Broken: call of entity `@counter@K.Get` failed: overflow"]
    );
}
