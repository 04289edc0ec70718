//! Commits of which nobody knows whether they were written.

use durable_core::store::News;

use super::*;

/// The commit of a continue-as-new carries no history, so the results that its turn had taken were not found again
/// when its outcome was unknown: the instance waited for them for ever.
#[test]
fn a_lost_continue_as_new_gives_back_the_result_and_the_timer_that_its_turn_took() {
    let mut scene = Scene::new(Options::default());
    let key = scene.start(vec![schedule(0), timer(1)]);
    let task = scene.runs_task().unwrap();
    // The timer is due at once: its turn begins and the result comes behind it.
    assert!(scene.turn_events().is_some());
    scene.ran(key, Vec::new());
    let item = scene.take_commit();
    scene.task_done(&task);
    scene.committed(item);
    assert!(scene.turn_events().is_some());
    scene.ran(key, vec![continue_as_new()]);
    let item = scene.take_commit();
    scene.tell(Input::CommitLost { items: vec![item], why: "as asked".to_owned() });
    assert_eq!(scene.take_results(), [task.task]);

    let mut scene = Scene::new(Options::default());
    let key = scene.start(vec![timer(0)]);
    assert!(scene.turn_events().is_some());
    scene.ran(key, vec![continue_as_new()]);
    let item = scene.take_commit();
    scene.tell(Input::CommitLost { items: vec![item], why: "as asked".to_owned() });
    assert_eq!(scene.loads(), Some(key));
    scene.tell(loaded_with_timer(key, 1, 0));
    assert_eq!(scene.turn_events(), Some(vec![EventKind::TurnStarted, EventKind::TimerFired { id: 0 }]));
}

/// It fired again although the lost turn had taken it: history then had it twice.
#[test]
fn a_timer_that_a_lost_turn_took_does_not_fire_again() {
    let mut scene = Scene::new(Options::default());
    let key = scene.start(vec![timer(0)]);
    assert!(scene.turn_events().is_some());
    scene.ran(key, Vec::new());
    let item = scene.take_commit();
    scene.lost(item);
    assert_eq!(scene.loads(), Some(key));
    scene.tell(loaded(key, 2, RuntimeStatus::Running, Vec::new()));
    assert_eq!(scene.turn_events(), None);
    assert_eq!(scene.machine.next_due(), None);
}

/// A timer that was cancelled by the turn during which it fell due fired afterwards.
#[test]
fn a_timer_that_falls_due_while_it_is_cancelled_does_not_fire() {
    let mut scene = Scene::new(Options::default());
    let fire_at = NOW.saturating_add(std::time::Duration::from_secs(1));
    let key = scene.start(vec![Action::CreateTimer { id: 0, fire_at }, schedule(1)]);
    let task = scene.runs_task().unwrap();
    scene.task_done(&task);
    assert!(scene.turn_events().is_some());
    scene.machine.tick(fire_at);
    scene.ran(key, vec![Action::CancelTimer { id: 0 }]);
    let item = scene.take_commit();
    scene.committed(item);
    assert_eq!(scene.turn_events(), None);
}

/// The turn that was lost leased an activity and created a timer.
fn lost_turn() -> (Scene, InstanceKey) {
    let mut scene = Scene::new(Options::default());
    let key = scene.start(vec![schedule(0)]);
    let task = scene.runs_task().unwrap();
    scene.task_done(&task);
    assert!(scene.turn_events().is_some());
    scene.ran(key, vec![schedule(1), timer(2)]);
    let item = scene.take_commit();
    scene.lost(item);
    assert_eq!(scene.released(), None, "nobody knows yet");
    scene.take_results();
    assert_eq!(scene.loads(), Some(key));
    (scene, key)
}

/// A turn whose commit was lost but had been written left activities that this host had leased and timers that
/// nobody had armed; both waited for the next start of the host.
#[test]
fn what_a_lost_turn_has_left_is_found_again() {
    let (mut scene, key) = lost_turn();
    scene.tell(loaded_with_timer(key, 2, 2));
    assert_eq!(scene.released(), Some(vec![TaskRef { instance: key, generation: 0, task: 1 }]));
    scene.tell(Input::HistoryRead { key, history: [].into() });
    assert_eq!(scene.turn_events(), Some(vec![EventKind::TurnStarted, EventKind::TimerFired { id: 2 }]));
}

/// The lease that a lost turn may have had was given back at once: that came after the same turn, taken again, had the
/// same activity running under a lease of its own.
#[test]
fn nothing_is_given_back_of_a_lost_turn_that_was_not_written() {
    let (mut scene, key) = lost_turn();
    let result = Message::Event {
        execution: None,
        at: NOW,
        event: EventKind::TaskCompleted { id: 0, result: text("done") },
    };
    scene.tell(loaded(key, 1, RuntimeStatus::Running, vec![(MessageId(9), result)]));
    assert!(scene.turn_events().is_some());
    scene.ran(key, vec![schedule(1), timer(2)]);
    let item = scene.take_commit();
    scene.committed(item);
    assert!(scene.runs_task().is_some());
    assert_eq!(scene.released(), None);
}

