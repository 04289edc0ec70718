//! Runs that take longer than the schedule allows.

use super::stage::Stage;

#[test]
fn a_timer_never_runs_beside_itself() {
    let each_second = "schedule = \"* * * * * *\"";
    let stage = Stage::new(&[("Hold", each_second), ("A", each_second)]);
    let _host = stage.scene.start();
    // The other goes on meanwhile.
    let runs = stage.wait_for_runs(5);
    assert_eq!(runs.iter().filter(|run| run.function == "Hold").count(), 1, "{runs:?}");
    let first = runs.iter().find(|run| run.function == "Hold").expect("it has begun").slot.clone();
    stage.open_gate();
    let held =
        |stage: &Stage| stage.runs().into_iter().filter(|run| run.function == "Hold").collect::<Vec<_>>();
    let runs = crate::support::until("three runs of `Hold`", || {
        let runs = held(&stage);
        if runs.len() >= 6 { Ok(runs) } else { Err(format!("{runs:?}")) }
    });
    for pair in runs.chunks_exact(2) {
        let [began, ended] = pair else { unreachable!("chunks of two") };
        assert_eq!((began.what.as_str(), ended.what.as_str()), ("began", "ended"), "{runs:?}");
        assert_eq!(began.slot, ended.slot, "{runs:?}");
    }
    let next = &runs[2].slot;
    assert!(*next > first, "{runs:?}");
}
