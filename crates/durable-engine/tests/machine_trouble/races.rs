//! Answers of the store that cross: found by the simulation.

use fnhost_protocol::failure::Failure;

use super::*;

const X: InstanceKey = InstanceKey(77);

/// A message to an instance that is nobody's and that another host has run on meanwhile.
fn sends(scene: &mut Scene, name: &str) -> (Ticket, Commit) {
    let target = Recipient::Orchestration(id());
    scene.tell(Input::Send { target, message: raised(name), reply: ReplyId(50) });
    scene.take_commit()
}

fn sent(scene: &mut Scene, item: (Ticket, Commit), message: i64) {
    let delivery = Delivery { key: X, message: MessageId(message), to: DeliveredTo::Here };
    scene.tell(Input::Committed { items: vec![item], outcomes: vec![CommitOutcome::Sent(delivery)] });
}

fn read(scene: &mut Scene, turn: u64, inbox: &[i64]) {
    let inbox = inbox.iter().map(|message| (MessageId(*message), raised("e"))).collect();
    scene.tell(loaded(X, turn, RuntimeStatus::Running, inbox));
}

/// Two commits are on their way when X is read; the first is answered before the read is.
fn two_messages() -> (Scene, (Ticket, Commit)) {
    let mut scene = Scene::shared(Options::default());
    let (first, second) = (sends(&mut scene, "e"), sends(&mut scene, "e"));
    sent(&mut scene, first, 1);
    assert_eq!(scene.loads(), Some(X));
    (scene, second)
}

/// A host was told late that its message is in an inbox, and took it a second time: another host had consumed it before
/// the read that did not show it.
#[test]
fn a_message_that_a_read_did_not_show_may_be_consumed() {
    for (inbox, comes) in [(&[][..], false), (&[2], true)] {
        let (mut scene, second) = two_messages();
        read(&mut scene, 3, &[1]);
        assert!(scene.turn_events().is_some());
        sent(&mut scene, second, 2);
        scene.ran(X, Vec::new());
        let item = scene.take_commit();
        scene.committed(item);
        assert_eq!(scene.turn_events(), None, "it is looked for first");
        assert_eq!(scene.loads(), Some(X));
        read(&mut scene, 4, inbox);
        assert_eq!(scene.turn_events().is_some(), comes);
    }
}

#[test]
fn a_message_that_comes_while_its_instance_is_read_is_looked_for_again() {
    let (mut scene, second) = two_messages();
    sent(&mut scene, second, 2);
    read(&mut scene, 3, &[]);
    assert_eq!(scene.turn_events(), None);
    assert_eq!(scene.loads(), Some(X), "both may be consumed, or have come too late for that read");
    read(&mut scene, 3, &[2]);
    assert_eq!(scene.turn_events().map(|events| events.len()), Some(2));
}

#[test]
fn a_message_of_a_later_commit_is_taken_at_once() {
    let (mut scene, second) = two_messages();
    read(&mut scene, 3, &[1, 2]);
    assert!(scene.turn_events().is_some());
    sent(&mut scene, second, 2);
    scene.ran(X, Vec::new());
    let item = scene.take_commit();
    scene.committed(item);
    assert_eq!((scene.turn_events(), scene.loads()), (None, None), "the read has shown it");
    let third = sends(&mut scene, "e");
    sent(&mut scene, third, 3);
    assert!(scene.turn_events().is_some());
}

/// The result was taken for one of an earlier execution, dropped, and its activity stayed leased for ever.
#[test]
fn a_result_of_an_execution_that_this_host_has_not_seen_is_kept_for_it() {
    let mut scene = Scene::shared(Options::default());
    let key = scene.start(Vec::new());
    let task = leased_task(TaskRef { instance: key, generation: 1, task: 0 });
    scene.tell(Input::Sweep);
    let request = claim(&mut scene).unwrap();
    let claimed = Claimed { instances: Vec::new(), tasks: vec![task.clone()] };
    scene.tell(Input::Claimed { claimed, request });
    assert_eq!(scene.runs_task().map(|task| task.task), Some(task.task));
    scene.task_done(&task);
    assert_eq!(scene.turn_events(), None);
    assert_eq!(scene.loads(), Some(key));
    let mut input = loaded(key, 4, RuntimeStatus::Running, Vec::new());
    if let Input::Loaded { loaded: Some(loaded), .. } = &mut input {
        loaded.instance.generation = 1;
    }
    scene.tell(input);
    let events = scene.turn_events();
    assert!(matches!(events.as_deref(), Some([_, EventKind::TaskCompleted { id: 0, .. }])), "{events:?}");
}

fn claim(scene: &mut Scene) -> Option<ClaimRequest> {
    scene.take(|effect| match effect {
        Effect::Claim(request) => Some(*request),
        _ => None,
    })
}

fn looks_for_leases(scene: &mut Scene) -> bool {
    scene.take(|effect| matches!(effect, Effect::FindLeases).then_some(())).is_some()
}

/// What a claim had leased looked like a lease that nobody knew of: it was given back, and then run without a lease.
#[test]
fn leases_are_looked_for_and_claimed_one_at_a_time() {
    let mut scene = Scene::shared(Options::default());
    scene.tell(Input::Sweep);
    let request = claim(&mut scene).unwrap();
    let purge = Commit::Purge(PurgeCommit { id: id(), only: None });
    scene.tell(Input::Purge { id: id(), only: None, reply: ReplyId(2) });
    scene.take_commit();
    scene.tell(Input::CommitLost { items: vec![(Ticket::Client(ReplyId(2)), purge)], why: String::new() });
    assert!(!looks_for_leases(&mut scene), "a claim is under way");
    scene.tell(Input::Claimed { claimed: Claimed::default(), request });
    assert!(looks_for_leases(&mut scene));
    assert_eq!(claim(&mut scene), None, "they are being looked for");
    let unknown = TaskRef { instance: X, generation: 0, task: 0 };
    scene.tell(Input::LeasesFound(vec![unknown]));
    assert_eq!(scene.released(), Some(vec![unknown]));
    scene.tell(Input::Sweep);
    assert!(!looks_for_leases(&mut scene) && claim(&mut scene).is_none(), "some are being given back");
    scene.tell(Input::Released { calls: vec![unknown], done: true });
    assert_eq!(scene.released(), None, "once");
    assert!(looks_for_leases(&mut scene));
}

/// Code that ran on what another host had overtaken diverged as well: people were told that an instance was suspended
/// which was not.
#[test]
fn only_a_divergence_that_is_written_suspends_an_instance() {
    for fenced in [true, false] {
        let mut scene = Scene::shared(Options::default());
        let key = scene.start(vec![schedule(0)]);
        let task = scene.runs_task().unwrap();
        scene.task_done(&task);
        let outcome = Ok(TurnOutcome::Diverged(Failure::new(kind::NON_DETERMINISTIC, "as asked")));
        scene.tell(Input::TurnRan { key, outcome });
        let item = scene.take_commit();
        if fenced {
            scene.tell(Input::Committed { items: vec![item], outcomes: vec![CommitOutcome::Fenced] });
        } else {
            scene.committed(item);
        }
        let told = scene.take(|effect| matches!(effect, Effect::Suspended(..)).then_some(()));
        assert_eq!(told.is_none(), fenced);
    }
}