/// Another host had written its turn in the place of the lost one. The release of what the lost turn might have leased was
/// on its way when the next turn leased the same activity, and took that lease away: it ran twice at once.
#[test]
fn what_is_being_given_back_is_not_leased_again_meanwhile() {
    let (mut scene, key) = lost_turn();
    scene.tell(loaded(key, 2, RuntimeStatus::Running, vec![(MessageId(9), raised("a"))]));
    let call = TaskRef { instance: key, generation: 0, task: 1 };
    assert_eq!(scene.released(), Some(vec![call]));
    assert!(scene.turn_events().is_some());
    scene.ran(key, vec![schedule(1), schedule(2)]);
    let (ticket, commit) = scene.take_commit();
    let Commit::Turn(turn) = &commit else { panic!("{commit:?}") };
    assert_eq!(turn.tasks.iter().map(|task| task.lease).collect::<Vec<_>>(), [false, true]);
    scene.committed((ticket, commit));
    assert_eq!(scene.runs_task().map(|task| task.task.task), Some(2));
    assert_eq!(scene.machine.in_flight(), 2, "a result that is being written, and one activity");
    scene.tell(Input::Released { calls: vec![call], done: true });
    let claims = |effect: &Effect| match effect {
        Effect::Claim(request) => Some(request.tasks > 0),
        _ => None,
    };
    assert_eq!(scene.take(claims), Some(true), "it waits in the store");
}

/// A lost turn was written late, and its activity was claimed while the turn was taken again. When that was refused, the
/// lease counted as never had, and was given back under what ran.
#[test]
fn what_was_claimed_while_its_turn_was_taken_again_keeps_its_lease() {
    for again in ["fenced", "lost"] {
        let (mut scene, key) = lost_turn();
        scene.tell(loaded(key, 1, RuntimeStatus::Running, vec![(MessageId(9), raised("a"))]));
        assert!(scene.turn_events().is_some());
        let call = TaskRef { instance: key, generation: 0, task: 1 };
        let task = leased_task(call);
        let request = ClaimRequest { instances: 9, tasks: 9 };
        scene.tell(Input::Claimed { claimed: Claimed { instances: Vec::new(), tasks: vec![task] }, request });
        assert_eq!(scene.runs_task().map(|task| task.task), Some(call));
        scene.ran(key, vec![schedule(1)]);
        let item = scene.take_commit();
        if again == "lost" {
            scene.lost(item);
        } else {
            scene.tell(Input::Committed { items: vec![item], outcomes: vec![CommitOutcome::Fenced] });
        }
        assert_eq!(scene.loads(), Some(key), "{again}");
        scene.tell(loaded(key, 2, RuntimeStatus::Running, Vec::new()));
        scene.tell(Input::LeasesFound(vec![call]));
        assert_eq!(scene.released(), None, "{again}");
    }
}

/// A start without an answer was answered with an error, and the same start again with "taken", though it was its own.
#[test]
fn a_start_that_was_written_although_its_commit_was_lost_is_answered_as_started() {
    for (owner, answer) in
        [(InstanceKey(1), Reply::Done), (InstanceKey(77), Reply::Taken(RuntimeStatus::Running))]
    {
        let mut scene = Scene::new(Options::default());
        let start = StartInput { id: id(), name: "f".to_owned(), input: text("in") };
        scene.tell(Input::Start { start, reply: ReplyId(1), finished: None });
        let key = InstanceKey(1);
        scene.ran(key, vec![schedule(0)]);
        let item = scene.take_commit();
        scene.lost(item);
        let (ticket, commit) = scene.take_commit();
        let Commit::Start(start) = &commit else { panic!("{commit:?}") };
        assert_eq!(
            (start.instance.key, &start.message),
            (key, &Message::Start { input: text("in"), parent: None })
        );
        scene.tell(Input::Committed {
            items: vec![(ticket, commit)],
            outcomes: vec![CommitOutcome::Taken(RuntimeStatus::Running)],
        });
        assert_eq!(scene.replied(), None);
        let found = scene.take(|effect| match effect {
            Effect::FindStart { reply, key, .. } => Some((*reply, *key)),
            _ => None,
        });
        assert_eq!(found, Some((ReplyId(1), key)));
        let found = Ok(Some((owner, RuntimeStatus::Running)));
        scene.tell(Input::StartFound { reply: ReplyId(1), id: id(), key, found });
        assert_eq!(scene.replied(), Some(answer));
        if owner == key {
            // It goes on from its first turn, whose activity nobody runs.
            assert_eq!(scene.loads(), Some(key));
            scene.tell(loaded(key, 1, RuntimeStatus::Running, Vec::new()));
            assert_eq!(scene.released(), Some(vec![TaskRef { instance: key, generation: 0, task: 0 }]));
        } else {
            scene.tell(Input::Loaded { key, loaded: None });
        }
        assert_eq!(scene.machine.in_flight(), 0);
    }
}

