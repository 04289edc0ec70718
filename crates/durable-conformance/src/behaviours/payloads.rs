//! Whatever is stored comes back as it was, byte for byte, however big and however strange.

use std::{sync::Arc, time::Duration};

use durable_core::{
    message::Message,
    store::{Commit, CommitOutcome, TaskResultCommit},
};
use fnhost_protocol::{
    failure::Failure,
    history::{EventKind, ExecutionRef, HistoryEvent, Parent},
    ids::{EntityId, InstanceId},
    json::JsonText,
    retry::{Retry, RetryPolicy},
    time::Timestamp,
};

use crate::{
    build::{at, event, json, send, task_of, to, to_entity, turn},
    scene::Scene,
};

/// JSON that a store which parses and prints again would change.
fn strange() -> JsonText {
    json(
        "{ \"b\":1,\"a\" : [1.0, 1e400, -0, 123456789012345678901234567890],\t\"a\":\"\\u00e9 é \\u2028 🦀 \\\\u0000\" }",
    )
}

/// One event of every kind.
fn every_event() -> Vec<HistoryEvent> {
    let (input, result, reason) = (strange(), strange(), "because \"of\" 'it' \u{1f980}\n".to_owned());
    let failure = Failure::new("Kind", "text").with_details("stack").caused_by(Failure::new("Other", "root"));
    let (name, operation) = ("Näme".to_owned(), String::new());
    let instance = InstanceId::from_stored("child'%_\"");
    let entity = EntityId::new("counter", "K@y").expect("a valid entity id");
    let parent = Some(Parent {
        instance: instance.clone(),
        execution: ExecutionRef { key: i64::MAX, generation: 3 },
        task: u32::MAX,
    });
    let policy = RetryPolicy {
        backoff: 1500,
        max_interval: Some(Duration::from_micros(1)),
        timeout: Some(Duration::from_secs(3600)),
        only: vec!["Näme".to_owned()],
        except: vec!["\"".to_owned()],
        ..RetryPolicy::fixed(Duration::from_secs(5), Some(u32::MAX))
    };
    let retry = Some(Retry { attempt: 2, policy: Arc::new(policy) });
    let kinds = vec![
        EventKind::TurnStarted,
        EventKind::ExecutionStarted { name: name.clone(), input: input.clone(), generation: 7, parent },
        EventKind::ExecutionCompleted { result: result.clone() },
        EventKind::ExecutionFailed { failure: failure.clone() },
        EventKind::ContinuedAsNew { input: input.clone() },
        EventKind::TaskScheduled { id: 0, name: name.clone(), input: input.clone(), retry: retry.clone() },
        EventKind::TaskCompleted { id: 0, result: result.clone() },
        EventKind::TaskFailed { id: 0, failure: failure.clone() },
        EventKind::SubOrchestrationCreated {
            id: 1,
            name: name.clone(),
            instance,
            input: input.clone(),
            retry,
        },
        EventKind::SubOrchestrationCompleted { id: 1, result: result.clone() },
        EventKind::SubOrchestrationFailed { id: 1, failure: failure.clone() },
        EventKind::TimerCreated { id: 2, fire_at: Timestamp::MAX },
        EventKind::TimerFired { id: 2 },
        EventKind::TimerCancelled { id: 2 },
        EventKind::EntityOperationCalled {
            id: 3,
            entity: entity.clone(),
            operation: operation.clone(),
            input: input.clone(),
        },
        EventKind::EntityOperationSignaled {
            id: 4,
            entity: entity.clone(),
            operation: operation.clone(),
            input: input.clone(),
            at: None,
        },
        EventKind::EntityOperationSignaled {
            id: 5,
            entity: entity.clone(),
            operation,
            input: input.clone(),
            at: Some(at(9)),
        },
        EventKind::EntityLockRequested { id: 6, entities: vec![entity] },
        EventKind::EntityLockGranted { id: 6 },
        EventKind::EntityUnlockSent { id: 6 },
        EventKind::EntityOperationCompleted { id: 3, result },
        EventKind::EntityOperationFailed { id: 3, failure: failure.clone() },
        EventKind::EventRaised { name, input },
        EventKind::ExecutionSuspended { reason: reason.clone(), failure: Some(failure.clone()) },
        EventKind::ExecutionResumed { reason: reason.clone() },
        EventKind::ExecutionTerminated { reason: reason.clone(), recursive: false },
        EventKind::ExecutionTerminated { reason, recursive: true },
    ];
    (0..).zip(kinds).map(|(micros, kind)| HistoryEvent::new(Timestamp::from_micros(micros), kind)).collect()
}

pub(crate) async fn every_kind_of_event_comes_back(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).history(every_event())).await;
    assert_eq!(scene.history(key, 0).await, every_event());
}

