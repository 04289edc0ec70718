//! Decisions, one by one.

use durable_core::store::{
    Added, ClaimedOccurrences, Finish, FinishedOccurrence, Holder, LeasedOccurrence, Occurrence, OccurrenceId,
};

use super::{
    super::{Verdict, desk::Desk},
    scene::{at, blob},
};

const LIFE: Holder = Holder(1);

fn leased(id: i64) -> LeasedOccurrence {
    LeasedOccurrence { id: OccurrenceId(id), occurrence: blob(&id.to_string()), attempt: 1 }
}

fn added(leased: LeasedOccurrence) -> (Added, fnhost_protocol::time::Timestamp, String) {
    (Added::Leased(leased), at(0), "blob:a".to_owned())
}

/// A desk that has looked everywhere and found nothing.
fn desk(width: usize) -> Desk {
    let mut desk = Desk::new(width);
    desk.begin_life(LIFE);
    let claim = desk.claim().unwrap();
    desk.claimed(claim, Some(ClaimedOccurrences::default()));
    assert!(desk.is_settled(at(0)) && desk.unarmed().is_none());
    desk
}

/// Leases one and starts it.
fn run(desk: &mut Desk, leased: LeasedOccurrence) {
    let id = leased.id;
    assert_eq!(desk.reserve(1), 1);
    desk.added(LIFE, 1, at(0), Some(vec![added(leased)]));
    assert_eq!(desk.start().unwrap().id, id);
}

#[test]
fn as_many_are_leased_as_run_and_as_many_again() {
    let mut desk = desk(2);
    assert_eq!(desk.reserve(9), 4);
    assert_eq!(desk.reserve(9), 0);
    desk.added(LIFE, 4, at(0), Some((1..=4).map(leased).map(added).collect()));
    assert_eq!((desk.start().unwrap().id.0, desk.start().unwrap().id.0), (1, 2));
    assert_eq!(desk.start(), None);
    desk.ended(OccurrenceId(1), Verdict::Done, at(0));
    assert_eq!(desk.start().unwrap().id.0, 3);
}

#[test]
fn ends_are_written_in_groups_and_again_when_they_were_not() {
    let mut desk = desk(4);
    for id in 1..=3 {
        run(&mut desk, leased(id));
    }
    desk.ended(OccurrenceId(1), Verdict::Done, at(0));
    let (life, first) = desk.unwritten().unwrap();
    desk.ended(OccurrenceId(2), Verdict::Drop, at(0));
    assert_eq!(desk.unwritten(), None, "one group at a time");
    desk.written(life, Some(first));
    let (_, both) = desk.unwritten().unwrap();
    assert_eq!(both.iter().map(|ended| ended.id.0).collect::<Vec<_>>(), [1, 2]);
    desk.written(life, None);
    assert_eq!(desk.unwritten(), None);
}

#[test]
fn nothing_new_is_leased_while_ends_cannot_be_written() {
    let mut desk = desk(1);
    for id in 1..=2 {
        run(&mut desk, leased(id));
        desk.ended(OccurrenceId(id), Verdict::Done, at(0));
    }
    assert_eq!(desk.reserve(1), 0);
    let (life, _) = desk.unwritten().unwrap();
    desk.written(life, None);
    assert_eq!(desk.reserve(1), 1);
}

#[test]
fn after_a_full_claim_there_may_be_more() {
    let mut desk = desk(1);
    desk.look_everywhere();
    let claim = desk.claim().unwrap();
    assert_eq!((claim.limit, &claim.sources), (2, &None));
    assert_eq!(desk.claim(), None, "one claim at a time");
    desk.claimed(claim, Some(ClaimedOccurrences { leased: vec![leased(1), leased(2)], next: None }));
    assert_eq!(desk.claim(), None, "there is no room");
    assert!(desk.start().is_some());
    desk.ended(OccurrenceId(1), Verdict::Done, at(0));
    assert!(desk.start().is_some());
    assert_eq!(desk.claim(), None, "an end is not written yet");
    let (life, _) = desk.unwritten().unwrap();
    desk.written(life, None);
    assert!(desk.claim().is_some());
}

