//! Ways to end: a result, a failure, a panic, a new beginning.

use std::time::Duration;

use super::kit::{Desk, completed, raised, started};
use crate::{OrchestrationContext, Result, bail};

#[test]
fn a_panic_is_a_failure_with_its_place() {
    async fn code(ctx: OrchestrationContext) -> Result<()> {
        let _limit = ctx.timer(Duration::from_secs(60));
        ctx.activity::<()>("A", ()).await?;
        let list: Vec<u8> = Vec::new();
        ctx.set_custom_status(list[list.len()])
    }
    let mut desk = Desk::new(code);
    desk.start();
    let actions = desk.turn([completed(1, ())]);
    assert_eq!(actions[0], "0: cancel");
    assert!(actions[1].starts_with("fail Panic: the code panicked at "), "{actions:?}");
    assert!(actions[1].contains("ending.rs:"), "{actions:?}");
    assert!(actions[1].ends_with("index out of bounds: the len is 0 but the index is 0"), "{actions:?}");
    assert!(desk.is_over());
    assert!(desk.turn([raised("Late", ())]).is_empty());
}

#[test]
fn a_panic_before_the_first_await_and_while_dropping_is_contained() {
    fn eager(_ctx: OrchestrationContext) -> std::future::Ready<Result<()>> {
        panic!("not even a future")
    }
    assert!(Desk::new(eager).failure([started(())]).message.ends_with(": not even a future"));

    struct Grenade;
    impl Drop for Grenade {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    async fn waiting(ctx: OrchestrationContext) -> Result<()> {
        let _grenade = Grenade;
        ctx.wait_for_event("Never").await
    }
    let mut desk = Desk::new(waiting);
    desk.start();
    drop(desk); // a cache that evicts code must not be hurt by it
}

#[test]
fn a_result_without_json_form_is_a_failure() {
    async fn code(_ctx: OrchestrationContext) -> Result<std::collections::HashMap<Vec<u8>, u8>> {
        Ok([(vec![1], 2)].into())
    }
    assert_eq!(
        Desk::new(code).failure([started(())]).to_string(),
        "the orchestration's result cannot be written as JSON: invalid JSON: key must be a string"
    );
}

#[test]
fn an_error_ends_with_its_message() {
    async fn code(_ctx: OrchestrationContext) -> Result<()> {
        bail!("A location input is required.")
    }
    let failure = Desk::new(code).failure([started(())]);
    assert_eq!(failure.message, "A location input is required.");
}

#[test]
fn a_new_beginning_carries_over_what_was_not_consumed() {
    async fn code(ctx: OrchestrationContext, count: u32) -> Result<u32> {
        let _limit = ctx.timer(Duration::from_secs(60));
        let lazy = ctx.wait_for_event::<()>("B");
        match ctx.wait_for_event::<String>("A").await?.as_str() {
            "more" => ctx.continue_as_new(count + 1),
            _ => {
                drop(lazy);
                Ok(count)
            }
        }
    }
    let mut desk = Desk::new(code);
    desk.start_with(5);
    assert!(desk.turn([raised("b", 1), raised("C", 2)]).is_empty());
    let actions = desk.turn([raised("a", "more"), raised("A", "done"), raised("b", 3)]);
    // In the order of arrival: what a wait held, what nobody waited for, what came in the same turn.
    assert_eq!(actions, ["0: cancel", r#"again 6 b=1 C=2 A="done" b=3"#]);
    assert!(desk.is_over());
}

#[test]
fn a_new_beginning_passes_through_question_marks_and_context() {
    use crate::Context;
    async fn step(ctx: &OrchestrationContext) -> Result<()> {
        ctx.continue_as_new("again")
    }
    async fn code(ctx: OrchestrationContext) -> Result<u8> {
        step(&ctx).await.context("while stepping")?;
        Ok(1)
    }
    assert_eq!(Desk::new(code).start(), [r#"again "again""#]);
}

#[test]
fn errors_of_ones_own_type_will_do() {
    #[derive(Debug, thiserror::Error)]
    #[error("no paper")]
    struct NoPaper;
    async fn code(_ctx: OrchestrationContext) -> Result<(), NoPaper> {
        Err(NoPaper)
    }
    let failure = Desk::new(code).failure([started(())]);
    assert_eq!((failure.kind.rsplit("::").next(), failure.message.as_str()), (Some("NoPaper"), "no paper"));
}
