//! No statement reads more than the rows it is about, whatever is known of the tables: never looked at, found as good
//! as empty, or full.
//!
//! All behaviours are played on a server that writes down how it has run every statement, also those inside of
//! functions. A plan is made once per session and then kept, mostly while tables are empty; so it must be the right one
//! for full tables too, and nobody but the statement itself can see to that.

mod log;
mod worlds;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
    thread,
};

use durable_conformance::{catalogue, each_behaviour, each_occurrence_behaviour, occurrences};

use log::Scan;
use worlds::{Known, World, server};

/// Plays one behaviour in a world.
type Play = fn(World);

macro_rules! plays {
    ([] $($hosts:ident { $($subject:ident { $($behaviour:ident)+ })+ })+) => {
        const PLAYS: &[Play] = &[$($($(
            |world| durable_conformance::run(catalogue::$subject::$behaviour(), async { world }),
        )+)+)+];
    };
}
each_behaviour!([plays] []);

macro_rules! plays_of_occurrences {
    ([] $($hosts:ident { $($subject:ident { $($behaviour:ident)+ })+ })+) => {
        const PLAYS_OF_OCCURRENCES: &[Play] = &[$($($(
            |world| occurrences::run(occurrences::catalogue::$subject::$behaviour(), async { world }),
        )+)+)+];
    };
}
each_occurrence_behaviour!([plays_of_occurrences] []);

/// How rows may be found: an index and what must be known of its columns.
const BY_KEY: [(&str, &str); 28] = [
    ("instances_pkey", "key"),
    ("instances_by_id", "hub id"),
    ("instances_owned", "owner"),
    ("instances_by_parent", "parent_key key"),
    ("history_pkey", "instance"),
    ("history_pkey", "instance generation"),
    ("inbox_pkey", "instance"),
    ("inbox_pkey", "instance id"),
    ("tasks_pkey", "instance"),
    ("tasks_pkey", "instance generation task"),
    ("tasks_leased", "owner"),
    ("timers_pkey", "instance"),
    ("timers_pkey", "instance generation task"),
    ("timers_by_time", "hub fire_at instance generation task"),
    ("scheduled_pkey", "hub due"),
    ("scheduled_pkey", "hub due key"),
    ("replies_pkey", "epoch"),
    ("suspects_pkey", "instance task number"),
    ("instances_finished", "hub status finished_at key"),
    ("receipts_pkey", "source"),
    ("receipts_pkey", "source key"),
    ("receipts_pkey", "source key version"),
    ("receipts_missing", "source missing_since"),
    ("occurrences_pkey", "id"),
    ("occurrences_by_name", "source key version"),
    ("occurrences_waiting", "source due"),
    ("occurrences_waiting", "source due id"),
    ("occurrences_serial", "source"),
];

/// What is walked, and by whom: queues in order by claims, as far as they need; what is counted against the work of the
/// dead, by whoever has cleared it.
const WALKS: [(&str, &str, &str); 5] = [
    ("occurrences_leased", "holder", "FROM occurrences"),
    ("occurrences_poisoned", "source id", "p.poison IS NOT NULL"),
    ("inbox_by_age", "hub", "FROM inbox AS message"),
    ("tasks_waiting", "hub", "t.owner IS NULL"),
    ("Seq Scan", "", "DELETE FROM suspects AS s WHERE hub = _hub AND NOT"),
];

/// Statements that name every row of theirs, and what they may do to find it.
const EXACT: [(&str, &[(&str, &str)]); 13] = [
    ("UPDATE receipts AS r SET", &[("receipts_pkey", "source key version")]),
    ("SET holder = _holder, attempt = 1", &[("occurrences_pkey", "id")]),
    ("UPDATE instances AS i SET\n            turn", &[("instances_pkey", "key")]),
    ("DELETE FROM tasks AS t USING", &[("tasks_pkey", "instance generation task")]),
    ("DELETE FROM timers AS t USING", &[("timers_pkey", "instance generation task")]),
    ("DELETE FROM inbox AS i USING", &[("inbox_pkey", "instance id")]),
    ("DELETE FROM scheduled AS s", &[("scheduled_pkey", "hub due key")]),
    ("unnest(_targets)", &[("instances_by_id", "hub id")]),
    ("unnest(_free)", &[("instances_by_id", "hub id")]),
    ("AS seen_turn", &[("instances_pkey", "key"), ("instances_pkey", "key")]),
    ("known.upto)", &[("inbox_pkey", "instance id")]),
    ("attempt = attempt - 1", &[("tasks_pkey", "instance generation task")]),
    ("AS asked (due, key)", &[("scheduled_pkey", "hub due key")]),
];

/// So many behaviours are played at a time.
const THREADS: usize = 4;

/// The tables that grow.
const TABLES: [&str; 10] = [
    "instances",
    "history",
    "inbox",
    "tasks",
    "timers",
    "scheduled",
    "replies",
    "suspects",
    "receipts",
    "occurrences",
];

#[test]
fn rows_are_found_by_key_whatever_is_known_of_the_tables() {
    let mut found = BTreeMap::new();
    for known in [Known::Nothing, Known::OneRow, Known::ManyRows] {
        play_all(known);
    }
    for (statement, scans) in log::plans(&server().log_text()) {
        found.entry(statement).or_insert_with(BTreeSet::new).insert(scans);
    }
    let problems: Vec<_> = found.iter().filter_map(|(statement, scans)| problem(statement, scans)).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
    for (words, _) in EXACT {
        assert!(found.keys().any(|statement| statement.contains(words)), "nobody has seen \"{words}\"");
    }
    assert!(found.len() > 60, "only {} statements were seen", found.len());
}

fn play_all(known: Known) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a test can have a runtime").block_on(World::prepare(known));
    let left = Mutex::new(PLAYS.iter().chain(PLAYS_OF_OCCURRENCES));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(play) = next else { return };
                    play(World::new(known));
                }
            });
        }
    });
}

/// What is wrong with the ways in which a statement was run.
fn problem(statement: &str, ways: &BTreeSet<Vec<Scan>>) -> Option<String> {
    let text = || ways.iter().map(|scans| format!("  {scans:?}")).collect::<Vec<_>>().join("\n");
    if ways.len() > 1 {
        return Some(format!("is run in several ways:\n{}\n{statement}", text()));
    }
    let scans = ways.first()?;
    for Scan { index, columns } in scans {
        let by_key = BY_KEY.contains(&(index, columns));
        let walks = WALKS
            .iter()
            .any(|(walked, known, by)| index == walked && columns == known && statement.contains(by));
        if !(by_key || walks) {
            return Some(format!("reads {index} by \"{columns}\":\n{}\n{statement}", text()));
        }
    }
    let (_, expected) = EXACT.iter().find(|(words, _)| statement.contains(words))?;
    let is = scans.iter().map(|scan| (scan.index.as_str(), scan.columns.as_str()));
    (!is.eq(expected.iter().copied())).then(|| format!("should read {expected:?}:\n{}\n{statement}", text()))
}
