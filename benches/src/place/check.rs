//! What runs must leave in the database, to the row.

use crate::app::Chain;

/// A number that is known before it is counted.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    /// What is counted, in the plural.
    pub(super) what: String,
    pub(super) counted: Counted,
    pub(super) expected: u64,
}

/// How it is counted.
#[derive(Debug, Clone)]
pub(super) enum Counted {
    /// In the same way everywhere.
    Sql(String),
    /// Inputs of instances whose keys come after this one: kept apart or not.
    Inputs(i64),
}

impl Check {
    fn new(what: &str, sql: impl Into<String>, expected: u64) -> Self {
        Self { what: what.to_owned(), counted: Counted::Sql(sql.into()), expected }
    }

    fn inputs(after: i64, expected: u64) -> Self {
        Self { what: "inputs".to_owned(), counted: Counted::Inputs(after), expected }
    }
}

/// What so many timers leave of which each has run once.
pub(crate) fn slots(count: u64) -> Vec<Check> {
    vec![
        Check::new("slots on record", "SELECT count(*) FROM receipts", count),
        Check::new("timers that have run", "SELECT count(DISTINCT source) FROM receipts", count),
        Check::new("slots that are not finished", "SELECT count(*) FROM occurrences", 0),
    ]
}

/// What so many chains leave.
pub(crate) fn chains(chain: Chain, count: u64, after: i64) -> Vec<Check> {
    let cities = chain.cities.len() as u64;
    // The start and each result begin a turn. Started, completed; each activity scheduled, completed.
    orchestrations(count, Some(cities + 1), 2 + 2 * cities, after)
}

/// What so many finished orchestrations leave whose keys come after this one: turns of each (where they are known), and
/// the events of each beside those that begin turns.
pub(crate) fn orchestrations(count: u64, turns: Option<u64>, events: u64, after: i64) -> Vec<Check> {
    let among = |what: &str| format!("SELECT count(*) FROM instances WHERE key > {after} AND {what}");
    let mut checks = vec![
        Check::new("instances", among("true"), count),
        Check::new("completed instances that nobody owns", among("status = 3 AND owner IS NULL"), count),
        Check::new(
            "instances with as many events as were to happen",
            among(&format!("events - turn = {events}")),
            count,
        ),
        Check::inputs(after, count),
        Check::new(
            "instances whose history has a row less or more than they had turns",
            among("turn <> (SELECT count(*) FROM history WHERE instance = key)"),
            0,
        ),
        Check::new(
            "rows of history of nobody",
            format!(
                "SELECT (SELECT count(*) FROM history WHERE instance > {after})
                      - (SELECT coalesce(sum(turn), 0) FROM instances WHERE key > {after})"
            ),
            0,
        ),
    ];
    if let Some(turns) = turns {
        let each = format!("instances of {turns} turns");
        checks.push(Check::new(&each, among(&format!("turn = {turns}")), count));
    }
    checks.extend(nothing_waits(after));
    checks
}

/// What so many entities leave that are signalled by nobody any more.
pub(crate) fn entities(count: u64) -> Vec<Check> {
    let mut checks = vec![
        Check::new("instances", "SELECT count(*) FROM instances", count),
        Check::new("entities", "SELECT count(*) FROM instances WHERE kind = 1 AND state IS NOT NULL", count),
        Check::new("rows of history", "SELECT count(*) FROM history", 0),
        Check::inputs(0, 0),
    ];
    checks.extend(nothing_waits(0));
    checks
}

fn nothing_waits(after: i64) -> [Check; 3] {
    [("messages that wait", "inbox"), ("activities that wait", "tasks"), ("timers that wait", "timers")].map(
        |(what, table)| Check::new(what, format!("SELECT count(*) FROM {table} WHERE instance > {after}"), 0),
    )
}
