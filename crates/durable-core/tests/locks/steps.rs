//! One step at a time.

use durable_core::{
    limits::Limits,
    lock::{CriticalSection, Lock},
    message::Message,
    model::{InstanceKind, MessageId},
    state::{Applied, Incoming, State, apply, begin, begin_entity, is_blocked},
};
use fnhost_protocol::{
    action::Action,
    failure::{Failure, kind},
    history::{EventKind, ExecutionRef},
    json::JsonText,
    status::RuntimeStatus,
};

use crate::build::{
    Keys, at, entity, inbox, instance, lock, locked_for, names, orchestration, owner, section, signal,
    succeed, take, told, unlock,
};

fn turn(state: &State, events: Vec<EventKind>, actions: Vec<Action>) -> Applied {
    let message = |event| Message::Event { execution: Some(state.instance.execution()), at: at(1), event };
    let incoming = (1..).zip(events).map(|(id, event)| Incoming::Message(MessageId(id), message(event)));
    let begun = begin(state, incoming.collect(), at(9));
    apply(state, begun, actions, &Limits::default(), &mut Keys(200))
}

fn asks(id: u32, names: &[&str]) -> Action {
    Action::LockEntities { id, entities: names.iter().map(|name| entity(name)).collect() }
}

fn in_section(names: &[&str], granted: bool) -> State {
    let entities = names.iter().map(|name| entity(name)).collect();
    orchestration(Some(CriticalSection { task: 1, entities, granted }))
}

fn raised() -> EventKind {
    EventKind::EventRaised { name: "go".to_owned(), input: JsonText::null() }
}

