//! Which policy holds for a call: the code's, its function's, or the one on record.

use std::time::Duration;

use fnhost_protocol::{
    TriggerKind,
    failure::{Failure, kind},
    history::EventKind,
    retry::RetryPolicy as Policy,
};

use super::kit::{Desk, completed, failed, fired};
use crate::{
    OrchestrationContext, Result, RetryPolicy, Settings, call::Services, orchestration::RetryDefaults,
};

const SECOND: Duration = Duration::from_secs(1);

/// Activity `A` and orchestration `C` have policies of themselves.
fn services(seconds: u64, attempts: u32) -> Services {
    let policy = || Policy::fixed(Duration::from_secs(seconds), Some(attempts));
    let defaults = [(TriggerKind::Activity, "A", policy()), (TriggerKind::Orchestration, "C", policy())];
    Services::new(Settings::default()).with_retry_defaults(RetryDefaults::from_iter(defaults))
}

async fn call(ctx: OrchestrationContext, name: String) -> Result<()> {
    ctx.activity(&name, ()).await
}

#[test]
fn a_function_has_a_policy_for_calls_whose_code_names_none() {
    for (name, pauses) in [("A", true), ("a", true), ("B", false), ("C", false)] {
        let mut desk = Desk::on(call, services(5, 2), 0);
        desk.start_with(name);
        let asked = desk.turn([failed(0, "no")]);
        assert_eq!(asked == ["1: timer at 7"], pauses, "{name}: {asked:?}");
    }
    async fn child(ctx: OrchestrationContext) -> Result<()> {
        ctx.sub_orchestration("c", ()).await
    }
    let mut desk = Desk::on(child, services(5, 2), 0);
    assert_eq!(desk.start(), ["0: child c(null) attempt 1"]);
    let failure = Failure::new("Broken", "no");
    assert_eq!(desk.turn([EventKind::SubOrchestrationFailed { id: 0, failure }]), ["1: timer at 7"]);
}

#[test]
fn one_attempt_is_no_policy() {
    let mut desk = Desk::on(call, services(5, 1), 0);
    assert_eq!(desk.start_with("A"), ["0: activity A(null)"]);
    async fn once(ctx: OrchestrationContext) -> Result<()> {
        ctx.activity("A", ()).retry(RetryPolicy::none()).await
    }
    let mut desk = Desk::on(once, services(5, 2), 0);
    assert_eq!(desk.start(), ["0: activity A(null)"]);
    assert_eq!(desk.turn([failed(0, "no")]), ["fail Broken: activity `A` failed: no"]);
}

#[test]
fn the_code_has_the_last_word() {
    async fn code(ctx: OrchestrationContext) -> Result<()> {
        ctx.activity("A", ()).retry(RetryPolicy::new(60 * SECOND, 2)).await
    }
    let mut desk = Desk::on(code, services(5, 9), 0);
    desk.start();
    assert_eq!(desk.turn([failed(0, "no")]), ["1: timer at 62"]);
    desk.turn([fired(1)]);
    assert_eq!(desk.turn([failed(2, "no")]), ["fail Broken: activity `A` failed after 2 attempts: no"]);
}

