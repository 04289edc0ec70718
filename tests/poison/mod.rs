//! Functions that take the whole process down, with a supervisor that starts it again: in the end they fail with the
//! reason, and everything that was in flight beside them is done, exactly once.

mod flock;
mod load;

use std::collections::BTreeMap;

use postgres_testkit::server;
use serde_json::json;

use flock::Flock;
use load::{Load, Order};

/// Deaths that it takes to find one piece of poison: two until it is suspected, one among others, three alone.
const DEATHS: usize = 6;
/// And so many more at most, because what led up to it and was not recorded is suspected too, and runs again first.
const DETOURS: usize = 4;

#[test]
fn an_activity_that_aborts_fails_and_nothing_beside_it() {
    let mut flock = Flock::on_sqlite();
    let mut load = Load::of_innocents();
    load.push(Order::new("Survive", "poison", json!(null)));
    let ends = load.run(&mut flock);
    reason_is_told(&ends, "poison", "activity `Kill`");
    sums_are_exact(&mut flock);
    eprintln!("{} deaths", flock.deaths());
    assert!((5..=DEATHS + DETOURS).contains(&flock.deaths()), "{} deaths", flock.deaths());
}

#[test]
fn code_that_aborts_between_two_activities_fails_its_orchestration() {
    let mut flock = Flock::on_sqlite();
    let mut load = Load::of_innocents();
    load.push(Order::new("KillInTurn", "poison", json!(null)));
    let ends = load.run(&mut flock);
    let failure = &ends["poison"];
    assert_eq!(failure["runtimeStatus"], "Failed", "{failure}");
    assert!(failure.to_string().contains("orchestrator `KillInTurn` is not run again"), "{failure}");
    sums_are_exact(&mut flock);
    eprintln!("{} deaths", flock.deaths());
    assert!(flock.deaths() <= DEATHS + DETOURS, "{} deaths", flock.deaths());
}

#[test]
fn an_operation_that_aborts_fails_alone() {
    let mut flock = Flock::on_sqlite();
    let mut load = Load::of_innocents();
    load.push(Order::new("Walk", "poison", json!(null)));
    let ends = load.run(&mut flock);
    reason_is_told(&ends, "poison", "an operation of entity");
    flock.waits_for_entity("Trap", "one", &json!({ "steps": 2 }));
    sums_are_exact(&mut flock);
    eprintln!("{} deaths", flock.deaths());
    assert!(flock.deaths() <= DEATHS + DETOURS, "{} deaths", flock.deaths());
}

#[test]
fn two_hosts_on_postgres_survive_what_takes_them_down() {
    let mut flock = Flock::on_postgres(server());
    let mut load = Load::of_innocents();
    load.push(Order::new("Survive", "poison", json!(null)));
    let ends = load.run(&mut flock);
    reason_is_told(&ends, "poison", "activity `Kill`");
    sums_are_exact(&mut flock);
    eprintln!("{} deaths", flock.deaths());
    assert!(flock.deaths() <= DEATHS + DETOURS, "{} deaths", flock.deaths());
}

#[track_caller]
fn reason_is_told(ends: &BTreeMap<String, serde_json::Value>, id: &str, what: &str) {
    let reason = ends[id]["output"].as_str().unwrap_or_default();
    assert!(reason.contains(what) && reason.contains("3 times in a row while it ran alone"), "{}", ends[id]);
}

/// What the innocents have added, each once.
#[track_caller]
fn sums_are_exact(flock: &mut Flock) {
    for (key, sum) in load::sums() {
        flock.waits_for_entity("Sum", &key, &json!({ "value": sum }));
    }
}
