//! What a turn changes in its own instance.

use durable_core::{model::Loaded, store::CommitOutcome};
use fnhost_protocol::status::RuntimeStatus;

use crate::{
    build::{at, event, json, label, labels, send, task_of, to, turn},
    scene::Scene,
};

pub(crate) async fn history_grows_by_the_run_of_each_turn(scene: Scene) {
    let (key, other) = (scene.running("a").await, scene.running("b").await);
    scene.turn(turn(key).after(1).records(&["1a", "1b"])).await;
    scene.turn(turn(other).after(1).records(&["other"])).await;
    scene.turn(turn(key).after(2).records(&["2a"])).await;
    // More turns than one digit counts: runs are ordered by number, not by text.
    for number in 3..12 {
        scene.turn(turn(key).after(number).records(&[&format!("{number}")])).await;
    }
    let expected = ["1a", "1b", "2a", "3", "4", "5", "6", "7", "8", "9", "10", "11"];
    assert_eq!(scene.recorded(key).await, expected);
    assert_eq!(scene.recorded(other).await, ["other"]);
}

pub(crate) async fn a_turn_may_leave_no_history(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).records(&["x"])).await;
    scene.turn(turn(key).after(2)).await;
    scene.turn(turn(key).after(3).records(&["y"])).await;
    assert_eq!(scene.recorded(key).await, ["x", "y"]);
    assert_eq!(scene.load(key).await.instance.turn, 4);
}

pub(crate) async fn history_of_an_unknown_execution_is_empty(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).records(&["x"])).await;
    assert_eq!(scene.history(key, 1).await, []);
    assert_eq!(scene.history(scene.key().await, 0).await, []);
}

pub(crate) async fn a_turn_consumes_the_messages_that_it_names(scene: Scene) {
    let key = scene.running("a").await;
    let mut ids = Vec::new();
    for name in ["1", "2", "3", "4"] {
        ids.push(scene.raised("a", name).await.message);
    }
    scene.turn(turn(key).after(1).consumes([ids[2], ids[0]])).await;
    assert_eq!(scene.inbox(key).await, ["2", "4"]);
}

pub(crate) async fn a_message_that_came_during_a_turn_waits(scene: Scene) {
    let key = scene.running("a").await;
    let first = scene.raised("a", "1").await.message;
    let run = turn(key).after(1).consumes([first]).into();
    scene.batch(vec![send(to("a"), event("2")), run, send(to("a"), event("3"))]).await;
    assert_eq!(scene.inbox(key).await, ["2", "3"]);
}

pub(crate) async fn the_row_is_as_the_turn_says(scene: Scene) {
    let key = scene.running("a").await;
    let before = scene.load(key).await;
    scene.turn(turn(key).after(1).status(RuntimeStatus::Suspended).counts(17, 23).at(at(60))).await;
    let mut expected: Loaded = before;
    expected.instance.turn = 2;
    expected.instance.status = RuntimeStatus::Suspended;
    expected.instance.events = 17;
    expected.instance.actions = 23;
    expected.instance.updated_at = at(60);
    assert_eq!(scene.load(key).await, expected);
}

pub(crate) async fn a_batch_takes_turns_of_many_instances(scene: Scene) {
    let mut keys = Vec::new();
    for number in 0..20 {
        keys.push(scene.running(&format!("a{number}")).await);
    }
    let turns = keys.iter().map(|key| turn(*key).after(1).records(&[&key.0.to_string()]).into());
    let outcomes = scene.batch(turns.rev().collect()).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, CommitOutcome::Turn(_))), "{outcomes:?}");
    for key in keys {
        assert_eq!(scene.recorded(key).await, [key.0.to_string()]);
    }
}

pub(crate) async fn finishing_ends_tasks_timers_and_messages(scene: Scene) {
    let (key, other) = (scene.running("a").await, scene.running("b").await);
    for key in [key, other] {
        scene.turn(turn(key).after(1).task(0, "Queued").leased_task(1, "Leased").timer(2, at(1))).await;
    }
    scene.raised("a", "unread").await;
    scene.turn(turn(key).after(2).records(&["end"]).completes("1")).await;
    assert_eq!(scene.inbox(key).await, [""; 0]);
    assert_eq!(scene.recorded(key).await, ["end"]);
    let timers = scene.timers(at(9)).await;
    assert_eq!(timers.iter().map(|row| row.timer).collect::<Vec<_>>(), [task_of(other, 2)]);
    let again = scene.register_again().await;
    let claimed = again.claim(10, 10).await;
    let tasks: Vec<_> = claimed.tasks.iter().map(|task| task.task).collect();
    assert_eq!((claimed.instances, tasks), (vec![], vec![task_of(other, 0), task_of(other, 1)]));
}

