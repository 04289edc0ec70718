//! Signals for later.

use super::*;

/// The time up to which what is due is read, if it is.
fn reads_due(scene: &mut Scene) -> Option<Timestamp> {
    scene.take(|effect| match effect {
        Effect::ReadScheduled(until) => Some(*until),
        _ => None,
    })
}

fn schedules(scene: &mut Scene, due: Due) -> ScheduledMessage {
    let (target, message) = (Recipient::EntityLater(counter(), due), signal(false));
    scene.tell(Input::Send { target, message: message.clone(), reply: ReplyId(1) });
    let item = scene.commit();
    let Commit::Send(send) = &item.1 else { panic!("{item:?}") };
    let durable_core::store::Target::Scheduled { entity, due } = send.target.clone() else {
        panic!("{send:?}")
    };
    scene.committed(item, CommitOutcome::Scheduled);
    assert_eq!(scene.answer(ReplyId(1)), Some(Reply::Done));
    ScheduledMessage { due, entity, message }
}

fn page(due: &[&ScheduledMessage], next: Option<i64>) -> Input {
    let due = due.iter().map(|message| (*message).clone()).collect();
    Input::ScheduledRead(Scheduled { due, next: next.map(at) })
}

#[test]
fn what_is_due_is_read_and_delivered() {
    let mut scene = Scene::new(Options::default());
    let late = schedules(&mut scene, Due::At(at(60)));
    let early = schedules(&mut scene, Due::In(std::time::Duration::from_secs(30)));
    assert_eq!((late.due, early.due, scene.machine.next_due()), (at(60), at(30), Some(at(30))));
    scene.tick(29);
    assert_eq!(reads_due(&mut scene), None);
    scene.tick(30);
    assert_eq!(reads_due(&mut scene), Some(at(30)));
    assert_eq!(scene.machine.next_due(), None, "nothing is to be done but to wait for the answer");
    assert!(!scene.machine.is_quiet());
    scene.tell(page(&[&early], Some(60)));
    let item = scene.commit();
    assert!(matches!(&item.1, Commit::Deliver(message) if **message == early), "{item:?}");
    scene.tick(60);
    assert_eq!(reads_due(&mut scene), None, "one thing after the other");
    scene.committed(item, sent(1));
    assert_eq!(reads_due(&mut scene), Some(at(60)));
    assert!(scene.loads());
    scene.tell(page(&[&late], None));
    let item = scene.commit();
    scene.committed(item, CommitOutcome::Fenced);
    assert_eq!((scene.machine.next_due(), reads_due(&mut scene)), (None, None));
}

#[test]
fn a_page_that_is_full_is_followed_by_another() {
    let mut scene = Scene::new(Options::default());
    let message = schedules(&mut scene, Due::At(at(10)));
    scene.tick(20);
    assert_eq!(reads_due(&mut scene), Some(at(20)));
    scene.tell(page(&[&message], Some(15)));
    assert_eq!(reads_due(&mut scene), None);
    let item = scene.commit();
    scene.committed(item, sent(1));
    assert_eq!(reads_due(&mut scene), Some(at(20)));
}

#[test]
fn what_is_scheduled_while_it_is_read_is_not_missed() {
    let mut scene = Scene::new(Options::default());
    schedules(&mut scene, Due::At(at(10)));
    scene.tick(10);
    assert!(reads_due(&mut scene).is_some());
    schedules(&mut scene, Due::At(at(12)));
    scene.tell(page(&[], Some(50)));
    assert_eq!(scene.machine.next_due(), Some(at(12)));
}

#[test]
fn a_delivery_or_schedule_whose_outcome_nobody_knows_is_looked_for() {
    let mut scene = Scene::new(Options::default());
    let message = schedules(&mut scene, Due::At(at(10)));
    scene.tick(10);
    assert!(reads_due(&mut scene).is_some());
    scene.tell(page(&[&message], None));
    let item = scene.commit();
    scene.lost(item);
    assert_eq!(reads_due(&mut scene), Some(at(10)));
    scene.tell(page(&[], None));

    let (target, message) = (Recipient::EntityLater(counter(), Due::At(at(20))), signal(false));
    scene.tell(Input::Send { target, message, reply: ReplyId(1) });
    let item = scene.commit();
    scene.lost(item);
    assert_eq!(scene.machine.next_due(), Some(at(20)));
}

#[test]
fn a_sweep_finds_what_others_have_scheduled() {
    let mut scene = Scene::new(Options::default());
    let entity = NewInstance {
        key: KEY,
        id: counter().instance_id(),
        kind: InstanceKind::Entity,
        name: "counter".to_owned(),
        input: None,
        parent: None,
    };
    let theirs = ScheduledMessage { due: at(0), entity, message: signal(false) };
    scene.tell(Input::Sweep);
    assert_eq!(reads_due(&mut scene), Some(at(0)));
    scene.tell(page(&[&theirs], Some(40)));
    let item = scene.commit();
    scene.committed(item, sent(1));
    assert_eq!(scene.machine.next_due(), Some(at(40)));
}

#[test]
fn a_host_that_stops_delivers_nothing_more() {
    let mut scene = Scene::new(Options::default());
    schedules(&mut scene, Due::At(at(10)));
    scene.tell(Input::Drain);
    scene.tick(10);
    assert_eq!((reads_due(&mut scene), scene.machine.next_due()), (None, None));
}
