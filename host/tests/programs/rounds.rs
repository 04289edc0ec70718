//! Events over continue-as-new: each is seen once, in order, whenever it arrives.

use std::sync::{
    Arc, Condvar, Mutex,
    atomic::{AtomicU32, Ordering},
};

use fnhost_protocol::json::JsonText;
use fnhost_sdk::{Error, OrchestrationContext, Registry};

use crate::stage::Stage;

/// A gate in the middle of a turn: it opens when so many have been told of.
#[derive(Default)]
struct Gate {
    told: Mutex<u32>,
    more: Condvar,
    waiting: AtomicU32,
}

impl Gate {
    fn wait_for(&self, count: u32) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        drop(self.more.wait_while(self.told.lock().unwrap(), |told| *told < count).unwrap());
    }

    fn tell(&self) {
        *self.told.lock().unwrap() += 1;
        self.more.notify_all();
    }
}

/// Each round takes one event and begins anew. Events come before the first turn has run, while turns run, and between
/// them; those of another name, and of another round, wait.
#[tokio::test]
async fn events_that_arrive_while_a_turn_runs_are_carried_over_in_order() {
    let gate = Arc::new(Gate::default());
    let held = gate.clone();
    let code = move |ctx: OrchestrationContext, seen: Option<Vec<u32>>| {
        let gate = held.clone();
        async move {
            let mut seen = seen.unwrap_or_default();
            if seen.len() < 6 {
                let number: u32 = ctx.wait_for_event("Number").await?;
                seen.push(number);
                // The turn runs on while more arrives.
                gate.wait_for(2 * u32::try_from(seen.len()).unwrap_or(0));
                return ctx.continue_as_new(seen);
            }
            for _ in 0..3 {
                seen.push(ctx.wait_for_event("Other").await?);
            }
            Ok::<_, Error>(seen)
        }
    };
    let mut stage = Stage::new(&[], &["Rounds"]);
    let host = stage.start(Registry::new().orchestration("Rounds", "rounds.rs", code)).await;
    let id = host.start("Rounds", "r").await;
    let raise = async |name: &str, number: u32| {
        let number = JsonText::of(&number).unwrap();
        host.app.durable().raise_event(id.clone(), name.to_owned(), number).await.unwrap();
    };
    for number in 1..=12_u32 {
        let name = if number % 3 == 0 { "Other" } else { "Number" };
        raise(name, number).await;
        gate.tell();
    }
    host.advance(0).await;
    assert_eq!(host.output::<Vec<u32>>(&id).await, [1, 2, 4, 5, 7, 8, 3, 6, 9]);
    assert_eq!(gate.waiting.load(Ordering::SeqCst), 6);
    host.stop().await;
}
