//! Against whom the death of a host is counted, and who is put on trial.

use durable_core::{
    model::InstanceKey,
    store::{CommitOutcome, StoreError},
    suspicion::{Suspicion, Work},
};
use fnhost_protocol::time::Timestamp;

use crate::{
    build::{at, purge, task_of, task_result, turn},
    host::{Host, ok},
    scene::Scene,
};

/// The turn of an instance after so many.
fn turn_of(instance: InstanceKey, turn: u64) -> Work {
    Work::Turn { instance, turn }
}

/// The counts: deaths, smallest trial, deaths alone.
fn counts(suspicion: Suspicion) -> (u32, u32, u32) {
    let Suspicion { deaths, smallest_trial, alone, .. } = suspicion;
    (deaths, smallest_trial, alone)
}

async fn against(host: &Host, key: InstanceKey) -> (u32, u32, u32) {
    counts(host.load(key).await.suspicion)
}

/// Claims all activities and tells what is counted against each, by name.
async fn against_tasks(host: &Host) -> Vec<(String, (u32, u32, u32))> {
    let claimed = host.claim(0, 100).await.tasks;
    let mut counted: Vec<_> = claimed.into_iter().map(|task| (task.name, counts(task.suspicion))).collect();
    counted.sort();
    counted
}

async fn set_trial(host: &Host, trial: Vec<Work>) {
    ok("set a trial", host.store.set_trial(host.lease, trial).await);
}

/// Three kept instances, each with an activity of its id leased to the host.
async fn three_in_flight(host: &Host) -> [InstanceKey; 3] {
    let mut keys = [InstanceKey(0); 3];
    for (key, id) in keys.iter_mut().zip(["a", "b", "c"]) {
        *key = host.running(id).await;
        host.turn(turn(*key).after(1).leased_task(0, id).keeps()).await;
    }
    keys
}

pub(crate) async fn nothing_is_counted_at_first(scene: Scene) {
    let (kept, pending) = (scene.running("kept").await, scene.pending("pending").await);
    scene.turn(turn(kept).after(1).task(0, "Work").keeps()).await;
    assert_eq!(scene.load(kept).await.suspicion, Suspicion::NONE);
    assert_eq!(scene.load(pending).await.suspicion, Suspicion::NONE);
    assert_eq!(scene.claim(0, 1).await.tasks[0].suspicion, Suspicion::NONE);
}

pub(crate) async fn a_death_counts_against_what_was_in_flight(scene: Scene) {
    let (kept, claimed) = (scene.running("kept").await, scene.pending("claimed").await);
    scene.claim_instances(10).await;
    let waiting = scene.pending("waiting").await;
    scene
        .turn(turn(kept).after(1).leased_task(0, "Handed").task(1, "Claimed").task(2, "Queued").keeps())
        .await;
    scene.claim(0, 1).await;
    let scene = scene.crash().await;
    assert_eq!(against(&scene, kept).await, (1, 0, 0));
    assert_eq!(against(&scene, claimed).await, (1, 0, 0));
    assert_eq!(against(&scene, waiting).await, (0, 0, 0));
    let tasks = [("Claimed", (1, 0, 0)), ("Handed", (1, 0, 0)), ("Queued", (0, 0, 0))];
    assert_eq!(against_tasks(&scene).await, tasks.map(|(name, counted)| (name.to_owned(), counted)));
}

pub(crate) async fn deaths_add_up(scene: Scene) {
    let (a, b) = (scene.pending("a").await, scene.running("b").await);
    scene.turn(turn(b).after(1).leased_task(0, "Work")).await;
    scene.claim_instances(10).await;
    let scene = scene.crash().await;
    let first = scene.load(a).await.suspicion.died_at;
    scene.claim(10, 10).await;
    assert_eq!(against(&scene, a).await, (1, 0, 0));
    let scene = scene.crash().await;
    assert_eq!(against(&scene, a).await, (2, 0, 0));
    assert!(scene.load(a).await.suspicion.died_at > first);
    let claimed = scene.claim(10, 10).await;
    assert_eq!((claimed.instances, counts(claimed.tasks[0].suspicion)), (vec![a], (2, 0, 0)));
    assert_eq!(against(&scene, a).await, (2, 0, 0));
}

