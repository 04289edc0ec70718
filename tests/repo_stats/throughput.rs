//! How much is asked and written at a time.

use std::fs;

use super::stage::{Stage, run, start_run};
use crate::support::Scene;

/// The window of the tests, in microseconds.
const WINDOW: i64 = 100_000;

/// 8
#[test]
fn no_window_takes_more_than_the_throughput_allows() {
    let stage = Stage::few(Scene::new(), 1000)
        .setting("NumberOfReposToQueryPerCall", 500)
        .setting("CosmosDB_ServerlessMode", "false")
        .setting("CosmosDB_ProvisionedThroughput", 400)
        .setting("CosmosDB_RU_NeededForEachWrite", 5)
        .setting("ThrottleWindowMs", WINDOW / 1000);
    run(&stage.start());
    let arrivals = stage.arrivals();
    assert_eq!(arrivals.len(), 1000);
    for (start, _) in &arrivals {
        let window = arrivals.iter().filter(|(at, _)| (*start..start + WINDOW).contains(at));
        let bytes: usize = window.map(|(_, length)| length).sum();
        assert!(bytes <= 60_000, "{bytes} bytes within {WINDOW} µs from {start}");
    }
    let total: usize = arrivals.iter().map(|(_, length)| length).sum();
    assert!(total > 200_000, "documents of about 300 bytes, {total} in all: otherwise this shows nothing");
}

/// 8
#[test]
fn where_nothing_is_paid_for_all_batches_are_written_at_once() {
    let stage = Stage::few(Scene::new(), 20)
        .setting("NumberOfReposToQueryPerCall", 5)
        .setting("CosmosDB_ServerlessMode", "TRUE")
        .setting("ThrottleWindowMs", 3_600_000);
    let host = stage.start();
    let id = start_run(&host);
    let status = host.durable().wait_for(&id, "Completed");
    assert_eq!(stage.documents().len(), 20, "and nobody paused for an hour: {status}");
}

/// 14
#[test]
fn six_thousand_repositories_are_93_queries() {
    let stage = Stage::few(Scene::new(), 6000)
        .setting("NumberOfReposToQueryPerCall", 65)
        .setting("CosmosDB_ServerlessMode", "true");
    let host = stage.start();
    run(&host);
    assert_eq!((stage.github.queries().len(), stage.documents().len()), (93, 6000));
    let peak = peak_memory(host.pid());
    assert!(peak < 400 << 20, "{} MiB at most", peak >> 20);
}

/// The most memory that a process has held, in bytes.
fn peak_memory(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the process lives");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux tells the peak");
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number of kB");
    kilobytes << 10
}
