//! The rows that finished sequences leave, counted.

use std::path::Path;

use anyhow::ensure;
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

/// What to count, and how many there are per sequence.
const EXPECTED: [(&str, &str, u64); 8] = [
    ("instances", "SELECT count(*) FROM instances", 1),
    (
        "completed instances",
        "SELECT count(*) FROM instances WHERE status = 3 AND owner IS NULL AND turn = 4",
        1,
    ),
    ("inputs", "SELECT count(*) FROM inputs", 1),
    ("rows of history", "SELECT count(*) FROM history", 4),
    (
        "instances with four rows of history",
        "SELECT count(*) FROM (SELECT instance FROM history GROUP BY instance HAVING count(*) = 4)",
        1,
    ),
    ("messages that wait", "SELECT count(*) FROM inbox", 0),
    ("activities that wait", "SELECT count(*) FROM tasks", 0),
    ("timers that wait", "SELECT count(*) FROM timers", 0),
];

/// Makes sure that a database holds what so many sequences leave, no more and no less.
pub(super) async fn check(database: &Path, sequences: u64) -> anyhow::Result<()> {
    let options = SqliteConnectOptions::new().filename(database).read_only(true);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let mut wrong = Vec::new();
    for (what, count, per_sequence) in EXPECTED {
        let found: i64 = sqlx::query_scalar(count).fetch_one(&mut connection).await?;
        let expected = per_sequence * sequences;
        if u64::try_from(found) != Ok(expected) {
            wrong.push(format!("{found} {what} instead of {expected}"));
        }
    }
    ensure!(wrong.is_empty(), "after {sequences} sequences the database has {}", wrong.join(", "));
    Ok(connection.close().await?)
}