pub(crate) async fn who_is_not_in_flight_again_is_counted_once(scene: Scene) {
    let [a, ..] = three_in_flight(&scene).await;
    let scene = scene.crash().await.crash().await;
    assert_eq!(against(&scene, a).await, (1, 0, 0));
    assert!(against_tasks(&scene).await.iter().all(|(_, counted)| *counted == (1, 0, 0)));
}

pub(crate) async fn a_committed_turn_is_harmless(scene: Scene) {
    let [a, b, _] = three_in_flight(&scene).await;
    let scene = scene.crash().await;
    scene.turn(turn(a).after(2)).await;
    scene.turn(turn(b).after(2).keeps()).await;
    assert_eq!(scene.load(a).await.suspicion, Suspicion::NONE);
    assert_eq!(scene.load(b).await.suspicion, Suspicion::NONE);
}

pub(crate) async fn a_clean_stop_counts_against_nobody(scene: Scene) {
    let [a, ..] = three_in_flight(&scene).await;
    let scene = scene.restart().await;
    assert_eq!(scene.load(a).await.suspicion, Suspicion::NONE);
    assert!(scene.claim(0, 10).await.tasks.iter().all(|task| task.suspicion.is_none()));
}

pub(crate) async fn what_was_given_back_is_not_counted(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).leased_task(0, "Given back").leased_task(1, "Running")).await;
    scene.release(vec![task_of(key, 0)]).await;
    let scene = scene.crash().await;
    let tasks = [("Given back", (0, 0, 0)), ("Running", (1, 0, 0))];
    assert_eq!(against_tasks(&scene).await, tasks.map(|(name, counted)| (name.to_owned(), counted)));
}

pub(crate) async fn a_death_counts_over_a_clean_stop(scene: Scene) {
    let [a, ..] = three_in_flight(&scene).await;
    let scene = scene.crash().await;
    scene.claim(10, 10).await;
    let scene = scene.restart().await;
    assert_eq!(against(&scene, a).await, (1, 0, 0));
    assert!(against_tasks(&scene).await.iter().all(|(_, counted)| *counted == (1, 0, 0)));
}

pub(crate) async fn only_what_is_on_trial_is_counted(scene: Scene) {
    let [a, b, c] = three_in_flight(&scene).await;
    set_trial(&scene, vec![turn_of(a, 2), turn_of(b, 2), Work::Task(task_of(c, 0))]).await;
    let scene = scene.crash().await;
    assert_eq!(against(&scene, a).await, (1, 3, 0));
    assert_eq!(against(&scene, b).await, (1, 3, 0));
    assert_eq!(against(&scene, c).await, (0, 0, 0));
    let tasks = [("a", (0, 0, 0)), ("b", (0, 0, 0)), ("c", (1, 3, 0))];
    assert_eq!(against_tasks(&scene).await, tasks.map(|(name, counted)| (name.to_owned(), counted)));
}

pub(crate) async fn who_dies_alone_is_counted_as_such(scene: Scene) {
    let [a, b, _] = three_in_flight(&scene).await;
    let scene = scene.crash().await;
    set_trial(&scene, vec![turn_of(a, 2), turn_of(b, 2)]).await;
    let scene = scene.crash().await;
    assert_eq!(against(&scene, a).await, (2, 2, 0));
    set_trial(&scene, vec![turn_of(a, 2)]).await;
    let scene = scene.crash().await;
    assert_eq!(against(&scene, a).await, (3, 1, 1));
    assert_eq!(against(&scene, b).await, (2, 2, 0));
    set_trial(&scene, vec![turn_of(a, 2)]).await;
    let scene = scene.crash().await;
    assert_eq!(against(&scene, a).await, (4, 1, 2));
}

pub(crate) async fn a_call_may_die_alone(scene: Scene) {
    let [a, ..] = three_in_flight(&scene).await;
    set_trial(&scene, vec![Work::Task(task_of(a, 0))]).await;
    let scene = scene.crash().await;
    set_trial(&scene, vec![Work::Task(task_of(a, 0))]).await;
    let scene = scene.crash().await;
    assert_eq!(against_tasks(&scene).await[0], ("a".to_owned(), (2, 1, 2)));
}

