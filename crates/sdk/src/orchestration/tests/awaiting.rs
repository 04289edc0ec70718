//! Awaiting what the context did not make: reported at once, never hung.

use std::{pin::pin, task::Poll, time::Duration};

use fnhost_protocol::failure::kind;

use super::kit::{Desk, completed, fired, raised, started};
use crate::{First, OrchestrationContext, Result};

fn is_foreign(failure: &fnhost_protocol::failure::Failure, place: &str) {
    assert_eq!(failure.kind, kind::FOREIGN_AWAIT, "{failure}");
    assert_eq!(
        failure.message,
        format!(
            "orchestration `Test` awaits something that its context did not make (a sleep, a request, a lock, a spawned \
             task), {place}: its history could never wake it. Move that into an activity and await \
             `ctx.activity(…)`; to pause, await `ctx.timer(…)`"
        )
    );
}

#[test]
fn a_foreign_future_is_named_by_its_place() {
    async fn at_once(_ctx: OrchestrationContext) -> Result<()> {
        std::future::pending::<()>().await;
        Ok(())
    }
    is_foreign(&Desk::new(at_once).failure([started(())]), "before it asked for anything");

    async fn later(ctx: OrchestrationContext) -> Result<()> {
        ctx.activity::<()>("Save", ()).await?;
        std::future::pending::<()>().await;
        Ok(())
    }
    let mut desk = Desk::new(later);
    desk.start();
    is_foreign(&desk.failure([completed(0, ())]), "after it asked for activity `Save` (task 0)");
}

#[test]
fn a_foreign_future_beside_one_of_ours_is_found_at_once() {
    async fn race(ctx: OrchestrationContext) -> Result<bool> {
        let sleep = std::future::pending::<Result<()>>();
        Ok(matches!(ctx.first(ctx.wait_for_event::<()>("Never"), sleep).await?, First::Left(())))
    }
    is_foreign(&Desk::new(race).failure([started(())]), "before it asked for anything");

    async fn join(ctx: OrchestrationContext) -> Result<()> {
        let call = |number: u32| {
            let ctx = ctx.clone();
            async move {
                ctx.activity::<()>("A", number).await?;
                if number == 1 {
                    std::future::pending::<()>().await;
                }
                Ok(())
            }
        };
        ctx.try_join_all((0..3).map(call)).await?;
        Ok(())
    }
    let mut desk = Desk::new(join);
    desk.start();
    assert!(desk.turn([completed(0, ())]).is_empty());
    is_foreign(&desk.failure([completed(1, ())]), "after it asked for activity `A` (task 2)");
}

#[test]
fn a_timer_that_only_lies_around_does_not_hide_it() {
    async fn code(ctx: OrchestrationContext) -> Result<()> {
        let mut timer = ctx.timer(Duration::from_secs(60));
        let woken = ctx.first(&mut timer, ctx.wait_for_event::<()>("Go")).await?;
        assert_eq!(woken, First::Right(()));
        std::future::pending::<()>().await;
        timer.await
    }
    let mut desk = Desk::new(code);
    desk.start();
    is_foreign(&desk.failure([raised("Go", ())]), "after it asked for timer (task 0)");
}

#[test]
fn timers_are_cancelled_when_the_code_is_given_up() {
    async fn code(ctx: OrchestrationContext) -> Result<()> {
        let _limit = ctx.timer(Duration::from_secs(60));
        ctx.activity::<()>("A", ()).await?;
        std::future::pending::<()>().await;
        Ok(())
    }
    let mut desk = Desk::new(code);
    desk.start();
    let actions = desk.turn([completed(1, ())]);
    assert_eq!(actions.len(), 2);
    assert_eq!(actions[0], "0: cancel");
}

