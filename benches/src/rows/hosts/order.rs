//! What is said between a benchmark and the processes that it has drive hosts: a line of JSON each.
//!
//! ```text
//! benchmark              driver
//!   Order   ───────────▶   starts its side
//!           ◀───────────   Ready
//!   Go      ───────────▶   drives its clients
//!           ◀───────────   Share, and ends
//! ```

use std::{io::BufRead, path::PathBuf, time::Duration};

use anyhow::Context as _;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{histogram::Histogram, place::Kind, run::Run, workload::Side};

/// What is to be done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) side: Side,
    pub(super) kind: Kind,
    /// The app.
    pub(super) folder: PathBuf,
    /// The database, as `--database` names it.
    pub(super) database: String,
    /// Its first process.
    pub(super) database_pid: Option<u32>,
    pub(super) at_once: usize,
    pub(super) warm_up: Duration,
    pub(super) seconds: Duration,
}

/// The side is up.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Ready {}

/// All sides are up.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Go {}

/// What one driver did.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Share {
    pub(super) run: Run,
    pub(super) answers: u64,
    pub(super) latencies: Histogram,
}

/// Reads the next line.
pub(super) fn hear<T: DeserializeOwned>(from: &mut impl BufRead) -> anyhow::Result<T> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    serde_json::from_str(&line).with_context(|| format!("heard `{line}`"))
}

/// Writes a line.
pub(super) fn say(to: &mut impl std::io::Write, what: &impl Serialize) -> anyhow::Result<()> {
    writeln!(to, "{}", serde_json::to_string(what)?)?;
    Ok(to.flush()?)
}
