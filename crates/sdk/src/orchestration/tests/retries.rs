//! Calls that are tried again: attempts and pauses as the engine sees them, wherever the call is awaited.

use std::time::Duration;

use fnhost_protocol::{
    failure::{Failure, kind},
    history::EventKind,
};

use super::kit::{Desk, completed, failed, fired, raised, resumed, suspended};
use crate::{First, OrchestrationContext, Result, RetryPolicy};

const SECOND: Duration = Duration::from_secs(1);

fn three_times() -> RetryPolicy {
    RetryPolicy::new(10 * SECOND, 3).backoff(2.0)
}

fn child_failed(id: u32, message: &str) -> EventKind {
    EventKind::SubOrchestrationFailed { id, failure: Failure::new("Broken", message) }
}

async fn patient(ctx: OrchestrationContext) -> Result<u32> {
    ctx.activity("A", "x").retry(three_times()).await
}

#[test]
fn attempts_and_pauses_follow_each_other() {
    let mut desk = Desk::new(patient);
    assert_eq!(desk.start(), [r#"0: activity A("x") attempt 1"#]);
    assert_eq!(desk.turn([failed(0, "first")]), ["1: timer at 12"]);
    assert_eq!(desk.at(12).turn([fired(1)]), [r#"2: activity A("x") attempt 2"#]);
    desk.evict();
    assert_eq!(desk.turn([failed(2, "second")]), ["3: timer at 33"]);
    desk.evict();
    assert_eq!(desk.at(40).turn([fired(3)]), [r#"4: activity A("x") attempt 3"#]);
    assert_eq!(desk.turn([completed(4, 7)]), ["complete 7"]);
}

#[test]
fn the_last_failure_comes_with_the_number_of_attempts() {
    let mut desk = Desk::new(patient);
    desk.start();
    for (attempt, message) in [(0, "first"), (2, "second")] {
        desk.turn([failed(attempt, message)]);
        desk.turn([fired(attempt + 1)]);
    }
    let failure = desk.failure([failed(4, "third")]);
    assert_eq!(failure.message, "activity `A` failed after 3 attempts: third");
    assert_eq!((&*failure.kind, &*failure.root().message), ("Broken", "third"));
}

#[test]
fn a_failure_that_stops_the_attempts_early_counts_them_too() {
    let hopeless = |id| EventKind::TaskFailed { id, failure: Failure::new("Broken", "no").not_retriable() };
    let mut desk = Desk::new(patient);
    desk.start();
    let failure = desk.failure([hopeless(0)]);
    assert_eq!((&*failure.message, failure.non_retriable), ("activity `A` failed: no", true));

    let mut desk = Desk::new(patient);
    desk.start();
    desk.turn([failed(0, "first")]);
    desk.turn([fired(1)]);
    assert_eq!(desk.failure([hopeless(2)]).message, "activity `A` failed after 2 attempts: no");
}

#[test]
fn the_time_out_counts_from_the_call() {
    async fn code(ctx: OrchestrationContext) -> Result<()> {
        ctx.wait_for_event::<()>("Go").await?;
        ctx.activity("A", ()).retry(RetryPolicy::forever(10 * SECOND).timeout(25 * SECOND)).await
    }
    let mut desk = Desk::new(code);
    desk.start();
    assert_eq!(desk.at(100).turn([raised("Go", ())]), ["0: activity A(null) attempt 1"]);
    assert_eq!(desk.at(104).turn([failed(0, "1")]), ["1: timer at 114"]);
    assert_eq!(desk.at(114).turn([fired(1)]), ["2: activity A(null) attempt 2"]);
    assert_eq!(desk.at(115).turn([failed(2, "2")]), ["3: timer at 125"], "the last moment");
    assert_eq!(desk.at(125).turn([fired(3)]), ["4: activity A(null) attempt 3"]);
    assert_eq!(desk.at(126).failure([failed(4, "3")]).message, "activity `A` failed after 3 attempts: 3");
}

#[test]
fn children_are_tried_again_as_new_instances_or_under_their_id() {
    async fn code(ctx: OrchestrationContext) -> Result<(u8, u8)> {
        let named = ctx.sub_orchestration_with_id::<u8>("C", "c", 1).retry(three_times());
        let other = ctx.sub_orchestration::<u8>("D", 2).retry(three_times());
        Ok((named.await?, other.await?))
    }
    let mut desk = Desk::new(code);
    assert_eq!(desk.start(), ["0: child C(1) as c attempt 1", "1: child D(2) attempt 1"]);
    assert_eq!(
        desk.turn([child_failed(1, "no"), child_failed(0, "no")]),
        ["2: timer at 12", "3: timer at 12"]
    );
    desk.evict();
    assert_eq!(
        desk.turn([fired(2), fired(3)]),
        ["4: child D(2) attempt 2", "5: child C(1) as c attempt 2"],
        "a child that failed is finished: its id is free"
    );
    let done = |id| EventKind::SubOrchestrationCompleted { id, result: super::kit::json(id) };
    assert_eq!(desk.turn([done(4), done(5)]), ["complete [5,4]"]);
}

#[test]
fn attempts_go_on_while_the_code_awaits_something_else() {
    async fn code(ctx: OrchestrationContext) -> Result<(u8, u8)> {
        let a = ctx.activity::<u8>("A", ()).retry(three_times());
        let b = ctx.activity::<u8>("B", ()).retry(three_times());
        Ok((a.await?, b.await?))
    }
    let mut desk = Desk::new(code);
    desk.start();
    assert_eq!(desk.turn([failed(1, "no")]), ["2: timer at 12"]);
    assert_eq!(desk.turn([fired(2)]), ["3: activity B(null) attempt 2"]);
    assert!(desk.turn([completed(3, 2)]).is_empty());
    assert_eq!(desk.turn([completed(0, 1)]), ["complete [1,2]"]);
}

#[test]
fn a_join_waits_for_each_of_many() {
    async fn code(ctx: OrchestrationContext, width: u32) -> Result<Vec<u32>> {
        ctx.try_join_all((0..width).map(|n| ctx.activity("A", n).retry(three_times()))).await
    }
    let width = 500;
    let mut desk = Desk::new(code);
    assert_eq!(desk.start_with(width).len(), 500);
    // All fail in one turn, and all pauses end in one turn.
    assert_eq!(desk.turn((0..width).map(|id| failed(id, "no"))).len(), 500);
    let again = desk.turn((width..2 * width).rev().map(fired));
    assert_eq!(again[0], "1000: activity A(499) attempt 2");
    let results: Vec<_> = (0..width).map(|n| n.to_string()).collect();
    let done = (0..width).map(|n| completed(2 * width + (width - 1 - n), n));
    assert_eq!(desk.turn(done), [format!("complete [{}]", results.join(","))]);
}

#[test]
fn a_join_that_fails_stops_the_attempts_of_the_others() {
    async fn code(ctx: OrchestrationContext) -> Result<()> {
        let calls = ["A", "B", "C"].map(|name| ctx.activity::<()>(name, ()).retry(three_times()));
        if let Err(error) = ctx.try_join_all(calls).await {
            ctx.activity::<()>("Report", error.to_string()).await?;
        }
        Ok(())
    }
    let hopeless = |id| EventKind::TaskFailed { id, failure: Failure::new("Broken", "no").not_retriable() };
    let mut desk = Desk::new(code);
    desk.start();
    assert_eq!(desk.turn([failed(0, "soon")]), ["3: timer at 12"]);
    // A pauses, C runs: the pause is cancelled, C's late failure leads to nothing.
    let report = r#"4: activity Report("activity `B` failed: no")"#;
    assert_eq!(desk.turn([hopeless(1)]), ["3: cancel", report]);
    desk.evict();
    assert!(desk.turn([failed(2, "late")]).is_empty());
    assert!(desk.turn([fired(3)]).is_empty(), "fired although cancelled: the engine was quicker");
    assert_eq!(desk.turn([completed(4, ())]), ["complete null"]);
}

#[test]
fn losing_a_race_ends_the_attempts() {
    async fn code(ctx: OrchestrationContext) -> Result<Option<u8>> {
        let call = ctx.activity::<u8>("A", ()).retry(three_times());
        let answer = match ctx.first(call, ctx.timer(60 * SECOND)).await? {
            First::Left(answer) => Some(answer),
            First::Right(()) => None,
        };
        ctx.activity::<()>("Next", ()).await?;
        Ok(answer)
    }
    // While it pauses.
    let mut desk = Desk::new(code);
    assert_eq!(desk.start(), ["0: activity A(null) attempt 1", "1: timer at 61"]);
    assert_eq!(desk.at(55).turn([failed(0, "no")]), ["2: timer at 65"]);
    assert_eq!(desk.at(61).turn([fired(1)]), ["2: cancel", "3: activity Next(null)"]);
    desk.evict();
    assert_eq!(desk.turn([completed(3, ())]), ["complete null"]);

    // While an attempt runs.
    let mut desk = Desk::new(code);
    desk.start();
    desk.turn([failed(0, "no")]);
    assert_eq!(desk.turn([fired(2)]), ["3: activity A(null) attempt 2"]);
    assert_eq!(desk.at(61).turn([fired(1)]), ["4: activity Next(null)"]);
    desk.evict();
    assert!(desk.turn([failed(3, "late")]).is_empty());
    assert_eq!(desk.turn([completed(4, ())]), ["complete null"]);

    // In the turn in which it fails: as if the pause had never been.
    let mut desk = Desk::new(code);
    desk.start();
    assert_eq!(desk.at(61).turn([failed(0, "no"), fired(1)]), ["3: activity Next(null)"]);
    desk.evict();
    assert_eq!(desk.turn([completed(3, ())]), ["complete null"]);

    // It wins after all.
    let mut desk = Desk::new(code);
    desk.start();
    desk.turn([failed(0, "no")]);
    desk.turn([fired(2)]);
    assert_eq!(desk.turn([completed(3, 9)]), ["1: cancel", "4: activity Next(null)"]);
    assert_eq!(desk.turn([completed(4, ())]), ["complete 9"]);
}

#[test]
fn races_and_joins_nest() {
    async fn code(ctx: OrchestrationContext) -> Result<String> {
        let pair = |names: [&'static str; 2]| {
            let ctx = ctx.clone();
            async move {
                ctx.try_join_all(names.map(|name| ctx.activity::<u8>(name, ()).retry(three_times()))).await
            }
        };
        let (winner, values) = ctx.first_of([pair(["A", "B"]), pair(["C", "D"])]).await?;
        Ok(format!("{winner} {values:?}"))
    }
    let mut desk = Desk::new(code);
    desk.start();
    // A and D pause.
    assert_eq!(desk.turn([failed(0, "no"), failed(3, "no")]), ["4: timer at 12", "5: timer at 12"]);
    assert!(desk.turn([completed(1, 1), completed(2, 2)]).is_empty());
    desk.evict();
    assert_eq!(desk.turn([fired(5)]), ["6: activity D(null) attempt 2"]);
    assert_eq!(desk.turn([completed(6, 3)]), ["4: cancel", r#"complete "1 [2, 3]""#]);
}

#[test]
fn a_call_that_is_dropped_is_not_tried_again() {
    async fn code(ctx: OrchestrationContext) -> Result<()> {
        drop(ctx.activity::<()>("A", ()).retry(three_times()));
        ctx.wait_for_event("End").await
    }
    let mut desk = Desk::new(code);
    assert_eq!(desk.start(), ["0: activity A(null) attempt 1"]);
    assert!(desk.turn([failed(0, "no")]).is_empty());
    assert_eq!(desk.turn([raised("End", ())]), ["complete null"]);
}

#[test]
fn what_pauses_at_the_end_is_cancelled() {
    async fn code(ctx: OrchestrationContext, again: bool) -> Result<()> {
        let _reminder = ctx.activity::<()>("Remind", ()).retry(three_times());
        ctx.wait_for_event::<()>("End").await?;
        if again { ctx.continue_as_new(false) } else { Ok(()) }
    }
    for (again, end) in [(false, "complete null"), (true, "again false")] {
        let mut desk = Desk::new(code);
        desk.start_with(again);
        assert_eq!(desk.turn([failed(0, "no")]), ["1: timer at 12"]);
        assert_eq!(desk.turn([raised("End", ())]), ["1: cancel", end]);
    }
}

#[test]
fn a_suspension_holds_failures_and_pauses_back() {
    let mut desk = Desk::new(patient);
    desk.start();
    assert!(desk.turn([suspended(), failed(0, "no")]).is_empty());
    desk.evict();
    assert_eq!(
        desk.at(50).turn([resumed()]),
        ["1: timer at 60"],
        "the pause begins when the code learns of it"
    );
    assert!(desk.at(60).turn([suspended(), fired(1)]).is_empty());
    assert_eq!(desk.at(70).turn([resumed()]), [r#"2: activity A("x") attempt 2"#]);
}

#[test]
fn a_predicate_is_asked_last_and_decides() {
    async fn code(ctx: OrchestrationContext) -> Result<String> {
        let policy = three_times().only_if(|error| {
            assert_eq!(error.kind(), "Broken");
            error.to_string().ends_with("try later")
        });
        Ok(match ctx.activity::<()>("A", ()).retry(policy).await {
            Ok(()) => "done".to_owned(),
            Err(error) => error.to_string(),
        })
    }
    let mut desk = Desk::new(code);
    desk.start();
    assert_eq!(desk.turn([failed(0, "try later")]), ["1: timer at 12"]);
    assert_eq!(desk.turn([fired(1)]), ["2: activity A(null) attempt 2"]);
    desk.evict();
    assert_eq!(desk.turn([failed(2, "gone")]), [r#"complete "activity `A` failed after 2 attempts: gone""#]);

    // It is not asked about what the policy has decided.
    let mut desk = Desk::new(code);
    desk.start();
    let hopeless = EventKind::TaskFailed { id: 0, failure: Failure::new("Other", "no").not_retriable() };
    assert_eq!(desk.turn([hopeless]), [r#"complete "activity `A` failed: no""#]);
}

#[test]
fn a_predicate_may_use_the_context_and_may_panic() {
    async fn code(ctx: OrchestrationContext) -> Result<()> {
        let inner = ctx.clone();
        let policy = three_times().only_if(move |error| {
            inner.set_custom_status(error.to_string()).unwrap();
            assert!(!error.to_string().ends_with("odd"), "cannot judge that");
            true
        });
        ctx.activity("A", ()).retry(policy).await
    }
    let mut desk = Desk::new(code);
    desk.start();
    assert_eq!(desk.turn([failed(0, "no")]), [r#"status "activity `A` failed: no""#, "1: timer at 12"]);
    desk.turn([fired(1)]);
    let failure = desk.failure([failed(2, "odd")]);
    assert_eq!(failure.kind, kind::PANIC);
    assert!(
        failure.message.starts_with("activity `A` failed after 2 attempts: the code panicked at "),
        "{failure}"
    );
    assert!(failure.message.ends_with("cannot judge that"), "{failure}");
}

#[test]
fn inputs_of_further_attempts_are_weighed() {
    async fn code(ctx: OrchestrationContext) -> Result<()> {
        ctx.activity::<()>("A", "x".repeat(100_000)).retry(three_times()).await?;
        ctx.wait_for_event("End").await
    }
    let mut desk = Desk::new(code);
    desk.start();
    assert!(desk.weight() > 100_000, "{}", desk.weight());
    desk.evict();
    assert!(desk.weight() > 100_000, "{}", desk.weight());
    desk.turn([completed(0, ())]);
    assert!(desk.weight() < 50_000, "{}", desk.weight());
}

#[test]
fn old_news_of_an_attempt_is_no_trouble() {
    let mut desk = Desk::new(patient);
    desk.start();
    desk.turn([failed(0, "no")]);
    // An engine that repeats itself: the call has gone on.
    assert!(desk.turn([completed(0, 1), failed(0, "no")]).is_empty());
    assert_eq!(desk.turn([fired(1), fired(1)]), [r#"2: activity A("x") attempt 2"#]);
    assert_eq!(desk.turn([completed(2, 2)]), ["complete 2"]);
}
