//! Code that does what it is told, history written by hand, and one way in which they part.

use std::time::Duration;

use fnhost_protocol::{
    action::Action,
    failure::{Failure, kind},
    history::EventKind,
    ids::{EntityId, InstanceId},
    retry::{Retry, RetryPolicy as Policy},
};

use super::super::kit::{at, json, replayed, started};
use crate::{Error, OrchestrationContext, Result, RetryPolicy};

pub(super) fn twice() -> RetryPolicy {
    RetryPolicy::new(Duration::from_secs(1), 2)
}

/// What the code does, by its name.
pub(super) async fn code(ctx: OrchestrationContext, what: String) -> Result<()> {
    let counter = EntityId::new("Counter", "K")?;
    match what.as_str() {
        "nothing" => {}
        "activity A" => ctx.activity::<()>("A", ()).await?,
        "activity B" => ctx.activity::<()>("B", ()).await?,
        "activities A, B" => {
            ctx.activity::<()>("A", ()).await?;
            ctx.activity::<()>("B", ()).await?;
        }
        "activities A and B" => {
            ctx.try_join_all(["A", "B"].map(|name| ctx.activity::<()>(name, ()))).await?;
        }
        "number 1 for A" => {
            ctx.timer(Duration::ZERO).cancel();
            ctx.activity::<()>("A", ()).await?;
        }
        "child C" => ctx.sub_orchestration::<()>("C", ()).await?,
        "child C as c" => ctx.sub_orchestration_with_id::<()>("C", "c", ()).await?,
        "timer" => ctx.timer(Duration::from_secs(1)).await?,
        "timer, cancelled" => {
            let timer = ctx.timer(Duration::from_secs(1));
            ctx.wait_for_event::<()>("E").await?;
            drop(timer);
            ctx.wait_for_event::<()>("Never").await?;
        }
        "event" => ctx.wait_for_event::<()>("E").await?,
        "call Get" => ctx.call_entity::<()>(&counter, "Get", ()).await?,
        "call Set" => ctx.call_entity::<()>(&counter, "Set", ()).await?,
        "signal Get" => ctx.signal_entity(&counter, "Get", ())?,
        "call Get of another" => ctx.call_entity::<()>(&EntityId::new("Counter", "k")?, "Get", ()).await?,
        "again" => return ctx.continue_as_new(()),
        "panic" => panic!("no paper"),
        "error" => return Err(Error::new("no ink")),
        "activities B, A" => {
            ctx.activity::<()>("B", ()).await?;
            ctx.activity::<()>("A", ()).await?;
        }
        "A, tried again" => ctx.activity::<()>("A", ()).retry(twice()).await?,
        "A, tried again if busy" => {
            ctx.activity::<()>("A", ())
                .retry(twice().only_if(|error| error.to_string().contains("busy")))
                .await?;
        }
        "await nothing" => std::future::pending().await,
        other => panic!("there is no {other}"),
    }
    Ok(())
}

pub(super) fn scheduled(id: u32, name: &str) -> EventKind {
    EventKind::TaskScheduled { id, name: name.to_owned(), input: json("whatever"), retry: None }
}

pub(super) fn child(instance: &str) -> EventKind {
    let instance = InstanceId::from_stored(instance);
    EventKind::SubOrchestrationCreated { id: 0, name: "c".to_owned(), instance, input: json(()), retry: None }
}

pub(super) fn timer(id: u32) -> EventKind {
    EventKind::TimerCreated { id, fire_at: at(77) }
}

pub(super) fn called(operation: &str) -> EventKind {
    let entity = EntityId::new("Counter", "K").unwrap();
    EventKind::EntityOperationCalled { id: 0, entity, operation: operation.to_owned(), input: json(()) }
}

pub(super) fn signaled(operation: &str) -> EventKind {
    let entity = EntityId::new("Counter", "K").unwrap();
    EventKind::EntityOperationSignaled {
        id: 0,
        entity,
        operation: operation.to_owned(),
        input: json(()),
        at: None,
    }
}

pub(super) fn over() -> EventKind {
    EventKind::ExecutionCompleted { result: json(()) }
}

/// First turn of code that does this.
pub(super) fn doing(what: &str, recorded: impl IntoIterator<Item = EventKind>) -> Vec<EventKind> {
    std::iter::once(started(what)).chain(recorded).collect()
}

/// `A` as asked for with the policy of [`twice`].
pub(super) fn tried(id: u32, attempt: u32) -> EventKind {
    let policy = Policy::fixed(Duration::from_secs(1), Some(2)).into();
    EventKind::TaskScheduled {
        id,
        name: "A".to_owned(),
        input: json(()),
        retry: Some(Retry { attempt, policy }),
    }
}

/// One way to part from history.
pub(super) struct Case {
    /// What happened to the code since.
    change: &'static str,
    /// What it does now.
    code: &'static str,
    /// What history records of the first turn, and later turns.
    first: Vec<EventKind>,
    later: Vec<Vec<EventKind>>,
    /// What is new.
    new: Vec<EventKind>,
    /// Where they part.
    place: &'static str,
    history: &'static str,
    but: &'static str,
}

pub(super) fn case(change: &'static str, code: &'static str, first: impl Into<Vec<EventKind>>) -> Case {
    Case { change, code, first: first.into(), later: vec![], new: vec![], place: "", history: "", but: "" }
}

impl Case {
    pub(super) fn later(mut self, turn: impl Into<Vec<EventKind>>) -> Self {
        self.later.push(turn.into());
        self
    }

    pub(super) fn arriving(mut self, events: impl Into<Vec<EventKind>>) -> Self {
        self.new = events.into();
        self
    }

    pub(super) fn parts(mut self, place: &'static str, history: &'static str, but: &'static str) -> Self {
        (self.place, self.history, self.but) = (place, history, but);
        self
    }

    pub(super) fn check(self) -> Failure {
        let history: Vec<_> = std::iter::once(doing(self.code, self.first)).chain(self.later).collect();
        let actions = replayed(code, &history, self.new);
        let change = self.change;
        let [Action::Fail { failure }] = &actions[..] else { panic!("{change}: no divergence: {actions:?}") };
        assert_eq!((&*failure.kind, failure.non_retriable), (kind::NON_DETERMINISTIC, true), "{change}");
        let expected = format!(
            "orchestration `Test` does not follow its history in {}: history says that {}, but {}. ",
            self.place, self.history, self.but
        );
        assert!(failure.message.starts_with(&expected), "{change}:\n{}\n{expected}", failure.message);
        assert!(failure.message.ends_with("put code into service that follows this history, and resume it"));
        failure.clone()
    }
}
