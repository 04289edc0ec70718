//! What comes first, what is forgotten, and who is told.

use std::collections::VecDeque;

use super::*;

/// A message for which there was no room was left to claims, which do not find what this host owns already.
#[test]
fn a_message_without_room_is_read_at_the_next_sweep() {
    let mut scene = Scene::new(Options { max_slots: 1, ..Options::default() });
    let key = scene.start(vec![schedule(0)]);
    let task = scene.runs_task().unwrap();
    let other = InstanceKey(77);
    scene.tell(Input::Send {
        target: Recipient::Orchestration(id()),
        message: raised("a"),
        reply: ReplyId(2),
    });
    let item = scene.take_commit();
    let sent = Delivery { key: other, message: MessageId(1), to: DeliveredTo::Here };
    scene.tell(Input::Committed { items: vec![item], outcomes: vec![CommitOutcome::Sent(sent)] });
    assert_eq!(scene.loads(), None);
    scene.task_done(&task);
    scene.ran(key, vec![complete()]);
    let item = scene.take_commit();
    scene.committed(item);
    scene.tell(Input::Sweep);
    assert_eq!(scene.loads(), Some(other));
}

/// Activities that were announced while a claim was under way were forgotten when the claim came back with less than
/// it had asked for: they waited for the next sweep, and the engine looked settled.
#[test]
fn work_announced_during_a_claim_is_claimed_next() {
    let mut scene = Scene::new(Options { max_tasks: 1, ..Options::default() });
    scene.tell(Input::Sweep);
    let request = scene.take(claim).unwrap();
    scene.start(vec![schedule(0)]);
    assert!(scene.runs_task().is_none(), "the slot waits for the claim");
    scene.tell(Input::Claimed { claimed: Claimed::default(), request });
    assert!(!scene.machine.is_quiet());
    assert!(scene.take(claim).is_some_and(|request| request.tasks == 1));
}

/// A claim took all slots, so that what was scheduled meanwhile was queued and announced: other hosts claimed it, and what
/// they scheduled meanwhile came back the same way, for as long as there was work. Two hosts did a third of what one did.
#[test]
fn a_claim_leaves_slots_to_what_is_scheduled_meanwhile() {
    let mut scene = Scene::shared(Options { max_tasks: 64, claim_share: 4, ..Options::default() });
    scene.tell(Input::Sweep);
    assert!(scene.take(claim).is_some_and(|request| request.tasks == 32));
    scene.start((0..28).map(schedule).collect());
    for n in 0..28 {
        assert!(scene.runs_task().is_some(), "{n} of 64 slots, half of them and the share are kept");
    }
}

fn claim(effect: &Effect) -> Option<ClaimRequest> {
    match effect {
        Effect::Claim(request) => Some(*request),
        _ => None,
    }
}

/// Read from the store, the message that begins the next execution may come after more messages than a turn takes:
/// the code then ran without it.
#[test]
fn the_message_that_begins_an_execution_comes_first_however_long_the_inbox() {
    let mut options = Options::default();
    options.limits.messages_per_turn = 2;
    let mut scene = Scene::new(options);
    let key = InstanceKey(77);
    let sent = |id| Delivery { key, message: MessageId(id), to: DeliveredTo::Here };
    let begins = Message::ContinuedAsNew { generation: 0, input: text(""), carryover: Vec::new() };
    let inbox = vec![
        (MessageId(1), raised("a")),
        (MessageId(2), raised("b")),
        (MessageId(3), raised("c")),
        (MessageId(4), begins),
    ];
    let message = Commit::Send(SendCommit { target: Target::Existing(id()), message: raised("a") });
    scene.tell(Input::Send {
        target: Recipient::Orchestration(id()),
        message: raised("a"),
        reply: ReplyId(1),
    });
    scene.take_commit();
    scene.tell(Input::Committed {
        items: vec![(Ticket::Client(ReplyId(1)), message)],
        outcomes: vec![CommitOutcome::Sent(sent(1))],
    });
    scene.tell(loaded(key, 3, RuntimeStatus::Running, inbox));
    let events = scene.turn_events().unwrap();
    assert!(matches!(events[1], EventKind::ExecutionStarted { .. }), "{events:?}");
    assert!(matches!(&events[2], EventKind::EventRaised { name, .. } if name == "a"), "{events:?}");
}

/// An execution that begins while its instance is suspended did not record the suspension. Its replay ran the code
/// where the live turn had not, and the instance failed as non-deterministic when it was resumed.
#[test]
fn an_execution_that_begins_suspended_says_so_in_its_history() {
    let mut scene = Scene::new(Options::default());
    let key = InstanceKey(77);
    scene.tell(Input::Sweep);
    let request = scene
        .take(|effect| match effect {
            Effect::Claim(request) => Some(*request),
            _ => None,
        })
        .unwrap();
    scene.tell(Input::Claimed { claimed: Claimed { instances: vec![key], tasks: Vec::new() }, request });
    let begins = Message::ContinuedAsNew { generation: 0, input: text(""), carryover: Vec::new() };
    scene.tell(loaded(key, 3, RuntimeStatus::Suspended, vec![(MessageId(1), begins)]));
    let (_, Commit::Turn(turn)) = scene.take_commit() else { panic!("a turn is written") };
    let kinds: Vec<_> = turn.history.iter().map(|event| &event.kind).collect();
    assert!(
        matches!(
            kinds[..],
            [
                EventKind::TurnStarted,
                EventKind::ExecutionSuspended { .. },
                EventKind::ExecutionStarted { .. }
            ]
        ),
        "{kinds:?}"
    );
    assert_eq!(turn.update.status, RuntimeStatus::Suspended);
}