/// The policy of the function, or of the code, changes while a call is under way: the one on record holds.
#[test]
fn a_call_keeps_its_policy() {
    async fn before(ctx: OrchestrationContext) -> Result<()> {
        ctx.activity::<()>("A", "x").retry(RetryPolicy::new(10 * SECOND, 3)).await?;
        ctx.activity("B", ()).await
    }
    async fn after(ctx: OrchestrationContext) -> Result<()> {
        ctx.activity::<()>("A", "y").retry(RetryPolicy::new(99 * SECOND, 1)).await?;
        ctx.activity("B", ()).await
    }
    async fn without(ctx: OrchestrationContext) -> Result<()> {
        ctx.activity::<()>("A", "z").await?;
        ctx.activity("B", ()).await
    }
    let begin = || {
        let mut desk = Desk::on(before, services(5, 9), 0);
        desk.start();
        assert_eq!(desk.turn([failed(0, "no")]), ["1: timer at 12"]);
        desk.history
    };
    let desks = [
        Desk::on(after, services(5, 9), 0),
        Desk::on(without, services(7, 2), 0),
        Desk::on(without, Services::new(Settings::default()), 0),
    ];
    for mut desk in desks {
        desk.history = begin();
        desk.evict();
        desk.at(12);
        assert_eq!(
            desk.turn([fired(1)]),
            [r#"2: activity A("x") attempt 2"#],
            "with the input on record, too"
        );
        assert_eq!(desk.at(20).turn([failed(2, "no")]), ["3: timer at 30"]);
        desk.turn([fired(3)]);
        desk.evict();
        assert_eq!(desk.turn([completed(4, ())]), ["5: activity B(null)"]);
    }
}

/// A call that was made without a policy gets none later, and the next call gets the new one.
#[test]
fn a_call_without_policy_keeps_none() {
    async fn before(ctx: OrchestrationContext) -> Result<()> {
        let _ = ctx.activity::<()>("A", ()).await;
        ctx.activity("A", ()).await
    }
    async fn after(ctx: OrchestrationContext) -> Result<()> {
        let _ = ctx.activity::<()>("A", ()).retry(RetryPolicy::new(SECOND, 5)).await;
        ctx.activity("A", ()).retry(RetryPolicy::new(SECOND, 5)).await
    }
    let mut desk = Desk::new(before);
    desk.start();
    let history = desk.history;
    let mut desk = Desk::on(after, services(5, 9), 0);
    desk.history = history;
    desk.evict();
    desk.at(10);
    assert_eq!(desk.turn([failed(0, "no")]), ["1: activity A(null) attempt 1"]);
    assert_eq!(desk.turn([failed(1, "no")]), ["2: timer at 12"]);
}

#[test]
fn kinds_choose_what_is_tried_again() {
    #[derive(Debug, thiserror::Error)]
    #[error("busy")]
    struct Busy;
    let busy = || Failure::new(std::any::type_name::<Busy>(), "busy");
    let wrapped = || Failure::new("sdk::Wrapper", "cannot").caused_by(busy());
    let other = || Failure::new("Other", "no");
    let policy = || RetryPolicy::new(SECOND, 2);
    for (number, policy, failure, again) in [
        (0, policy().only::<Busy>(), busy(), true),
        (1, policy().only::<Busy>(), wrapped(), true),
        (2, policy().only::<Busy>(), other(), false),
        (3, policy().only_kind("Busy").only_kind("Other"), other(), true),
        (4, policy().only_kind("usy"), busy(), false),
        (5, policy().except::<Busy>(), wrapped(), false),
        (6, policy().except_kind("Wrapper"), busy(), true),
        (7, policy().only::<Busy>().except_kind("Wrapper"), wrapped(), false),
    ] {
        let code = move |ctx: OrchestrationContext| {
            let policy = policy.clone();
            async move { ctx.activity::<()>("A", ()).retry(policy).await }
        };
        let mut desk = Desk::new(code);
        desk.start();
        let asked = desk.turn([EventKind::TaskFailed { id: 0, failure }]);
        assert_eq!(asked == ["1: timer at 3"], again, "{number}: {asked:?}");
    }
}

#[test]
fn a_policy_that_makes_no_sense_is_refused_before_the_call_is_made() {
    let refusals = [
        (RetryPolicy::new(SECOND, 0), "a retry policy has 0 attempts; allowed: 1 (the first) or more"),
        (
            RetryPolicy::new(SECOND, 3).backoff(0.5),
            "a retry policy has the backoff coefficient 0.5; allowed: from 1 (each pause as long as the first) to 1000",
        ),
        (
            RetryPolicy::new(SECOND, 3).backoff(f64::NAN),
            "a retry policy has the backoff coefficient NaN; allowed: from 1 (each pause as long as the first) to 1000",
        ),
        (
            RetryPolicy::new(2 * SECOND, 3).max_interval(SECOND),
            "a retry policy has a first interval of 2s and a longest of 1s; allowed: a longest interval that is not \
             shorter than the first",
        ),
    ];
    for (policy, text) in refusals {
        let code = move |ctx: OrchestrationContext| {
            let policy = policy.clone();
            async move {
                ctx.set_custom_status("begun")?;
                let refused = ctx.activity::<()>("A", ()).retry(policy);
                ctx.set_custom_status("asked")?;
                ctx.activity::<()>("B", ()).await?;
                refused.await
            }
        };
        let mut desk = Desk::new(code);
        assert_eq!(desk.start(), [r#"status "asked""#, "1: activity B(null)"], "the number stays used up");
        let failure = desk.failure([completed(1, ())]);
        assert_eq!(failure.to_string(), format!("activity `A` cannot be tried again: {text}"));
        assert!(failure.non_retriable && failure.kind != kind::NON_DETERMINISTIC);
    }
}

#[test]
fn a_policy_that_comes_too_late_is_refused() {
    async fn code(ctx: OrchestrationContext) -> Result<()> {
        let call = ctx.activity::<()>("A", ());
        ctx.activity::<()>("B", ()).await?;
        call.retry(RetryPolicy::new(SECOND, 2)).await
    }
    let mut desk = Desk::new(code);
    assert_eq!(desk.start(), ["0: activity A(null)", "1: activity B(null)"]);
    assert_eq!(
        desk.turn([completed(1, ())]),
        ["fail Error: activity `A` cannot be tried again: it comes too late: name it where the call is made"]
    );
}