pub(crate) async fn what_has_left_its_trace_is_not_counted(scene: Scene) {
    let [a, b, c] = three_in_flight(&scene).await;
    let task = Work::Task(task_of(b, 0));
    set_trial(&scene, vec![turn_of(a, 2), task, Work::Task(task_of(c, 0)), turn_of(c, 2)]).await;
    scene.turn(turn(a).after(2).keeps()).await;
    assert!(matches!(scene.commit(task_result(task_of(b, 0))).await, CommitOutcome::TaskResult(_)));
    scene.turn(turn(c).after(2).takes(task_of(c, 0)).completes("1")).await;
    let scene = scene.crash().await;
    assert_eq!(against(&scene, a).await, (0, 0, 0));
    assert_eq!(against(&scene, b).await, (0, 0, 0));
    assert_eq!(against_tasks(&scene).await, [("a".to_owned(), (0, 0, 0))]);
}

pub(crate) async fn who_is_left_of_a_trial_dies_alone(scene: Scene) {
    let [a, b, c] = three_in_flight(&scene).await;
    set_trial(&scene, vec![turn_of(a, 2), turn_of(b, 2), turn_of(c, 2)]).await;
    scene.turn(turn(a).after(2)).await;
    scene.turn(turn(c).after(2).keeps()).await;
    let scene = scene.crash().await;
    assert_eq!(against(&scene, b).await, (1, 1, 1));
}

pub(crate) async fn a_trial_takes_the_place_of_the_one_before(scene: Scene) {
    let [a, b, _] = three_in_flight(&scene).await;
    set_trial(&scene, vec![turn_of(a, 2)]).await;
    set_trial(&scene, vec![turn_of(b, 2)]).await;
    let scene = scene.crash().await;
    assert_eq!(against(&scene, a).await, (0, 0, 0));
    assert_eq!(against(&scene, b).await, (1, 1, 1));
}

pub(crate) async fn who_survives_a_trial_begins_anew(scene: Scene) {
    let [a, b, _] = three_in_flight(&scene).await;
    let call = Work::Task(task_of(a, 0));
    let mut scene = scene;
    for alone in 1..=2 {
        set_trial(&scene, vec![call]).await;
        scene = scene.crash().await;
        set_trial(&scene, vec![turn_of(b, 2)]).await;
        scene = scene.crash().await;
        assert_eq!(against_tasks(&scene).await[0], ("a".to_owned(), (alone, 1, alone)));
        assert_eq!(against(&scene, b).await, (alone, 1, alone));
    }
    // Set once more because the answer was lost, say.
    set_trial(&scene, vec![call]).await;
    set_trial(&scene, vec![call]).await;
    scene = scene.crash().await;
    assert_eq!(against_tasks(&scene).await[0], ("a".to_owned(), (3, 1, 3)));
    set_trial(&scene, vec![call]).await;
    set_trial(&scene, vec![turn_of(b, 2)]).await;
    set_trial(&scene, vec![]).await;
    assert_eq!(against(&scene, b).await, (2, 1, 0));
    scene = scene.crash().await;
    assert_eq!(against_tasks(&scene).await[0], ("a".to_owned(), (4, 1, 0)));
    assert_eq!(against(&scene, b).await, (3, 1, 0));
    set_trial(&scene, vec![call]).await;
    scene = scene.crash().await;
    assert_eq!(against_tasks(&scene).await[0], ("a".to_owned(), (5, 1, 1)), "in a row");
}

pub(crate) async fn after_a_trial_everything_is_counted(scene: Scene) {
    let [a, b, _] = three_in_flight(&scene).await;
    set_trial(&scene, vec![turn_of(a, 2)]).await;
    set_trial(&scene, vec![]).await;
    let scene = scene.crash().await;
    assert_eq!(against(&scene, a).await, (1, 0, 0));
    assert_eq!(against(&scene, b).await, (1, 0, 0));
    assert!(against_tasks(&scene).await.iter().all(|(_, counted)| *counted == (1, 0, 0)));
}

pub(crate) async fn a_trial_ends_with_its_host(scene: Scene) {
    let [a, b, _] = three_in_flight(&scene).await;
    set_trial(&scene, vec![turn_of(a, 2)]).await;
    let scene = scene.crash().await;
    scene.turn(turn(b).after(2).keeps()).await;
    let scene = scene.crash().await;
    assert_eq!(against(&scene, a).await, (1, 1, 1));
    assert_eq!(against(&scene, b).await, (1, 0, 0));
}

