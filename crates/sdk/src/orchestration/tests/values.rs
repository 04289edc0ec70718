//! What the context knows: ids, time, GUIDs, settings, status, replay.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use fnhost_protocol::{
    history::{ExecutionRef, Parent},
    ids::InstanceId,
};
use uuid::Uuid;

use super::kit::{Desk, completed};
use crate::{OrchestrationContext, Result, Settings};

#[test]
fn guids_follow_the_published_rule_and_differ() {
    async fn code(ctx: OrchestrationContext) -> Result<Vec<Uuid>> {
        let mut guids = vec![ctx.new_guid(), ctx.new_guid()];
        ctx.activity::<()>("A", ()).await?;
        guids.push(ctx.new_guid());
        Ok(guids)
    }
    let namespace = Uuid::parse_str("9e952958-5e33-4daf-827f-2fa12937b875").unwrap();
    let expected = |generation: &str| {
        let guid = |name: &str| Uuid::new_v5(&namespace, name.as_bytes());
        [
            guid(&format!("test_1970-01-01T00:00:01.000000Z_{generation}0")),
            guid(&format!("test_1970-01-01T00:00:01.000000Z_{generation}1")),
            guid(&format!("test_1970-01-01T00:00:02.000000Z_{generation}2")),
        ]
    };
    let mut all = HashSet::new();
    for (generation, infix) in [(0, ""), (7, "7_")] {
        let mut desk = Desk::with(code, Settings::default(), generation);
        desk.start();
        let told = desk.turn([completed(0, ())]);
        let expected = expected(infix);
        assert_eq!(told, [format!("complete {}", serde_json::to_string(&expected).unwrap())]);
        all.extend(expected);
    }
    assert_eq!(all.len(), 6);
}

#[test]
fn the_context_tells_who_it_is() {
    async fn code(ctx: OrchestrationContext) -> Result<(String, String, Option<String>, u32)> {
        let parent = ctx.parent_id().map(|id| id.to_string());
        Ok((ctx.name().to_owned(), ctx.instance_id().to_string(), parent, ctx.generation()))
    }
    assert_eq!(Desk::new(code).start(), [r#"complete ["Test","test",null,0]"#]);
    let parent = Parent {
        instance: InstanceId::from_stored("mother"),
        execution: ExecutionRef { key: 5, generation: 3 },
        task: 1,
    };
    let mut child = Desk::with(code, Settings::default(), 2);
    assert_eq!(child.start_as_child(parent), [r#"complete ["Test","test","mother",2]"#]);
}

#[test]
fn the_last_custom_status_of_a_turn_counts() {
    async fn code(ctx: OrchestrationContext) -> Result<()> {
        ctx.set_custom_status("one")?;
        ctx.set_custom_status("two")?;
        ctx.activity::<()>("A", ()).await?;
        ctx.set_custom_status(())
    }
    let mut desk = Desk::new(code);
    assert_eq!(desk.start(), [r#"status "two""#, "0: activity A(null)"]);
    assert_eq!(desk.turn([completed(0, ())]), ["status null", "complete null"]);
}

#[test]
fn only_what_is_new_counts_as_not_replayed() {
    let fresh = Arc::new(AtomicUsize::new(0));
    let seen = fresh.clone();
    let code = move |ctx: OrchestrationContext| {
        let seen = seen.clone();
        async move {
            for _ in 0..3 {
                if !ctx.is_replaying() {
                    seen.fetch_add(1, Ordering::Relaxed);
                }
                ctx.activity::<()>("A", ()).await?;
            }
            Ok::<_, crate::Error>(())
        }
    };
    let mut desk = Desk::new(code);
    desk.start();
    desk.turn([completed(0, ())]);
    desk.turn([completed(1, ())]);
    // The desk runs every turn twice: once with kept code, once with code that starts over.
    assert_eq!(fresh.load(Ordering::Relaxed), 6);
}

#[test]
fn memory_is_estimated() {
    async fn code(ctx: OrchestrationContext, width: usize) -> Result<()> {
        let buffer = [0_u8; 4096];
        ctx.try_join_all((0..width).map(|_| ctx.activity::<()>("A", ()))).await?;
        ctx.set_custom_status(buffer.len())
    }
    let weigh = |width: usize| {
        let mut desk = Desk::new(code);
        desk.start_with(width);
        desk.weight()
    };
    assert!(weigh(1) > 4096);
    assert!(weigh(1001) > weigh(1) + 64_000, "{} and {}", weigh(1001), weigh(1));
}
