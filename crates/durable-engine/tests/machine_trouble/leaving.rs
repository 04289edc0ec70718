//! A host that stops and leaves its work to others.

use durable_core::store::{News, Ownership};

use super::{
    hosts::{announced, asks, sent},
    *,
};

#[test]
fn a_host_that_stops_lets_go_of_its_instances() {
    let mut scene = Scene::shared(Options::default());
    let key = scene.start(vec![schedule(0), schedule(1)]);
    let (first, second) = (scene.runs_task().unwrap(), scene.runs_task().unwrap());
    scene.task_done(&first);
    assert!(scene.turn_events().is_some());
    scene.send("late", sent(key, 1, DeliveredTo::Here));
    scene.tell(Input::Drain);
    assert_eq!(announced(&mut scene), News::WORK);
    // The turn ends and the other activity still runs: the instance is nobody's all the same.
    scene.ran(key, vec![schedule(2)]);
    let (ticket, turn) = scene.take_turn();
    assert_eq!(turn.update.ownership, Ownership::Release);
    assert!(!turn.tasks[0].lease, "it runs elsewhere");
    scene.committed((ticket, Commit::Turn(turn)));
    assert_eq!(announced(&mut scene), News::TASKS);
    assert_eq!(scene.machine.in_flight(), 1);
    // It ends too: whoever has the instance by now finds its result.
    scene.task_done(&second);
    let (ticket, commit) = scene.take_commit();
    let delivery = Delivery { key, message: MessageId(2), to: DeliveredTo::Here };
    let outcomes = vec![CommitOutcome::TaskResult(delivery)];
    scene.tell(Input::Committed { items: vec![(ticket, commit)], outcomes });
    assert_eq!(announced(&mut scene), News::MESSAGES);
    assert_eq!(scene.machine.in_flight(), 0);
}

#[test]
fn a_host_that_stops_lets_go_of_an_instance_whose_activity_runs() {
    let mut scene = Scene::shared(Options::default());
    let key = scene.start(vec![schedule(0)]);
    let task = scene.runs_task().unwrap();
    scene.tell(Input::Drain);
    let (ticket, turn) = scene.take_turn();
    assert_eq!((turn.update.ownership, turn.consumed.len(), turn.history.len()), (Ownership::Release, 0, 0));
    scene.committed((ticket, Commit::Turn(turn)));
    // Told to stop for good: there is nothing more to let go of.
    scene.tell(Input::Drain);
    scene.task_done(&task);
    let (ticket, commit) = scene.take_commit();
    let delivery = Delivery { key, message: MessageId(2), to: DeliveredTo::Elsewhere };
    let outcomes = vec![CommitOutcome::TaskResult(delivery)];
    scene.tell(Input::Committed { items: vec![(ticket, commit)], outcomes });
    assert_eq!(scene.machine.in_flight(), 0);
    // Who waits for it here is told when it has ended elsewhere.
    scene.effects.clear();
    scene.tell(Input::Wait { id: id(), reply: ReplyId(9) });
    scene.tell(Input::Heard(News::FINISHED));
    assert_eq!(asks(&mut scene), ["FindFinished"]);
}

#[test]
fn a_host_that_stops_lets_go_of_what_it_has_claimed_and_not_read() {
    let mut scene = Scene::shared(Options { max_loads: 1, ..Options::default() });
    scene.tell(Input::Sweep);
    let keys = [InstanceKey(77), InstanceKey(78)];
    let request = ClaimRequest { instances: 9, tasks: 9 };
    scene.tell(Input::Claimed { claimed: Claimed { instances: keys.into(), tasks: Vec::new() }, request });
    scene.tell(Input::Drain);
    for (n, key) in keys.into_iter().enumerate() {
        assert_eq!(scene.loads(), Some(key));
        assert!(scene.machine.in_flight() > 0, "{n}");
        scene.tell(loaded(key, 3, RuntimeStatus::Running, vec![(MessageId(1), raised("a"))]));
        let (ticket, turn) = scene.take_turn();
        assert_eq!((turn.update.ownership, turn.consumed.len()), (Ownership::Release, 0));
        scene.committed((ticket, Commit::Turn(turn)));
    }
    assert_eq!(scene.machine.in_flight(), 0);
}

/// A claim that was under way when the host was told to stop brought an instance of which a turn was being written. Written
/// before the claim, it made the instance nobody's in the eyes of this host only: nobody went on with it.
#[test]
fn a_host_that_stops_lets_go_of_what_a_claim_brings_during_a_turn() {
    let mut scene = Scene::shared(Options::default());
    let key = scene.start(Vec::new());
    scene.tell(Input::Sweep);
    scene.send("a", sent(key, 1, DeliveredTo::Here));
    scene.ran(key, Vec::new());
    let item = scene.take_commit();
    scene.tell(Input::Drain);
    let request = ClaimRequest { instances: 9, tasks: 9 };
    scene.tell(Input::Claimed { claimed: Claimed { instances: vec![key], tasks: Vec::new() }, request });
    scene.committed(item);
    let (ticket, turn) = scene.take_turn();
    assert_eq!((turn.update.ownership, turn.consumed.len()), (Ownership::Release, 0));
    scene.committed((ticket, Commit::Turn(turn)));
    assert_eq!(scene.machine.in_flight(), 0);
}

/// However it came about: the store knows what is this host's.
#[test]
fn a_host_that_stops_lets_go_of_what_the_store_says_is_its_own() {
    let mut scene = Scene::shared(Options::default());
    let key = scene.start(Vec::new());
    scene.tell(Input::Drain);
    scene.effects.clear();
    let unknown = InstanceKey(77);
    scene.tell(Input::UnreadFound(vec![
        (key, MessageId(1)),
        (unknown, MessageId(2)),
        (unknown, MessageId(3)),
    ]));
    let (ticket, turn) = scene.take_turn();
    assert_eq!((turn.key, turn.update.ownership), (key, Ownership::Release));
    scene.committed((ticket, Commit::Turn(turn)));
    assert_eq!(scene.loads(), Some(unknown));
    scene.tell(loaded(unknown, 3, RuntimeStatus::Running, vec![(MessageId(2), raised("a"))]));
    let (ticket, turn) = scene.take_turn();
    assert_eq!((turn.key, turn.update.ownership), (unknown, Ownership::Release));
    scene.committed((ticket, Commit::Turn(turn)));
    assert_eq!(scene.machine.in_flight(), 0);
}