#[test]
fn code_that_wakes_itself_goes_on() {
    async fn code(ctx: OrchestrationContext) -> Result<u32> {
        for _ in 0..10 {
            let mut yielded = false;
            std::future::poll_fn(|cx| {
                if yielded {
                    return Poll::Ready(());
                }
                yielded = true;
                cx.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
        }
        ctx.activity("A", ()).await
    }
    let mut desk = Desk::new(code);
    assert_eq!(desk.start(), ["0: activity A(null)"]);
    assert_eq!(desk.turn([completed(0, 1)]), ["complete 1"]);
}

#[test]
fn code_that_wakes_itself_for_ever_is_given_up() {
    async fn code(_ctx: OrchestrationContext) -> Result<()> {
        std::future::poll_fn::<(), _>(|cx| {
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        Ok(())
    }
    is_foreign(&Desk::new(code).failure([started(())]), "before it asked for anything");
}

#[test]
fn a_call_that_is_awaited_on_another_thread_is_found() {
    async fn code(ctx: OrchestrationContext) -> Result<()> {
        let call = ctx.activity::<()>("A", ());
        std::thread::spawn(move || {
            let mut call = pin!(call);
            let _ = call.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
            // Kept alive, so that its waker still waits when the turn ends.
            std::mem::forget(ctx.timer(Duration::from_secs(1)));
        })
        .join()
        .unwrap();
        std::future::pending::<()>().await;
        Ok(())
    }
    let failure = Desk::new(code).failure([started(())]);
    assert_eq!(failure.kind, kind::FOREIGN_AWAIT);
}

#[test]
fn a_tokio_sleep_is_a_failure_whichever_way_it_fails() {
    async fn code(_ctx: OrchestrationContext) -> Result<()> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok(())
    }
    // Outside a runtime tokio panics; inside, the sleep is found waiting.
    let failure = Desk::new(code).failure([started(())]);
    assert_eq!(failure.kind, kind::PANIC, "{failure}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _inside = runtime.enter();
    is_foreign(&Desk::new(code).failure([started(())]), "before it asked for anything");
}

#[test]
fn memory_between_branches_is_refused_only_while_it_waits() {
    async fn code(ctx: OrchestrationContext) -> Result<u32> {
        let sum = std::sync::Mutex::new(0);
        ctx.try_join_all((0..3).map(|number| {
            let (ctx, sum) = (ctx.clone(), &sum);
            async move {
                ctx.timer(Duration::from_secs(number)).await?;
                *sum.lock().unwrap() += 1;
                Ok(())
            }
        }))
        .await?;
        Ok(*sum.lock().unwrap())
    }
    let mut desk = Desk::new(code);
    desk.start();
    assert_eq!(desk.turn([fired(0), fired(1), fired(2)]), ["complete 3"]);
}

#[test]
fn being_woken_between_turns_is_found_in_the_next() {
    use std::sync::{Arc, Mutex};
    let outside = Arc::new(Mutex::new(None::<std::task::Waker>));
    let inside = outside.clone();
    let code = move |ctx: OrchestrationContext| {
        let inside = inside.clone();
        async move {
            let foreign = std::future::poll_fn(|cx| {
                *inside.lock().unwrap() = Some(cx.waker().clone());
                Poll::<()>::Pending
            });
            // Another library's race hides the foreign future behind one of ours.
            futures_util::future::select(ctx.wait_for_event::<()>("Go"), std::pin::pin!(foreign)).await;
            ctx.wait_for_event::<()>("Never").await
        }
    };
    let mut desk = Desk::new(code.clone());
    assert!(desk.start().is_empty());
    assert!(desk.turn([raised("Go", ())]).is_empty());

    let desk = Desk::new(code);
    let mut kept = super::kit::execution(&desk.orchestrator, &crate::Settings::default(), 0);
    assert!(kept.advance(&super::kit::turn(1, [started(())])).is_empty());
    outside.lock().unwrap().take().unwrap().wake();
    let actions = kept.advance(&super::kit::turn(2, [raised("Other", ())]));
    assert!(
        matches!(&actions[..], [fnhost_protocol::action::Action::Fail { failure }] if failure.kind == kind::FOREIGN_AWAIT),
        "{actions:?}"
    );
}
