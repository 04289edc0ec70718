//! The machine alone, fed inputs in orders that a running engine shows once in a thousand times.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without")]

use durable_core::{
    message::Message,
    model::{Instance, InstanceKey, InstanceKind, Loaded, MessageId},
    store::{Commit, CommitOutcome, DeliveredTo, Delivery, TurnDone},
    suspicion::Suspicion,
};
use durable_engine::{
    Options,
    machine::{Effect, Input, Machine, Recipient, ReplyId, Ticket},
};
use fnhost_protocol::{
    entity::EntityOutcome, ids::EntityId, json::JsonText, status::RuntimeStatus, time::Timestamp,
};

const KEY: InstanceKey = InstanceKey(1);

fn counter() -> EntityId {
    EntityId::new("counter", "k").unwrap()
}

fn add(number: i64) -> Message {
    Message::signal("add", JsonText::of(&number).unwrap())
}

/// Sends a signal and returns the commit that it leads to, not reported yet.
fn signal(machine: &mut Machine, number: i64) -> (Ticket, Commit) {
    let target = Recipient::Entity(counter());
    let reply = ReplyId(number.unsigned_abs());
    machine.handle(Input::Send { target, message: add(number), reply }, Timestamp::EPOCH);
    let commit = machine.take_effects().into_iter().find_map(|effect| match effect {
        Effect::Commit(ticket, commit) => Some((ticket, commit)),
        _ => None,
    });
    commit.expect("a signal is committed")
}

fn report(machine: &mut Machine, item: (Ticket, Commit), outcome: CommitOutcome) -> Vec<Effect> {
    machine.handle(Input::Committed { items: vec![item], outcomes: vec![outcome] }, Timestamp::EPOCH);
    machine.take_effects()
}

fn sent(message: i64) -> CommitOutcome {
    CommitOutcome::Sent(Delivery { key: KEY, message: MessageId(message), to: DeliveredTo::Here })
}

fn loaded(messages: &[i64]) -> Loaded {
    Loaded {
        instance: Instance {
            key: KEY,
            id: counter().instance_id(),
            kind: InstanceKind::Entity,
            name: "counter".to_owned(),
            status: RuntimeStatus::Running,
            generation: 0,
            turn: 0,
            events: 0,
            actions: 0,
            parent: None,
            created_at: Timestamp::EPOCH,
            updated_at: Timestamp::EPOCH,
            lock: None,
        },
        entity_state: None,
        inbox: messages.iter().map(|number| (MessageId(*number), add(*number))).collect(),
        timers: Vec::new(),
        suspicion: Suspicion::NONE,
    }
}

fn batch_len(effects: &[Effect]) -> Option<usize> {
    effects.iter().find_map(|effect| match effect {
        Effect::RunBatch(_, batch) => Some(batch.operations.len()),
        _ => None,
    })
}

/// A load read a message whose commit was reported only afterwards: the message ran twice.
#[test]
fn a_message_that_a_load_saw_before_its_commit_was_reported_runs_once() {
    let mut machine = Machine::new(Options::default());
    machine.handle(Input::KeysReserved(1..1_000), Timestamp::EPOCH);
    let first = signal(&mut machine, 1);
    let second = signal(&mut machine, 2);

    let effects = report(&mut machine, first, sent(1));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Load(KEY))));
    machine.handle(Input::Loaded { key: KEY, loaded: Some(Box::new(loaded(&[1, 2]))) }, Timestamp::EPOCH);
    assert_eq!(batch_len(&machine.take_effects()), Some(2));
    report(&mut machine, second, sent(2));

    let results = vec![Ok(JsonText::null()), Ok(JsonText::null())];
    let outcome = EntityOutcome { state: Some(JsonText::of(&3).unwrap()), results, actions: Vec::new() };
    machine.handle(Input::BatchRan { key: KEY, outcome: Ok(outcome) }, Timestamp::EPOCH);
    let turn = machine.take_effects().into_iter().find_map(|effect| match effect {
        Effect::Commit(ticket, commit) => Some((ticket, commit)),
        _ => None,
    });
    let turn = turn.expect("the batch is committed");
    let Commit::Turn(commit) = &turn.1 else { panic!("{turn:?}") };
    assert_eq!(commit.consumed, [MessageId(1), MessageId(2)]);
    let effects = report(&mut machine, turn, CommitOutcome::Turn(TurnDone::default()));
    assert_eq!(batch_len(&effects), None, "nothing is left to run");
    assert!(machine.is_quiet());
}
