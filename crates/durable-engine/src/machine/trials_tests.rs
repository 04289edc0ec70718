use durable_core::model::{InstanceKey, TaskRef};
use fnhost_protocol::time::Timestamp;

use super::*;

fn turn(number: i64) -> Work {
    Work::Turn { instance: InstanceKey(number), turn: 1 }
}

fn call(number: i64) -> Work {
    Work::Task(TaskRef { instance: InstanceKey(number), generation: 0, task: 0 })
}

fn suspicion(deaths: u32, smallest_trial: u32, alone: u32) -> Suspicion {
    Suspicion { deaths, smallest_trial, alone, died_at: Timestamp::EPOCH }
}

fn of(suspects: &[(Work, Suspicion)]) -> Trials {
    let mut trials = Trials::default();
    // A host that has lived for long.
    sweeps(&mut trials, 1_000);
    for (work, suspicion) in suspects {
        trials.add(*work, *suspicion);
    }
    trials
}

fn sweeps(trials: &mut Trials, count: u32) {
    (0..count).for_each(|_| trials.sweep());
}

/// Closes while nothing else runs; who is on the first trial, which begins.
fn begin(trials: &mut Trials) -> Vec<Work> {
    assert_eq!(trials.step(0, 256), Some(Step::Close));
    next(trials)
}

/// Who is on the next trial, which begins.
fn next(trials: &mut Trials) -> Vec<Work> {
    let Some(Step::Record(group)) = trials.step(0, 256) else { panic!("{trials:?}") };
    assert!(!trials.is_open());
    assert_eq!(trials.step(0, 256), None, "it is not recorded yet");
    assert_eq!(trials.recorded(), Some(Step::Run(group.clone())));
    group
}

/// The last trial is over.
fn end(trials: &mut Trials) {
    assert_eq!(trials.step(0, 256), Some(Step::Record(Vec::new())));
    assert!(!trials.is_open(), "a death would be counted against those before");
    assert_eq!(trials.recorded(), Some(Step::Open));
    assert!(trials.is_open());
}

#[test]
fn who_is_suspected() {
    let table = [
        (suspicion(0, 0, 0), false),
        (suspicion(1, 0, 0), false),
        (suspicion(2, 0, 0), true),
        (suspicion(1, 5, 0), true),
        (suspicion(1, 1, 1), true),
    ];
    for (suspicion, expected) in table {
        assert_eq!(is_suspect(suspicion), expected, "{suspicion:?}");
    }
}

