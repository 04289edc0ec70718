//! A host that is told to stop while a timer runs.

use std::time::Duration;

use rustix::process::Signal;

use super::stage::{Run, Stage};
use crate::support::{Scene, until};

const PATIENCE: Duration = Duration::from_secs(60);

/// One timer that holds, on hosts that wait so long for what runs when they stop.
fn holding(grace: &str) -> Stage {
    let scene = Scene::new().setting("AzureFunctionsJobHost__extensions__http__shutdownGrace", grace);
    Stage::on(scene, &[("Hold", "schedule = \"* * * * * *\"")])
}

/// What was written down of one time.
fn of(stage: &Stage, slot: &str) -> Vec<(String, u32)> {
    let short = |run: Run| (run.what, run.attempt);
    stage.runs().into_iter().filter(|run| run.slot == slot).map(short).collect()
}

fn noted(what: &str, attempt: u32) -> (String, u32) {
    (what.to_owned(), attempt)
}

#[test]
fn a_run_that_is_cut_off_is_begun_again() {
    let stage = holding("00:00:01");
    let mut host = stage.scene.start();
    let slot = stage.wait_for_runs(1)[0].slot.clone();
    host.signal(Signal::TERM);
    assert_eq!(host.wait_for_end(PATIENCE).code(), Some(5), "the host says that it cut something off");
    drop(host);

    let _host = stage.scene.start();
    stage.open_gate();
    let expected = [noted("began", 1), noted("began", 2), noted("ended", 2)];
    until("the second attempt to end", || {
        let found = of(&stage, &slot);
        if found == expected { Ok(()) } else { Err(format!("{found:?}")) }
    });
}

#[test]
fn a_run_is_waited_for() {
    let stage = holding("00:00:30");
    let mut host = stage.scene.start();
    let slot = stage.wait_for_runs(1)[0].slot.clone();
    host.signal(Signal::TERM);
    stage.open_gate();
    assert!(host.wait_for_end(PATIENCE).success(), "nothing was cut off");
    drop(host);

    let before = stage.runs().len();
    let _host = stage.scene.start();
    stage.wait_for_runs(before + 2);
    assert_eq!(of(&stage, &slot), [noted("began", 1), noted("ended", 1)]);
}
