//! Clients that call an entity.

use super::*;

fn calls(scene: &mut Scene) -> (Ticket, Commit) {
    let operation = "get".to_owned();
    scene.tell(Input::Call { entity: counter(), operation, input: JsonText::null(), reply: CALL });
    scene.commit()
}

fn called() -> Message {
    let reply = Some(ReplyTo { host: HERE, call: CALL.0 });
    Message::Operation { name: "get".to_owned(), input: JsonText::null(), caller: None, reply, section: None }
}

#[test]
fn a_call_is_answered_when_its_turn_is_committed_and_not_before() {
    let mut scene = Scene::with(false, Vec::new());
    let item = calls(&mut scene);
    let Commit::Send(send) = &item.1 else { panic!("{item:?}") };
    assert_eq!(send.message, called());
    scene.committed(item, sent(1));
    assert_eq!(scene.runs(), Some(1));
    scene.ran(1);
    let turn = scene.turn();
    assert_eq!(scene.answer(CALL), None);
    scene.turn_committed(turn);
    assert_eq!(scene.answer(CALL), Some(Reply::Answered(Ok(JsonText::of(&7).unwrap()))));
}

#[test]
fn a_call_whose_outcome_nobody_knows_is_told_so_once() {
    let mut scene = Scene::with(false, Vec::new());
    let item = calls(&mut scene);
    scene.committed(item, sent(1));
    assert_eq!(scene.runs(), Some(1));
    scene.ran(1);
    let (ticket, turn) = scene.turn();
    scene.lost((ticket, Commit::Turn(Box::new(turn))));
    assert!(matches!(scene.answer(CALL), Some(Reply::Unknown(_))));
    // It was not written, and runs again.
    assert!(scene.loads());
    scene.tell(loaded(false, vec![(1, called())]));
    assert_eq!(scene.runs(), Some(1));
    scene.ran(1);
    let turn = scene.turn();
    scene.turn_committed(turn);
    assert_eq!(scene.answer(CALL), None);

    let item = calls(&mut scene);
    scene.lost(item);
    assert!(matches!(scene.answer(CALL), Some(Reply::Unknown(_))));
}

#[test]
fn a_turn_that_is_fenced_leaves_the_answer_to_whoever_took_it() {
    let mut scene = Scene::of(Machine::new(Options::default()).among_others());
    scene.has(false, Vec::new());
    let item = calls(&mut scene);
    scene.committed(item, sent(1));
    assert_eq!(scene.runs(), Some(1));
    scene.ran(1);
    let (ticket, turn) = scene.turn();
    scene.committed((ticket, Commit::Turn(Box::new(turn))), CommitOutcome::Fenced);
    assert_eq!(scene.answer(CALL), None);
    scene.tell(Input::Sweep);
    assert!(scene.take(|effect| matches!(effect, Effect::TakeReplies).then_some(())).is_some());
    let reply = |host, call| ClientReply { to: ReplyTo { host, call }, answer: Ok(JsonText::null()) };
    let before = HostLease { epoch: 4, ..HERE };
    scene.tell(Input::RepliesTaken(vec![reply(before, CALL.0), reply(HERE, 1_000)]));
    assert_eq!(scene.answer(CALL), None, "these are for others");
    scene.tell(Input::RepliesTaken(vec![reply(HERE, CALL.0), reply(HERE, CALL.0)]));
    assert_eq!(scene.answer(CALL), Some(Reply::Answered(Ok(JsonText::null()))));
    assert_eq!(scene.answer(CALL), None);
    scene.tell(Input::Sweep);
    assert!(scene.take(|effect| matches!(effect, Effect::TakeReplies).then_some(())).is_none());
}

#[test]
fn whoever_goes_away_is_not_answered() {
    let mut scene = Scene::with(false, Vec::new());
    let item = calls(&mut scene);
    scene.tell(Input::StopWaiting { id: counter().instance_id(), reply: CALL });
    scene.committed(item, sent(1));
    assert_eq!(scene.runs(), Some(1));
    scene.ran(1);
    let turn = scene.turn();
    scene.turn_committed(turn);
    assert_eq!(scene.answer(CALL), None);
}