pub(crate) async fn continuing_as_new_begins_with_fresh_history(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).records(&["old"])).await;
    scene.turn(turn(key).after(2).continues_as_new("2")).await;
    assert_eq!(scene.history(key, 0).await, []);
    assert_eq!(scene.history(key, 1).await, []);
    scene.turn(turn(key).after(3).generation(1).records(&["new"])).await;
    assert_eq!(scene.history(key, 0).await, []);
    assert_eq!(labels(&scene.history(key, 1).await), ["new"]);
}

pub(crate) async fn continuing_as_new_ends_tasks_and_timers(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).task(0, "Queued").leased_task(1, "Leased").timer(2, at(1))).await;
    scene.turn(turn(key).after(2).continues_as_new("2")).await;
    assert_eq!(scene.timers(at(9)).await, []);
    let again = scene.register_again().await;
    assert_eq!(again.claim_tasks(10).await, []);
}

pub(crate) async fn continuing_as_new_keeps_the_inbox(scene: Scene) {
    let key = scene.running("a").await;
    let first = scene.raised("a", "1").await.message;
    scene.raised("a", "2").await;
    let done = scene.turn(turn(key).after(1).consumes([first]).continues_as_new("2")).await;
    let inbox = scene.load(key).await.inbox;
    let begins = done.continued.expect("the turn tells which message begins the next execution");
    assert_eq!(inbox.len(), 2, "{inbox:?}");
    assert_eq!(label(&inbox[0].1), "2");
    assert_eq!((inbox[1].0, label(&inbox[1].1)), (begins, "ContinuedAsNew".to_owned()));
}

pub(crate) async fn continuing_as_new_keeps_the_instance(scene: Scene) {
    let key = scene.running("a").await;
    let created_at = scene.load(key).await.instance.created_at;
    scene.turn(turn(key).after(1).custom_status("\"here\"").continues_as_new("\"second\"").at(at(50))).await;
    let instance = scene.load(key).await.instance;
    assert_eq!((instance.generation, instance.turn, instance.events, instance.actions), (1, 2, 0, 0));
    let status = scene.status("a").await;
    assert_eq!((status.created_at, status.updated_at), (created_at, at(50)));
    assert_eq!(status.input, Some(json("\"second\"")));
    assert_eq!(status.custom_status, Some(json("\"here\"")));
    assert_eq!((status.status, status.output), (RuntimeStatus::Running, None));
}

pub(crate) async fn task_numbers_begin_again_after_continuing_as_new(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).leased_task(0, "Old").timer(1, at(1))).await;
    scene.turn(turn(key).after(2).continues_as_new("2")).await;
    scene.turn(turn(key).after(3).generation(1).task(0, "New").timer(1, at(2))).await;
    let timers = scene.timers(at(9)).await;
    assert_eq!(timers.len(), 1);
    assert_eq!((timers[0].fire_at, timers[0].timer.generation), (at(2), 1));
    let tasks = scene.claim(0, 10).await.tasks;
    assert_eq!((tasks.len(), tasks[0].task.generation, tasks[0].name.as_str()), (1, 1, "New"));
}

pub(crate) async fn an_instance_may_continue_as_new_many_times(scene: Scene) {
    let key = scene.running("a").await;
    let mut inbox = Vec::new();
    for round in 0..5 {
        let next = turn(key).after(u64::from(round) + 1).generation(round).consumes(inbox);
        inbox = scene.turn(next.continues_as_new(&round.to_string())).await.continued.into_iter().collect();
    }
    assert_eq!(scene.load(key).await.instance.generation, 5);
    assert_eq!(scene.inbox(key).await, ["ContinuedAsNew"]);
    assert_eq!(scene.status("a").await.input, Some(json("4")));
}
