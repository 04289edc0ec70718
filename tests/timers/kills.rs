//! kill −9 around the times of a schedule.

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
    time::Duration,
};

use super::stage::{Run, Stage};
use crate::{crash::rounds, support::Random};

/// A time each second. It leaves an hour of the day out, far from now, because what is due in every minute is not made
/// up for.
pub(super) fn each_second() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("it is after 1970");
    let left_out = (now.as_secs() / 3_600 + 12) % 24;
    let hours: Vec<String> = (0..24).filter(|hour| *hour != left_out).map(|hour| hour.to_string()).collect();
    format!("schedule = \"* * {} * * *\"\nmissedRuns = \"all\"", hours.join(","))
}

/// Checks that from the first to the last time of a timer each second had its run; a second one only because the host of
/// the first was killed, which is told by the attempt.
#[track_caller]
pub(super) fn audit(runs: &[Run], function: &str) -> usize {
    let mut attempts: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
    for run in runs.iter().filter(|run| run.function == function) {
        attempts.entry(seconds(&run.slot)).or_default().push(run.attempt);
    }
    for (slot, attempts) in &attempts {
        let different: BTreeSet<u32> = attempts.iter().copied().collect();
        assert_eq!(
            different.len(),
            attempts.len(),
            "{function} at {slot} was run twice: attempts {attempts:?}"
        );
    }
    let times: Vec<i64> = attempts.keys().copied().collect();
    for pair in times.windows(2) {
        assert_eq!(pair[1], pair[0] + 1, "{function}: nothing was run between {} and {}", pair[0], pair[1]);
    }
    times.len()
}

/// Seconds of the day, which is all that a test of seconds needs: it does not run over midnight with its clock.
fn seconds(slot: &str) -> i64 {
    let part = |range| slot.get(range).and_then(|part: &str| part.parse::<i64>().ok()).expect("a time");
    (part(8..10) * 24 + part(11..13)) * 3_600 + part(14..16) * 60 + part(17..19)
}

#[test]
fn no_time_is_lost_and_none_is_run_twice() {
    let mut random = Random::announced("no_time_is_lost_and_none_is_run_twice");
    let schedule = each_second();
    let stage = Stage::new(&[("A", &schedule), ("B", &schedule)]);
    let mut host = stage.scene.start();
    for round in 0..rounds() {
        let before = stage.runs().len();
        stage.wait_for_runs(before + 2);
        thread::sleep(random.between(Duration::ZERO, Duration::from_millis(1_100)));
        host.kill();
        eprintln!("round {round}: killed after {} runs", stage.runs().len());
        host = stage.scene.start();
    }
    let before = stage.runs().len();
    stage.wait_for_runs(before + 4);
    drop(host);
    let runs = stage.runs();
    for function in ["A", "B"] {
        let count = audit(&runs, function);
        assert!(count > rounds(), "{function} ran {count} times");
    }
}