#[test]
fn the_source_of_a_serial_one_is_looked_at_once_its_end_is_written() {
    let mut desk = desk(4);
    let mut serial = leased(1);
    serial.occurrence = Occurrence { serial: true, source: "timer:a".to_owned(), ..blob("1") };
    run(&mut desk, serial);
    desk.ended(OccurrenceId(1), Verdict::Done, at(0));
    assert_eq!(desk.claim(), None);
    let (life, _) = desk.unwritten().unwrap();
    assert_eq!(desk.claim(), None);
    desk.written(life, None);
    assert_eq!(desk.claim().unwrap().sources, Some(vec!["timer:a".to_owned()]));
}

#[test]
fn what_is_due_later_is_remembered() {
    let mut desk = desk(4);
    run(&mut desk, leased(1));
    desk.ended(OccurrenceId(1), Verdict::Retry { after: std::time::Duration::from_secs(7) }, at(1));
    assert_eq!(desk.unarmed(), Some(Some(at(8))));
    desk.arm(Some(at(8)));
    let (life, ended) = desk.unwritten().unwrap();
    let finish = Finish::Again { due: at(8) };
    assert_eq!(ended, [FinishedOccurrence { id: OccurrenceId(1), attempt: 1, finish }]);
    desk.written(life, None);
    assert!(desk.is_settled(at(7)) && !desk.is_settled(at(8)));
    desk.time_has_come(at(7));
    assert_eq!(desk.claim(), None);
    desk.time_has_come(at(8));
    assert!(desk.claim().is_some());
}

#[test]
fn after_a_lost_answer_the_store_is_asked_while_nothing_else_is_under_way() {
    let mut desk = desk(4);
    run(&mut desk, leased(1));
    let first = desk.reserve(1);
    let second = desk.reserve(1);
    desk.added(LIFE, first, at(0), None);
    assert_eq!(desk.ask(), None, "another answer is on its way");
    desk.added(LIFE, second, at(0), Some(vec![added(leased(2))]));
    assert_eq!(desk.ask(), Some(LIFE));
    assert_eq!(desk.reserve(1), 0, "nothing is leased meanwhile");
    desk.ended(OccurrenceId(1), Verdict::Done, at(0));
    assert_eq!(desk.unwritten(), None, "and nothing written");
    desk.asked(LIFE, Some(vec![leased(1), leased(2), leased(3)]));
    let started: Vec<_> = std::iter::from_fn(|| desk.start()).map(|leased| leased.id.0).collect();
    assert_eq!(started, [2, 3], "what has ended does not run again");
    desk.written(LIFE, None);
    assert_eq!(desk.ask(), None);
    desk.sweep();
    let (_, ended) = desk.unwritten().unwrap();
    assert_eq!(ended.len(), 1);
    desk.written(LIFE, None);
    assert_eq!(
        desk.ask(),
        Some(LIFE),
        "the call whose answer got lost may have been slower than the first question"
    );
    desk.asked(LIFE, Some(vec![]));
    desk.sweep();
    assert_eq!(desk.ask(), None, "but not slower than two");
}

#[test]
fn what_belongs_to_another_life_is_left_alone() {
    let mut desk = desk(4);
    run(&mut desk, leased(1));
    let reserved = desk.reserve(1);
    desk.end_life();
    desk.begin_life(Holder(2));
    desk.added(LIFE, reserved, at(0), Some(vec![added(leased(2))]));
    assert_eq!(desk.start(), None);
    desk.ended(OccurrenceId(1), Verdict::Done, at(0));
    assert_eq!(desk.unwritten(), None);
    assert_eq!(desk.claim().map(|claim| (claim.holder, claim.sources)), Some((Holder(2), None)));
}

#[test]
fn what_was_not_begun_is_given_back_at_the_end() {
    let mut desk = desk(1);
    assert_eq!(desk.reserve(3), 2);
    desk.added(LIFE, 1, at(0), Some(vec![added(leased(1))]));
    assert!(desk.start().is_some());
    desk.close();
    // Leased while the desk was being closed.
    desk.added(LIFE, 1, at(0), Some(vec![added(leased(2))]));
    let (_, ended) = desk.unwritten().unwrap();
    assert_eq!(ended, [FinishedOccurrence { id: OccurrenceId(2), attempt: 1, finish: Finish::GivenBack }]);
    assert_eq!((desk.reserve(9), desk.claim()), (0, None));
    assert!(!desk.is_idle());
}