#[test]
fn a_request_goes_to_the_first_of_the_sorted_set() {
    let applied = turn(&orchestration(None), vec![raised()], vec![asks(1, &["c", "a", "b", "a"])]);
    assert_eq!(
        told(&applied.commit.messages),
        [r#"@counter@a (201): lock for a then ["@counter@b (202)", "@counter@c (203)"]"#]
    );
    let entities = ["a", "b", "c"].map(entity).to_vec();
    let recorded = &applied.commit.history.last().unwrap().kind;
    assert_eq!(*recorded, EventKind::EntityLockRequested { id: 1, entities: entities.clone() });
    let section = Some(Lock::Section(CriticalSection { task: 1, entities, granted: false }));
    assert_eq!((&applied.commit.update.lock, &applied.next.instance.lock), (&section, &section));
}

#[test]
fn a_grant_is_remembered_even_while_nothing_runs() {
    let mut state = in_section(&["a", "b"], false);
    for status in [RuntimeStatus::Running, RuntimeStatus::Suspended] {
        state.instance.status = status;
        let applied = turn(&state, vec![EventKind::EntityLockGranted { id: 1 }], Vec::new());
        assert!(applied.next.section().unwrap().granted, "{status:?}");
    }
    let applied = turn(&state, vec![EventKind::EntityLockGranted { id: 7 }, raised()], Vec::new());
    assert!(!applied.next.section().unwrap().granted, "that is another task");
}

#[test]
fn every_way_out_releases() {
    let ways: [(&str, Vec<EventKind>, Vec<Action>); 5] = [
        ("released", vec![raised()], vec![Action::UnlockEntities { id: 1 }]),
        ("completed", vec![raised()], vec![Action::Complete { result: JsonText::null() }]),
        ("failed", vec![raised()], vec![Action::Fail { failure: Failure::new("E", "no") }]),
        (
            "continued as new",
            vec![raised()],
            vec![Action::ContinueAsNew { input: JsonText::null(), carryover: Vec::new() }],
        ),
        (
            "terminated",
            vec![EventKind::ExecutionTerminated { reason: String::new(), recursive: false }],
            Vec::new(),
        ),
    ];
    for (way, events, actions) in ways {
        let granted = turn(&in_section(&["a", "b"], true), events.clone(), actions.clone());
        let direct = [r"@counter@a: unlock 97 then []", r"@counter@b: unlock 97 then []"];
        assert_eq!(told(&granted.commit.messages), direct, "{way}");
        let asked = turn(&in_section(&["a", "b"], false), events, actions);
        let follows = [r#"@counter@a: unlock 97 then ["@counter@b"]"#];
        assert_eq!(told(&asked.commit.messages), follows, "{way}, while it waited");
        for applied in [granted, asked] {
            assert_eq!((applied.commit.update.lock, applied.next.instance.lock), (None, None), "{way}");
        }
    }
}

#[test]
fn a_grant_that_comes_with_the_end_releases_at_once() {
    let events = vec![EventKind::EntityLockGranted { id: 1 }];
    let end = vec![Action::UnlockEntities { id: 1 }, Action::Complete { result: JsonText::null() }];
    let applied = turn(&in_section(&["a", "b"], false), events, end);
    assert_eq!(applied.commit.messages.len(), 2, "{:?}", told(&applied.commit.messages));
    assert!(matches!(applied.commit.history[2].kind, EventKind::EntityUnlockSent { id: 1 }));
}

#[test]
fn operations_on_locked_entities_belong_to_the_section() {
    let call = |id, key| Action::CallEntity {
        id,
        entity: entity(key),
        operation: "get".to_owned(),
        input: JsonText::null(),
    };
    let signal = |id, key, at| Action::SignalEntity {
        id,
        entity: entity(key),
        operation: "add".to_owned(),
        input: JsonText::null(),
        at,
    };
    let asked = vec![
        call(2, "a"),
        signal(3, "b", None),
        signal(4, "b", Some(at(99))),
        signal(5, "z", None),
        Action::UnlockEntities { id: 1 },
        call(6, "a"),
    ];
    let applied = turn(&in_section(&["a", "b"], true), vec![raised()], asked);
    assert_eq!(
        told(&applied.commit.messages),
        [
            "@counter@a (201): get in section 1",
            "@counter@b (202): add in section 1",
            "@counter@b at 99: add",
            "@counter@z (204): add",
            "@counter@a: unlock 97 then []",
            "@counter@b: unlock 97 then []",
            "@counter@a (205): get",
        ]
    );
}

#[test]
fn a_signal_for_a_time_that_has_passed_goes_now() {
    let signal = |time| Action::SignalEntity {
        id: 1,
        entity: entity("a"),
        operation: "add".to_owned(),
        input: JsonText::null(),
        at: Some(at(time)),
    };
    for (time, expected) in
        [(8, "@counter@a (201): add"), (9, "@counter@a (201): add"), (10, "@counter@a at 10: add")]
    {
        let applied = turn(&orchestration(None), vec![raised()], vec![signal(time)]);
        assert_eq!(told(&applied.commit.messages), [expected]);
    }
}

#[test]
fn sections_do_not_overlap_and_are_not_empty() {
    let unlock = Action::UnlockEntities { id: 1 };
    let many: Vec<String> = (0..1_001).map(|number| number.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (state, actions, why) in [
        (
            in_section(&["a"], true),
            vec![asks(2, &["b"])],
            "task 2 asks for locks within the critical section of task 1",
        ),
        (
            in_section(&["a"], false),
            vec![asks(2, &["a"])],
            "task 2 asks for locks within the critical section of task 1",
        ),
        (
            orchestration(None),
            vec![asks(1, &["a"]), asks(2, &["b"])],
            "within the critical section of task 1",
        ),
        (orchestration(None), vec![asks(1, &[])], "names no entity"),
        (orchestration(None), vec![asks(1, &many)], "names 1001 entities; allowed are 1000"),
    ] {
        let applied = turn(&state, vec![raised()], actions);
        let Some(EventKind::ExecutionFailed { failure }) =
            applied.commit.history.last().map(|event| &event.kind)
        else {
            panic!("{why}: {:?}", applied.commit.history)
        };
        assert_eq!(failure.kind, kind::CRITICAL_SECTION);
        assert!(failure.message.contains(why), "{failure}");
        assert_eq!(applied.next.instance.lock, None);
    }
    let again = turn(&in_section(&["a"], true), vec![raised()], vec![unlock, asks(2, &["b"])]);
    assert_eq!(again.next.section().unwrap().task, 2);
}

#[test]
fn an_entity_passes_the_request_on_and_the_last_grants() {
    let (batch, left) = take(&locked_for(None), [lock("a", &["y", "z"])]);
    assert_eq!((batch.lock.as_ref(), left), (Some(&owner("a")), vec![]));
    let applied = succeed(&locked_for(None), batch, &mut Keys(0));
    assert_eq!(told(&applied.commit.messages), [r#"@counter@y (50): lock for a then ["@counter@z (51)"]"#]);
    assert_eq!(applied.next.instance.lock, Some(Lock::HeldBy(owner("a"))));
    assert_eq!(applied.commit.update.lock, Some(Lock::HeldBy(owner("a"))));
    let (batch, _) = take(&locked_for(None), [lock("a", &[])]);
    assert_eq!(told(&batch.passed_on), ["a: EntityLockGranted { id: 1 }"]);
    let Message::Event { execution, at: time, .. } = &batch.passed_on[0].message else { panic!("no event") };
    assert_eq!((*execution, *time), (Some(ExecutionRef { key: 97, generation: 0 }), at(9)));
}

#[test]
fn only_the_section_runs_while_it_lasts() {
    let (batch, left) = take(
        &locked_for(Some("a")),
        [
            signal("others", None),
            signal("mine", Some("a")),
            signal("of another section", Some("b")),
            lock("b", &[]),
            signal("mine too", Some("a")),
            unlock("b", &[]),
        ],
    );
    assert_eq!((names(&batch), left), (vec!["mine", "mine too"], vec![1, 3, 4, 6]));
    assert_eq!(batch.consumed, [MessageId(2), MessageId(5)]);
    assert_eq!(batch.lock, Some(owner("a")));
}

#[test]
fn who_waited_comes_first_when_it_is_over() {
    let (batch, left) = take(
        &locked_for(Some("a")),
        [
            signal("1", None),
            lock("b", &[]),
            signal("3", None),
            signal("mine", Some("a")),
            unlock("a", &[]),
            signal("6", None),
            signal("of b", Some("b")),
        ],
    );
    assert_eq!(names(&batch), ["mine", "1", "of b"]);
    assert_eq!((batch.lock, left), (Some(owner("b")), vec![3, 6]));
    assert_eq!(batch.consumed.iter().map(|id| id.0).collect::<Vec<_>>(), [4, 5, 1, 2, 7]);
}

#[test]
fn a_request_that_was_given_up_leaves_nothing_behind() {
    let messages = [lock("a", &["y"]), signal("1", None), unlock("a", &["y"]), signal("2", None)];
    let (batch, left) = take(&locked_for(None), messages);
    assert_eq!((names(&batch), left, &batch.lock), (vec!["1", "2"], vec![], &None));
    let followed = [r"@counter@y (50): lock for a then []", r"@counter@y: unlock 97 then []"];
    assert_eq!(told(&batch.passed_on), followed);
}

#[test]
fn an_end_that_comes_twice_ends_nobody_elses() {
    let (batch, left) = take(&locked_for(None), [unlock("a", &["y"]), lock("b", &[]), unlock("b", &[])]);
    assert_eq!((&batch.lock, left), (&None, vec![]));
    assert_eq!(told(&batch.passed_on)[0], "@counter@y: unlock 97 then []");
    let mut pending = inbox([signal("1", None)]);
    pending.push_back(Incoming::HolderGone(section("b")));
    let batch = begin_entity(&locked_for(Some("a")), &mut pending, 100, at(9));
    assert_eq!((names(&batch).len(), batch.lock.clone(), pending.len()), (0, Some(owner("a")), 1));
}

#[test]
fn the_lock_of_a_holder_that_is_gone_ends() {
    let mut pending = inbox([signal("1", None), signal("mine", Some("a"))]);
    pending.push_back(Incoming::HolderGone(section("a")));
    let batch = begin_entity(&locked_for(Some("a")), &mut pending, 100, at(9));
    assert_eq!((names(&batch), batch.lock.as_ref()), (vec!["mine", "1"], None));
    assert_eq!(batch.consumed.len(), 2);
}

#[test]
fn a_batch_takes_no_more_than_its_limit() {
    let mut pending = inbox([signal("1", None), unlock("a", &[]), signal("3", None), signal("4", None)]);
    let batch = begin_entity(&locked_for(Some("a")), &mut pending, 2, at(9));
    assert_eq!((names(&batch), pending.len()), (vec!["1"], 2));
    let batch = begin_entity(&locked_for(None), &mut pending, 100, at(9));
    assert_eq!(names(&batch), ["3", "4"]);
}

#[test]
fn an_entity_is_blocked_when_all_that_is_pending_waits() {
    let held = locked_for(Some("a"));
    assert!(!is_blocked(&held, &inbox([])));
    assert!(is_blocked(&held, &inbox([signal("1", None), lock("b", &[])])));
    assert!(!is_blocked(&held, &inbox([signal("1", None), signal("2", Some("a"))])));
    assert!(!is_blocked(&held, &inbox([signal("1", None), unlock("a", &[])])));
    assert!(!is_blocked(&locked_for(None), &inbox([signal("1", None)])));
    let mut gone = inbox([signal("1", None)]);
    gone.push_back(Incoming::HolderGone(section("a")));
    assert!(!is_blocked(&held, &gone));
}

#[test]
fn a_batch_that_fails_keeps_the_lock_and_passes_it_on() {
    let (batch, _) = take(&locked_for(None), [signal("1", None), lock("a", &["y"])]);
    let failed = durable_core::state::apply_entity(
        &locked_for(None),
        batch,
        Err(Failure::new("E", "no")),
        &Limits::default(),
        &mut Keys(0),
    );
    assert_eq!(failed.next.instance.lock, Some(Lock::HeldBy(owner("a"))));
    assert_eq!(failed.commit.messages.len(), 1);
}

#[test]
fn orchestrations_and_entities_ignore_what_is_not_for_them() {
    let state = State::created(&instance(1, "a", InstanceKind::Orchestration), at(0));
    let incoming =
        [lock("b", &[]), unlock("b", &[])].map(|message| Incoming::Message(MessageId(1), message)).to_vec();
    let begun = begin(&state, incoming, at(9));
    assert_eq!((begun.consumed.len(), begun.events.len()), (2, 0));
    let start = Message::Start { input: JsonText::null(), parent: None };
    let (batch, left) = take(&locked_for(Some("a")), [start]);
    assert_eq!((batch.consumed.len(), batch.operations.len(), left.len()), (1, 0, 0));
}
