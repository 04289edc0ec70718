//! What the server writes about plans, read back.
//!
//! ```text
//! fnhost|LOG:  duration: 0.021 ms  plan:
//! ⇥Query Text: DELETE FROM inbox AS i USING unnest(_consumed) AS gone
//! ⇥        WHERE …
//! ⇥Delete on inbox i  (cost=0.15..2.34 rows=0 width=0)
//! ⇥  ->  Nested Loop  (cost=0.15..2.34 rows=1 width=62)
//! ⇥        ->  Function Scan on unnest gone  (cost=…)
//! ⇥        ->  Index Scan using inbox_pkey on inbox i  (cost=…)
//! ⇥              Index Cond: ((instance = ANY (ARRAY[gone.instance])) AND (id = gone.id))
//! ```

use crate::TABLES;

/// One place of a plan where rows of a table that grows are read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Scan {
    /// The index, or the way in which a table is read without one.
    pub(crate) index: String,
    /// Columns of the index that the condition is about, in the order of the index.
    pub(crate) columns: String,
}

/// Columns of all indexes, in their order.
const INDEXES: [(&str, &[&str]); 25] = [
    ("instances_pkey", &["key"]),
    ("instances_by_id", &["hub", "id"]),
    ("instances_owned", &["owner"]),
    ("instances_finished", &["hub", "status", "finished_at", "key"]),
    ("instances_by_parent", &["parent_key", "key"]),
    ("history_pkey", &["instance", "generation", "turn"]),
    ("inbox_pkey", &["instance", "id"]),
    ("inbox_by_age", &["hub", "id"]),
    ("tasks_pkey", &["instance", "generation", "task"]),
    ("tasks_waiting", &["hub", "place"]),
    ("tasks_leased", &["owner"]),
    ("timers_pkey", &["instance", "generation", "task"]),
    ("timers_by_time", &["hub", "fire_at", "instance", "generation", "task"]),
    ("scheduled_pkey", &["hub", "due", "key"]),
    ("replies_pkey", &["epoch", "id"]),
    ("suspects_pkey", &["instance", "task", "number"]),
    ("trials_pkey", &["epoch", "instance", "task", "number"]),
    ("receipts_pkey", &["source", "key", "version"]),
    ("receipts_missing", &["source", "missing_since"]),
    ("occurrences_pkey", &["id"]),
    ("occurrences_by_name", &["source", "key", "version"]),
    ("occurrences_waiting", &["source", "due", "id"]),
    ("occurrences_serial", &["source"]),
    ("occurrences_leased", &["holder"]),
    ("occurrences_poisoned", &["source", "id"]),
];

/// The statements of the store's own sessions and how they were run.
pub(crate) fn plans(log: &str) -> Vec<(String, Vec<Scan>)> {
    let mut plans = Vec::new();
    let mut lines = log.lines().peekable();
    while let Some(line) = lines.next() {
        if !(line.starts_with("fnhost|LOG:  duration: ") && line.ends_with("plan:")) {
            continue;
        }
        let mut block = Vec::new();
        while let Some(line) = lines.peek().and_then(|line| line.strip_prefix('\t')) {
            block.push(line);
            lines.next();
        }
        // A migration is one text of many statements, and none of those that are run again and again.
        plans.extend(Some(plan(&block)).filter(|(statement, _)| !statement.contains("CREATE TABLE")));
    }
    plans
}

fn plan(block: &[&str]) -> (String, Vec<Scan>) {
    let begins = block.iter().position(|line| line.contains("(cost=")).expect("a plan has a cost");
    let statement = block[..begins].join("\n").trim_start_matches("Query Text: ").to_owned();
    let mut scans: Vec<Scan> = Vec::new();
    // Whether the lines that follow are about the last of `scans`.
    let mut is_last = false;
    for line in &block[begins..] {
        let line = line.trim_start().trim_start_matches("->  ");
        if line.contains("(cost=") {
            let scan = scan(line);
            is_last = scan.is_some();
            scans.extend(scan);
        } else if let Some(condition) = line.strip_prefix("Index Cond: ").filter(|_| is_last) {
            let scan = scans.last_mut().expect("a condition is one of a scan");
            scan.columns = columns(&scan.index, condition);
        }
    }
    (statement, scans)
}

/// A node that reads a table that grows.
fn scan(node: &str) -> Option<Scan> {
    let (way, on) = node.split_once(" on ")?;
    let table = on.split_whitespace().next()?;
    if !TABLES.contains(&table)
        || way.starts_with("Insert")
        || way.starts_with("Update")
        || way.starts_with("Delete")
    {
        return None;
    }
    let index = way.split_once(" using ").map_or(way, |(_, index)| index);
    Some(Scan { index: index.to_owned(), columns: String::new() })
}

/// Which columns of an index a condition is about. What they are compared with has a name before it, or is none of the
/// index's.
fn columns(index: &str, condition: &str) -> String {
    let (_, all) = INDEXES
        .iter()
        .find(|(name, _)| *name == index)
        .unwrap_or_else(|| panic!("the test does not know the index {index}"));
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '.';
    let words: Vec<_> = condition.split(|letter| !is_word(letter)).collect();
    all.iter().copied().filter(|column| words.contains(column)).collect::<Vec<_>>().join(" ")
}

#[test]
fn plans_are_read() {
    let log = "fnhost|LOG:  duration: 0.021 ms  plan:
\tQuery Text: DELETE FROM inbox AS i
\t        WHERE a
\tDelete on inbox i  (cost=0.15..2.34 rows=0 width=0)
\t  ->  Nested Loop  (cost=0.15..2.34 rows=1 width=62)
\t        ->  Function Scan on unnest gone  (cost=0.1..2 rows=1 width=1)
\t        ->  Index Scan using inbox_pkey on inbox i  (cost=0.1..2 rows=1 width=1)
\t              Index Cond: ((instance = ANY (ARRAY[gone.instance])) AND (id = gone.id))
\t              Filter: (hub = $1)
fnhost|CONTEXT:  SQL statement
psql|LOG:  duration: 0.021 ms  plan:
\tQuery Text: x
\tSeq Scan on tasks  (cost=0.1..2 rows=1 width=1)
fnhost|LOG:  duration: 0.021 ms  plan:
\tQuery Text: y
\tSeq Scan on tasks t  (cost=0.1..2 rows=1 width=1)
";
    let scan = |index: &str, columns: &str| Scan { index: index.to_owned(), columns: columns.to_owned() };
    let read = plans(log);
    assert_eq!(read[0].0, "DELETE FROM inbox AS i\n        WHERE a");
    assert_eq!(read[0].1, [scan("inbox_pkey", "instance id")]);
    assert_eq!(read[1], ("y".to_owned(), vec![scan("Seq Scan", "")]));
    assert_eq!(read.len(), 2);
}