pub(crate) async fn a_trial_ends_with_a_clean_stop(scene: Scene) {
    let [a, ..] = three_in_flight(&scene).await;
    set_trial(&scene, vec![turn_of(a, 2)]).await;
    let scene = scene.restart().await.crash().await;
    assert_eq!(against(&scene, a).await, (0, 0, 0));
}

pub(crate) async fn an_instance_on_trial_is_this_hosts(scene: Scene) {
    let (nobodys, past) = (scene.running("nobodys").await, scene.running("past").await);
    scene.raised("nobodys", "hello").await;
    scene.raised("past", "hello").await;
    set_trial(&scene, vec![turn_of(nobodys, 1), turn_of(past, 0)]).await;
    set_trial(&scene, vec![]).await;
    assert_eq!(scene.claim_instances(10).await, [past]);
    let scene = scene.crash().await;
    assert_eq!(against(&scene, nobodys).await, (1, 0, 0));
}

pub(crate) async fn a_trial_may_name_who_is_gone(scene: Scene) {
    let [a, b, _] = three_in_flight(&scene).await;
    let (done, never) = (scene.finished("done").await, scene.key().await);
    scene.commit(purge("done")).await;
    let gone = [turn_of(done, 2), turn_of(never, 0), Work::Task(task_of(never, 0)), turn_of(b, 1)];
    let [x, y, z, past] = gone;
    set_trial(&scene, vec![x, y, z, past, turn_of(a, 2)]).await;
    let scene = scene.crash().await;
    assert_eq!(against(&scene, a).await, (1, 1, 1));
    assert_eq!(against(&scene, b).await, (0, 0, 0));
    assert_eq!(scene.try_load(done).await, None);
}

pub(crate) async fn a_trial_under_an_old_epoch_is_refused(scene: Scene) {
    let [a, ..] = three_in_flight(&scene).await;
    let next = scene.register_again().await;
    let result = scene.store.set_trial(scene.lease, vec![turn_of(a, 2)]).await;
    assert!(matches!(result, Err(StoreError::LeaseLost(_))), "{result:?}");
    next.claim(10, 10).await;
    drop(next);
    let scene = scene.crash().await;
    assert_eq!(against_tasks(&scene).await[0].1, (2, 0, 0));
}

pub(crate) async fn a_due_timer_was_in_flight(scene: Scene) {
    let (due, later) = (scene.running("due").await, scene.running("later").await);
    scene.turn(turn(due).after(1).timer(0, at(5))).await;
    scene.turn(turn(later).after(1).timer(0, Timestamp::MAX)).await;
    scene.batch_at(at(60), vec![]).await;
    assert_eq!(against(&scene, due).await, (0, 0, 0));
    let scene = scene.crash().await;
    assert_eq!(against(&scene, due).await, (1, 0, 0));
    assert_eq!(against(&scene, later).await, (0, 0, 0));
    let scene = scene.crash().await;
    assert_eq!(against(&scene, due).await, (2, 0, 0), "although nobody ever owned it");
    set_trial(&scene, vec![turn_of(due, 2)]).await;
    assert_eq!(against(&scene, due).await, (2, 0, 0));
    let scene = scene.crash().await;
    assert_eq!(against(&scene, due).await, (3, 1, 1));
    let scene = scene.crash().await;
    assert_eq!(against(&scene, due).await, (4, 1, 1));
    assert_eq!(against(&scene, later).await, (0, 0, 0));
    scene.turn(turn(due).after(2).ends_timer(task_of(due, 0))).await;
    assert_eq!(scene.load(due).await.suspicion, Suspicion::NONE);
}

pub(crate) async fn deaths_of_one_hub_are_not_anothers(mut scene: Scene) {
    let other = scene.other_hub("other").await;
    let theirs = other.running("theirs").await;
    other.turn(turn(theirs).after(1).leased_task(0, "Theirs").timer(1, at(5)).keeps()).await;
    let [a, ..] = three_in_flight(&scene).await;
    scene.batch_at(at(60), vec![]).await;
    let again = scene.register_again().await;
    assert_eq!(against(&again, a).await, (1, 0, 0));
    assert_eq!(against(&other, theirs).await, (0, 0, 0));
    other.release(vec![task_of(theirs, 0)]).await;
    assert_eq!(against_tasks(&other).await, [("Theirs".to_owned(), (0, 0, 0))]);
}
