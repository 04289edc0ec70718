//! Timers: listed in order until a turn ends them.

use durable_core::{
    model::{TaskRef, TimerRow},
    store::TimerCursor,
};
use fnhost_protocol::time::Timestamp;

use crate::{
    build::{at, task_of, turn},
    host::{Host, ok},
    scene::Scene,
};

fn timers_of(rows: &[TimerRow]) -> Vec<TaskRef> {
    rows.iter().map(|row| row.timer).collect()
}

async fn page(host: &Host, until: Timestamp, after: Option<TimerCursor>, limit: u32) -> Vec<TimerRow> {
    ok("read timers", host.store.timers(until, after, limit).await)
}

pub(crate) async fn timers_are_listed_by_time_then_instance_then_number(scene: Scene) {
    let (a, b) = (scene.running("a").await, scene.running("b").await);
    scene.turn(turn(b).after(1).timer(2, at(5)).timer(1, at(9)).timer(0, at(5))).await;
    scene.turn(turn(a).after(1).timer(3, at(5)).timer(0, at(1))).await;
    let expected = [task_of(a, 0), task_of(a, 3), task_of(b, 0), task_of(b, 2), task_of(b, 1)];
    let rows = scene.timers(at(100)).await;
    assert_eq!(timers_of(&rows), expected);
    assert_eq!(rows[4].fire_at, at(9));
}

pub(crate) async fn timers_are_listed_up_to_a_time_inclusive(scene: Scene) {
    let key = scene.running("a").await;
    let just_after = Timestamp::from_micros(at(5).as_micros() + 1);
    scene.turn(turn(key).after(1).timer(0, at(5)).timer(1, just_after)).await;
    assert_eq!(scene.timers(at(4)).await, []);
    assert_eq!(timers_of(&scene.timers(at(5)).await), [task_of(key, 0)]);
    assert_eq!(scene.timers(just_after).await.len(), 2);
}

pub(crate) async fn a_load_brings_the_timers_that_wait(scene: Scene) {
    let (a, b) = (scene.running("a").await, scene.running("b").await);
    assert_eq!(scene.load(a).await.timers, []);
    scene.turn(turn(a).after(1).timer(3, at(5)).timer(0, at(9))).await;
    scene.turn(turn(b).after(1).timer(0, at(7))).await;
    let mut timers = scene.load(a).await.timers;
    timers.sort();
    let row = |task, fire_at| TimerRow { fire_at, timer: task_of(a, task) };
    assert_eq!(timers, [row(3, at(5)), row(0, at(9))]);
    scene.turn(turn(a).after(2).ends_timer(task_of(a, 3))).await;
    assert_eq!(scene.load(a).await.timers, [row(0, at(9))]);
    scene.turn(turn(a).after(3).continues_as_new("1")).await;
    assert_eq!(scene.load(a).await.timers, []);
    let second = TaskRef { generation: 1, ..task_of(a, 0) };
    scene.turn(turn(a).after(4).generation(1).timer(0, at(8))).await;
    assert_eq!(scene.load(a).await.timers, [TimerRow { fire_at: at(8), timer: second }]);
}

pub(crate) async fn timers_are_paged_by_cursor(scene: Scene) {
    // Equal times within an instance, over instances, and over the ends of pages.
    let (a, b) = (scene.running("a").await, scene.running("b").await);
    for key in [a, b] {
        let run =
            (0..25).fold(turn(key).after(1), |turn, number| turn.timer(number, at(u64::from(number / 10))));
        scene.turn(run).await;
    }
    let all = scene.timers(at(100)).await;
    assert_eq!(all.len(), 50);
    assert!(all.is_sorted(), "{all:?}");
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let part = page(&scene, at(100), after, 7).await;
        assert!(part.len() <= 7);
        let Some(last) = part.last() else { break };
        after = Some(*last);
        paged.extend(part);
    }
    assert_eq!(paged, all);
    assert_eq!(page(&scene, at(0), Some(all[19]), 100).await, []);
}

pub(crate) async fn a_cursor_may_name_a_timer_that_is_gone(scene: Scene) {
    let key = scene.running("a").await;
    let run = (0..4).fold(turn(key).after(1), |turn, number| turn.timer(number, at(1)));
    scene.turn(run).await;
    let first = page(&scene, at(9), None, 2).await;
    scene.turn(turn(key).after(2).ends_timer(task_of(key, 1)).timer(7, at(1))).await;
    let rest = page(&scene, at(9), Some(first[1]), 10).await;
    assert_eq!(timers_of(&rest), [task_of(key, 2), task_of(key, 3), task_of(key, 7)]);
}

pub(crate) async fn a_turn_ends_the_timers_that_it_names(scene: Scene) {
    let (a, b) = (scene.running("a").await, scene.running("b").await);
    for key in [a, b] {
        scene.turn(turn(key).after(1).timer(0, at(1)).timer(1, at(2)).timer(2, at(3))).await;
    }
    let run = turn(a).after(2).ends_timer(task_of(a, 0)).ends_timer(task_of(a, 2));
    scene.turn(run.timer(3, at(4))).await;
    let left = [task_of(b, 0), task_of(a, 1), task_of(b, 1), task_of(b, 2), task_of(a, 3)];
    assert_eq!(timers_of(&scene.timers(at(9)).await), left);
}

pub(crate) async fn ending_a_timer_that_is_gone_is_no_error(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).timer(0, at(1))).await;
    scene.turn(turn(key).after(2).ends_timer(task_of(key, 0))).await;
    scene.turn(turn(key).after(3).ends_timer(task_of(key, 0)).ends_timer(task_of(key, 9))).await;
    assert_eq!(scene.timers(at(9)).await, []);
}

pub(crate) async fn a_listed_timer_waits_for_its_turn(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).timer(0, at(1))).await;
    for _ in 0..3 {
        assert_eq!(timers_of(&scene.timers(at(9)).await), [task_of(key, 0)]);
    }
    assert_eq!(scene.claim_instances(10).await, [], "a timer is no message");
}

pub(crate) async fn timers_may_be_far_away(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).timer(0, Timestamp::MAX).timer(1, Timestamp::EPOCH)).await;
    assert_eq!(timers_of(&scene.timers(at(9)).await), [task_of(key, 1)]);
    let all = scene.timers(Timestamp::MAX).await;
    assert_eq!((all.len(), all[1].fire_at), (2, Timestamp::MAX));
}