#[test]
fn a_start_that_is_lost_again_and_again_is_answered_in_the_end() {
    let mut scene = Scene::new(Options::default());
    let start = StartInput { id: id(), name: "f".to_owned(), input: text("in") };
    scene.tell(Input::Start { start, reply: ReplyId(1), finished: None });
    scene.ran(InstanceKey(1), Vec::new());
    for _ in 0..3 {
        assert_eq!(scene.replied(), None);
        let item = scene.take_commit();
        scene.lost(item);
    }
    assert_eq!(scene.replied(), Some(Reply::Unknown("as asked".to_owned())));
    assert_eq!(scene.machine.in_flight(), 0);
    assert_eq!(scene.loads(), Some(InstanceKey(1)), "perhaps it is there all the same");
}

/// The first turn of a start was written although its answer was lost; the start alone was then refused for good. Its
/// client was told that nothing was written, and the activity of its first turn never ran.
#[test]
fn a_lost_start_that_is_refused_at_the_second_try_may_have_been_written() {
    let mut scene = Scene::new(Options::default());
    let start = StartInput { id: id(), name: "f".to_owned(), input: text("in") };
    scene.tell(Input::Start { start, reply: ReplyId(1), finished: None });
    scene.ran(InstanceKey(1), vec![schedule(0)]);
    let item = scene.take_commit();
    scene.lost(item);
    let (ticket, commit) = scene.take_commit();
    scene.tell(Input::CommitRefused { ticket, commit, why: "for good".to_owned() });
    assert_eq!(scene.replied(), Some(Reply::Unknown("for good".to_owned())));
    assert_eq!(scene.loads(), Some(InstanceKey(1)));
    scene.tell(loaded(InstanceKey(1), 1, RuntimeStatus::Running, Vec::new()));
    assert_eq!(scene.released().map(|tasks| tasks.len()), Some(1));
}

/// Activities that could not be given back stayed leased to a host that did not run them.
#[test]
fn what_could_not_be_given_back_is_given_back_at_the_next_sweep() {
    let mut scene = Scene::new(Options::default());
    let task = TaskRef { instance: InstanceKey(77), generation: 0, task: 5 };
    scene.tell(Input::Released { calls: vec![task], done: false });
    assert_eq!(scene.released(), None);
    scene.tell(Input::Sweep);
    assert_eq!(scene.released(), Some(vec![task]));
    scene.tell(Input::Released { calls: vec![task], done: true });
    scene.tell(Input::Sweep);
    assert_eq!(scene.released(), None);
}

/// A commit may arrive after the read that was to tell whether it had. Then the next look into the inbox finds what the
/// turn has sent to its own instance, and it is not taken into the state before that turn.
#[test]
fn a_lost_turn_that_is_written_after_the_read_is_read_again() {
    let mut scene = Scene::shared(Options::default());
    let key = scene.start(vec![schedule(0)]);
    let task = scene.runs_task().unwrap();
    scene.task_done(&task);
    assert!(scene.turn_events().is_some());
    scene.ran(key, vec![continue_as_new()]);
    let item = scene.take_commit();
    scene.lost(item);
    assert_eq!(scene.loads(), Some(key));
    scene.tell(loaded(key, 1, RuntimeStatus::Running, Vec::new()));
    assert_eq!(scene.turn_events(), None);
    // Now it is written.
    let begins = Message::ContinuedAsNew { generation: 1, input: text(""), carryover: Vec::new() };
    scene.tell(Input::Heard(News::MESSAGES));
    scene.tell(Input::UnreadFound(vec![(key, MessageId(1))]));
    assert!(scene.take(|effect| matches!(effect, Effect::ReadInbox(_)).then_some(())).is_some());
    let written = || loaded(key, 2, RuntimeStatus::Running, vec![(MessageId(1), begins.clone())]);
    let Input::Loaded { loaded: read, .. } = written() else { panic!() };
    scene.tell(Input::InboxRead { key, loaded: read });
    assert_eq!(scene.loads(), Some(key));
    scene.tell(written());
    assert!(matches!(scene.turn_events().as_deref(), Some([_, EventKind::ExecutionStarted { .. }])));
}
