//! Several hosts on one database.

use std::time::Duration;

use rustix::process::Signal;

use super::{
    kills::{audit, each_second},
    stage::Stage,
};
use crate::support::{Scene, until_within};

#[test]
fn each_time_has_one_run_while_hosts_come_and_go() {
    let schedule = each_second();
    let scene = Scene::new().on_postgres(&postgres_testkit::server().new_database());
    let stage = Stage::on(scene, &[("A", &schedule), ("B", &schedule), ("C", &schedule)]);
    let first = stage.scene.start();
    let mut second = stage.scene.start();
    let wait_for_more = |count: usize| {
        let before = stage.runs().len();
        until_within(Duration::from_secs(60), "runs of whoever lives", || {
            let runs = stage.runs().len();
            if runs >= before + count { Ok(()) } else { Err(format!("{before} runs, then {runs}")) }
        });
    };
    wait_for_more(12);
    // One is killed: what it was given waits for its lease to end, what it was not is the other's.
    first.kill();
    wait_for_more(12);
    let third = stage.scene.start();
    wait_for_more(9);
    // One stops in order.
    second.signal(Signal::TERM);
    assert!(second.wait_for_end(Duration::from_secs(60)).success());
    wait_for_more(9);
    drop(third);
    let runs = stage.runs();
    for function in ["A", "B", "C"] {
        let count = audit(&runs, function);
        assert!(count >= 10, "{function} ran {count} times");
    }
}
