//! What the clients know, and the audit of the database against it.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use serde_json::json;

use super::fleet::Fleet;
use crate::support::{until, until_within};

/// Everything must have come to rest by then: leases run out, others take over.
const PATIENCE: Duration = Duration::from_secs(40);

/// Id, output and all events of each orchestration, in the order of their turns.
const ORCHESTRATIONS: &str = "
SELECT i.id, coalesce(i.output, 'none'),
       (SELECT replace(string_agg(h.events, ' ' ORDER BY h.turn), E'\\n', ' ') FROM fnhost.history h
        WHERE h.instance = i.key)
FROM fnhost.instances i WHERE i.kind = 0";
/// What is still to be done.
const REST: &str = "
SELECT (SELECT count(*) FROM fnhost.instances WHERE kind = 0 AND status < 3),
       (SELECT count(*) FROM fnhost.inbox), (SELECT count(*) FROM fnhost.tasks)";
const NO_REST: &str = "0|0|0";

/// Each of these stands so often in the history of an addition, whatever happened to hosts.
const RECORDED: [(&str, usize); 7] = [
    ("\"ExecutionStarted\"", 1),
    ("\"TaskScheduled\"", 2),
    ("\"TaskCompleted\"", 2),
    ("\"EntityOperationCalled\"", 1),
    ("\"EntityOperationCompleted\"", 1),
    ("\"EntityOperationSignaled\"", 1),
    ("\"ExecutionCompleted\"", 1),
];

/// What the clients know.
#[derive(Default)]
pub(super) struct Books {
    done: HashSet<u64>,
    /// Asked for, and nobody said what became of it.
    open: HashSet<u64>,
}

impl Books {
    pub(super) fn book_done(&mut self, number: u64) {
        self.done.insert(number);
    }

    pub(super) fn book_open(&mut self, number: u64) {
        self.open.insert(number);
    }

    /// How many additions were answered as done.
    pub(super) fn done(&self) -> usize {
        self.done.len()
    }

    /// Holds the database against the books once all has come to rest: every addition that was answered is there, what
    /// was not answered is there whole or not at all, nothing is stuck or recorded twice, the sums are exact.
    #[track_caller]
    pub(super) fn audit(&self, fleet: &Fleet) {
        until_within(PATIENCE, "all work to be done", || {
            let rest = fleet.sql(REST);
            if rest == NO_REST { Ok(()) } else { Err(format!("instances|messages|activities: {rest}")) }
        });
        let rows = fleet.sql(ORCHESTRATIONS);
        let mut present = HashSet::new();
        let mut sums: BTreeMap<String, u64> = BTreeMap::new();
        for row in rows.lines() {
            let number = audit_addition(row);
            assert!(self.done.contains(&number) || self.open.contains(&number), "nobody asked for {number}");
            assert!(present.insert(number), "{number} is there twice");
            *sums.entry(format!("part-{}", number % 4)).or_default() += number * 2;
            *sums.entry("total".to_owned()).or_default() += number * 2;
        }
        let lost: Vec<&u64> = self.done.difference(&present).collect();
        assert!(lost.is_empty(), "answered and lost: {lost:?}");
        for (key, sum) in &sums {
            until(&format!("sum {key} to be {sum}"), || {
                let state = fleet.host(0).durable().entity("Sum", key);
                if state.json() == json!({ "value": sum }) { Ok(()) } else { Err(state.to_string()) }
            });
        }
        eprintln!("{} added, {} unanswered; the sums are exact: {sums:?}", self.done.len(), self.open.len());
    }
}

/// Checks one orchestration's output and history; answers the number that it added.
#[track_caller]
fn audit_addition(row: &str) -> u64 {
    let mut columns = row.splitn(3, '|');
    let mut column = || columns.next().unwrap_or_default();
    let (id, output, history) = (column(), column(), column());
    let number = id.strip_prefix("add-").and_then(|number| number.parse().ok());
    let number: u64 = number.unwrap_or_else(|| panic!("nobody started {id:?}"));
    assert_eq!(output, number.to_string(), "the output of {id}: {row}");
    for (event, times) in RECORDED {
        assert_eq!(history.matches(event).count(), times, "{event} in the history of {id}: {history}");
    }
    number
}