/// A client that waited for an instance whose last commit was lost waited until its time was up, although the
/// instance was read and found finished.
#[test]
fn whoever_waits_is_told_when_a_read_finds_the_instance_finished() {
    let mut scene = Scene::new(Options::default());
    let key = scene.start(vec![timer(0)]);
    scene.tell(Input::Wait { id: id(), reply: ReplyId(9) });
    assert!(scene.turn_events().is_some());
    scene.ran(key, vec![complete()]);
    let item = scene.take_commit();
    scene.tell(Input::CommitLost { items: vec![item], why: "as asked".to_owned() });
    scene.tell(loaded(key, 2, RuntimeStatus::Completed, Vec::new()));
    assert!(
        scene.effects.iter().any(|effect| matches!(effect, Effect::Reply(ReplyId(9), Reply::Finished(None)))),
        "{:?}",
        scene.effects
    );
}

/// Timers that an execution left behind stayed in memory until they were due, and then had its instance read.
#[test]
fn timers_of_a_finished_instance_are_forgotten_with_it() {
    let mut scene = Scene::new(Options::default());
    let fire_at = NOW.saturating_add(std::time::Duration::from_secs(3_600));
    scene.start(vec![Action::CreateTimer { id: 0, fire_at }, schedule(1)]);
    assert_eq!(scene.machine.next_due(), Some(fire_at));
    let task = scene.runs_task().unwrap();
    let key = task.task.instance;
    scene.task_done(&task);
    scene.ran(key, vec![complete()]);
    let item = scene.take_commit();
    scene.committed(item);
    assert_eq!(scene.machine.next_due(), None);
}

/// A page of timers that was read before a turn took one of them, and came in after, armed it again.
#[test]
fn a_timer_that_fired_while_timers_are_read_does_not_fire_again() {
    let mut scene = Scene::new(Options::default());
    scene.tell(Input::Recover);
    scene.tell(Input::ScheduledRead(Scheduled::default()));
    let key = scene.start(vec![timer(0)]);
    assert!(scene.turn_events().is_some());
    scene.ran(key, Vec::new());
    let item = scene.take_commit();
    scene.committed(item);
    let timer = TaskRef { instance: key, generation: 0, task: 0 };
    scene.tell(Input::TimersRead(vec![TimerRow { fire_at: NOW, timer }]));
    assert_eq!(scene.turn_events(), None);
    scene.take(|effect| matches!(effect, Effect::Claim(_)).then_some(())).unwrap();
    let request = ClaimRequest { instances: 1, tasks: 1 };
    scene.tell(Input::Claimed { claimed: Claimed::default(), request });
    assert!(!scene.machine.is_quiet(), "timers are still being read");
    scene.tell(Input::TimersRead(Vec::new()));
    assert!(scene.machine.is_quiet());
}

/// Only what came in from outside and what orchestrators asked for was held against the limit of payloads.
#[test]
fn results_of_activities_and_what_entities_send_out_have_the_limit_of_payloads() {
    let limits = Limits { payload_bytes: 10, ..Limits::default() };
    let mut scene = Scene::new(Options { limits, ..Options::default() });
    scene.start(vec![schedule(0)]);
    let task = scene.runs_task().unwrap();
    let event = EventKind::TaskCompleted { id: 0, result: text("longer than ten bytes") };
    scene.tell(Input::TaskRan { task: task.task, event });
    let events = scene.turn_events().unwrap();
    assert!(
        matches!(&events[1], EventKind::TaskFailed { failure, .. } if failure.kind == kind::LIMIT),
        "{events:?}"
    );

    let entity = EntityId::new("counter", "k").unwrap();
    let new = NewInstance {
        key: InstanceKey(77),
        id: entity.instance_id(),
        kind: InstanceKind::Entity,
        name: "counter".to_owned(),
        input: None,
        parent: None,
    };
    let before = State::created(&new, NOW);
    let message = Message::signal("add", text(""));
    let mut pending = VecDeque::from([Incoming::Message(MessageId(1), message)]);
    let batch = state::begin_entity(&before, &mut pending, 1, NOW);
    let input = text("longer than ten bytes");
    let signal = EntityAction::Signal { entity, operation: "add".to_owned(), input, at: None };
    let outcome =
        EntityOutcome { state: Some(text("new")), results: vec![Ok(text(""))], actions: vec![signal] };
    let applied = state::apply_entity(&before, batch, Ok(outcome), &limits, &mut NoSupply);
    assert_eq!((applied.commit.messages.len(), applied.next.entity_state), (0, None));
}

struct NoSupply;

impl Supply for NoSupply {
    fn key(&mut self) -> InstanceKey {
        InstanceKey(99)
    }

    fn instance_id(&mut self) -> InstanceId {
        InstanceId::generate()
    }

    fn lease_task(&mut self) -> bool {
        false
    }
}