#[test]
fn who_is_on_the_next_trial() {
    let many: Vec<_> = (0..20).map(|number| (turn(number), suspicion(2, 0, 0))).collect();
    type Row = (&'static str, Vec<(Work, Suspicion)>, Vec<Work>);
    let table: [Row; 6] = [
        (
            "the first trial is shared",
            vec![(turn(1), suspicion(2, 0, 0)), (call(2), suspicion(3, 0, 0))],
            vec![call(2), turn(1)],
        ),
        ("by so many", many, (0..16).map(turn).collect()),
        (
            "in the next each is alone",
            vec![(turn(1), suspicion(2, 9, 0)), (turn(2), suspicion(2, 9, 0))],
            vec![turn(1)],
        ),
        (
            "who was alone comes first",
            vec![(turn(1), suspicion(9, 2, 0)), (turn(2), suspicion(2, 1, 1))],
            vec![turn(2)],
        ),
        ("and most often", vec![(turn(1), suspicion(9, 1, 1)), (turn(2), suspicion(2, 1, 2))], vec![turn(2)]),
        (
            "who was tried comes before the others",
            vec![(turn(1), suspicion(9, 0, 0)), (call(2), suspicion(2, 7, 0))],
            vec![call(2)],
        ),
    ];
    for (what, suspects, expected) in table {
        assert_eq!(begin(&mut of(&suspects)), expected, "{what}");
    }
}

#[test]
fn turns_are_tried_where_there_is_room() {
    let mut trials =
        of(&[(turn(1), suspicion(4, 0, 0)), (turn(2), suspicion(3, 0, 0)), (call(3), suspicion(2, 0, 0))]);
    assert_eq!(trials.step(0, 1), Some(Step::Close));
    assert_eq!(trials.step(0, 1), Some(Step::Record(vec![turn(1), call(3)])));
    let mut trials = of(&[(turn(1), suspicion(2, 0, 0))]);
    assert_eq!(trials.step(0, 0), Some(Step::Close));
    assert_eq!(trials.step(0, 0), Some(Step::Open), "others go on, and it is looked at again");
    assert_eq!((trials.step(0, 0), trials.is_open(), trials.is_quiet()), (None, true, false));
    trials.sweep();
    assert_eq!(trials.step(0, 1), Some(Step::Close));
}

#[test]
fn nothing_begins_before_the_end_is_recorded() {
    let mut trials = of(&[(call(1), suspicion(2, 0, 0))]);
    assert!(!trials.is_open(), "from the moment that one waits");
    assert_eq!(begin(&mut trials), [call(1)]);
    assert_eq!(trials.step(1, 256), None);
    trials.ended(call(1));
    end(&mut trials);
    assert!(trials.is_quiet());
}

#[test]
fn a_trial_waits_for_what_runs_but_not_for_long() {
    let mut trials = of(&[(turn(1), suspicion(2, 0, 0))]);
    assert_eq!(trials.step(2, 256), Some(Step::Close));
    sweeps(&mut trials, PATIENCE - 1);
    assert_eq!(trials.step(2, 256), None);
    trials.sweep();
    assert_eq!(trials.step(2, 256), Some(Step::Outlive));
    trials.outlive(vec![call(8), call(9)]);
    assert_eq!(trials.step(2, 256), Some(Step::Record(vec![turn(1)])));
    assert_eq!(trials.recorded(), Some(Step::Run(vec![turn(1)])));
    trials.ended(turn(1));
    end(&mut trials);
    trials.add(turn(2), suspicion(2, 0, 0));
    assert_eq!(
        (trials.step(2, 256), trials.is_open()),
        (None, true),
        "others waited, and now have their turn"
    );
    sweeps(&mut trials, PATIENCE);
    assert_eq!(trials.step(2, 256), Some(Step::Close));
    assert_eq!(trials.step(2, 256), Some(Step::Record(vec![turn(2)])), "the same two disturb nobody again");
    trials.ended(call(8));
    assert_eq!(trials.recorded(), Some(Step::Run(vec![turn(2)])));
    trials.ended(turn(2));
    end(&mut trials);
    trials.add(turn(3), suspicion(2, 0, 0));
    assert_eq!(trials.step(2, 256), Some(Step::Close));
    assert_eq!(trials.step(2, 256), None, "one of the two that run is new");
}

#[test]
fn a_trial_is_over_after_some_time() {
    let mut trials = of(&[(call(1), suspicion(2, 0, 0))]);
    assert_eq!(begin(&mut trials), [call(1)]);
    sweeps(&mut trials, PATIENCE - 1);
    assert_eq!(trials.step(1, 256), None);
    trials.sweep();
    end(&mut trials);
    assert!(trials.is_quiet(), "it runs on, and is on trial no more");
}

#[test]
fn others_have_as_much_time_as_the_trials() {
    let mut trials = of(&[
        (call(1), suspicion(2, 3, 0)),
        (call(2), suspicion(2, 3, 0)),
        (call(3), suspicion(2, 3, 0)),
        (call(4), suspicion(2, 3, 0)),
    ]);
    assert_eq!(begin(&mut trials), [call(1)]);
    sweeps(&mut trials, PATIENCE);
    assert_eq!(next(&mut trials), [call(2)]);
    sweeps(&mut trials, PATIENCE);
    end(&mut trials);
    sweeps(&mut trials, CLOSED - 1);
    assert_eq!((trials.step(2, 256), trials.is_open(), trials.is_quiet()), (None, true, false));
    trials.sweep();
    assert!(!trials.is_open());
    assert_eq!(trials.step(2, 256), Some(Step::Close));
    assert_eq!(trials.step(2, 256), Some(Step::Record(vec![call(3)])), "the survivors disturb nobody");
}

#[test]
fn what_is_quick_is_tried_without_a_rest() {
    let suspects: Vec<_> = (0..1_000).map(|number| (call(number), suspicion(2, 3, 0))).collect();
    let mut trials = of(&suspects);
    let mut group = begin(&mut trials);
    for number in 0..1_000 {
        assert_eq!(group, [call(number)]);
        trials.ended(call(number));
        if number < 999 {
            group = next(&mut trials);
        }
    }
    end(&mut trials);
}

#[test]
fn who_is_gone_is_not_tried() {
    let mut trials = of(&[(call(1), suspicion(2, 3, 0)), (call(2), suspicion(2, 3, 0))]);
    assert_eq!(begin(&mut trials), [call(1)]);
    trials.ended(call(2));
    trials.ended(call(1));
    end(&mut trials);
}

#[test]
fn an_answer_that_nobody_waits_for_changes_nothing() {
    let mut trials = of(&[]);
    assert_eq!((trials.recorded(), trials.is_open()), (None, true));
    trials.add(call(1), suspicion(2, 0, 0));
    assert_eq!(trials.step(1, 256), Some(Step::Close));
    assert_eq!((trials.recorded(), trials.is_open()), (None, false));
}

#[test]
fn a_host_tries_suspects_when_it_has_lived_for_long_enough() {
    for (alone, sweeps_before) in [(0, 1), (1, 4), (2, 7), (u32::MAX, u32::MAX)] {
        assert_eq!(due_at(suspicion(9, 1, alone)), sweeps_before);
    }
    let mut trials = Trials::default();
    trials.add(call(1), suspicion(9, 1, 1));
    trials.add(call(2), suspicion(9, 0, 0));
    assert_eq!(
        (trials.step(0, 256), trials.is_open()),
        (None, true),
        "it may be about to die of something else"
    );
    sweeps(&mut trials, 1);
    assert_eq!(begin(&mut trials), [call(2)]);
    trials.ended(call(2));
    end(&mut trials);
    sweeps(&mut trials, 2);
    assert_eq!((trials.step(0, 256), trials.is_open()), (None, true), "the other one is not due");
    sweeps(&mut trials, 1);
    assert_eq!(begin(&mut trials), [call(1)]);
}