pub(crate) async fn every_kind_of_message_comes_back(scene: Scene) {
    let key = scene.running("a").await;
    let caller = Some(Parent {
        instance: InstanceId::from_stored("b"),
        execution: ExecutionRef { key: 1, generation: 1 },
        task: 2,
    });
    let mut messages = vec![
        Message::Start { input: strange(), parent: caller.clone() },
        Message::ContinuedAsNew {
            generation: 9,
            input: strange(),
            carryover: vec![("é".to_owned(), strange()), (String::new(), JsonText::null())],
        },
        Message::Terminate {
            at: at(1),
            parent: caller.clone().expect("given above"),
            reason: "enough".to_owned(),
        },
        Message::Operation { name: "add".to_owned(), input: strange(), caller, reply: None, section: None },
        Message::signal("", JsonText::null()),
    ];
    messages.extend((0..).zip(every_event()).map(|(number, event)| Message::Event {
        execution: (number % 2 == 0).then_some(ExecutionRef { key: 8, generation: number }),
        at: event.at,
        event: event.kind,
    }));
    scene.batch(messages.iter().map(|message| send(to("a"), message.clone())).collect()).await;
    let inbox: Vec<_> = scene.load(key).await.inbox.into_iter().map(|(_, message)| message).collect();
    assert_eq!(inbox, messages);
}

pub(crate) async fn strange_json_comes_back_unchanged(scene: Scene) {
    let (key, entity, text) = (scene.running("a").await, scene.key().await, strange());
    scene.commit(send(to_entity(entity, "@c@a"), event("set"))).await;
    scene.turn(turn(entity).state(text.as_str())).await;
    assert_eq!(scene.load(entity).await.entity_state.as_ref(), Some(&text));
    scene.turn(turn(key).after(1).custom_status(text.as_str())).await;
    scene.turn(turn(key).after(2).continues_as_new(text.as_str())).await;
    scene.turn(turn(key).after(3).generation(1).completes(text.as_str())).await;
    let status = scene.status("a").await;
    let expected = Some(text);
    assert_eq!((&status.input, &status.output, &status.custom_status), (&expected, &expected, &expected));
}

pub(crate) async fn a_payload_of_five_megabytes_comes_back_unchanged(scene: Scene) {
    let key = scene.running("a").await;
    let text = format!("\"{}\"", "0123456789abcdé🦀".repeat(5 * 1024 * 1024 / 19 + 1));
    assert!(text.len() > 5 * 1024 * 1024);
    let big = JsonText::from_stored(text.as_str());
    let arrived = EventKind::EventRaised { name: "big".to_owned(), input: big.clone() };
    let message = Message::Event { execution: None, at: at(0), event: arrived.clone() };
    scene.commit(send(to("a"), message.clone())).await;
    let inbox = scene.load(key).await.inbox;
    assert!(inbox[0].1 == message, "the message has changed");
    let events = vec![HistoryEvent::new(at(1), arrived)];
    scene.turn(turn(key).after(1).consumes([inbox[0].0]).history(events.clone())).await;
    assert!(scene.history(key, 0).await == events, "the history has changed");
    scene.turn(turn(key).after(2).completes(big.as_str())).await;
    assert!(scene.status("a").await.output == Some(big), "the output has changed");
}

pub(crate) async fn a_thousand_messages_in_one_turn(scene: Scene) {
    let (a, b) = (scene.running("a").await, scene.running("b").await);
    let names: Vec<String> = (0..1_000).map(|number| format!("message {number}")).collect();
    let run = names.iter().fold(turn(a).after(1), |turn, name| turn.sends(to("b"), event(name)));
    let done = scene.turn(run).await;
    assert_eq!((done.deliveries.len(), done.deliveries.iter().flatten().count()), (1_000, 1_000));
    assert_eq!(scene.inbox(b).await, names);
    let consumed = scene.message_ids(b).await;
    let recorded: Vec<&str> = names.iter().map(String::as_str).collect();
    scene.turn(turn(b).after(1).consumes(consumed).records(&recorded)).await;
    assert_eq!(scene.inbox(b).await, [""; 0]);
    assert_eq!(scene.recorded(b).await, names);
}

pub(crate) async fn the_result_of_a_task_comes_back_as_it_was(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).leased_task(0, "Wörk \"'%")).await;
    let completed = EventKind::TaskCompleted { id: 0, result: strange() };
    let message = Message::Event {
        execution: Some(ExecutionRef { key: key.0, generation: 0 }),
        at: at(3),
        event: completed,
    };
    let result = TaskResultCommit { task: task_of(key, 0), message: message.clone() };
    let outcome = scene.commit(Commit::TaskResult(result)).await;
    let CommitOutcome::TaskResult(delivery) = outcome else { panic!("{outcome:?}") };
    assert_eq!(scene.load(key).await.inbox, [(delivery.message, message)]);
}

pub(crate) async fn numbers_may_be_large(scene: Scene) {
    let key = scene.running("a").await;
    let run = turn(key).after(1).counts(5_000_000_000, 6_000_000_000);
    scene.turn(run.task(u32::MAX, "Last").timer(u32::MAX - 1, at(1))).await;
    let instance = scene.load(key).await.instance;
    assert_eq!((instance.events, instance.actions), (5_000_000_000, 6_000_000_000));
    assert_eq!(scene.timers(at(1)).await[0].timer, task_of(key, u32::MAX - 1));
    assert_eq!(scene.claim(0, 1).await.tasks[0].task, task_of(key, u32::MAX));
    scene.turn(turn(key).after(2).takes(task_of(key, u32::MAX)).ends_timer(task_of(key, u32::MAX - 1))).await;
    assert_eq!(scene.timers(at(1)).await, []);
}
