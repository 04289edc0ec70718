//! A place to measure at: a folder with the app, and a database of its own. Both are gone when it is dropped.
//!
//! What differs between databases is in one file each, with the same names in it; everything else asks here.

mod check;
mod sqlite;
mod syncs;

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use fnhost::runtime::Database;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::{app, args::Args};

pub(crate) use check::{Check, chains, entities, orchestrations};
pub(crate) use sqlite::Connection;

/// What keeps durable state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// A file, `synchronous = FULL`
    Sqlite,
}

impl Kind {
    /// All of them, in the order in which they are measured.
    pub(crate) const ALL: [Self; 1] = [Self::Sqlite];

    /// Whether several hosts may use one at a time.
    pub(crate) fn is_shared(self) -> bool {
        match self {
            Self::Sqlite => false,
        }
    }

    /// As the report calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
        }
    }
}

/// One folder, one database.
#[derive(Debug)]
pub(crate) struct Place {
    kind: Kind,
    folder: PathBuf,
    url: String,
    /// Removes the folder.
    _scratch: Option<TempDir>,
}

/// What a database has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Written {
    /// Transactions that changed something.
    pub(crate) transactions: u64,
    /// Times that it waited for the disk, by this process.
    pub(crate) syncs: u64,
}

impl Place {
    /// An app and an empty database.
    pub(crate) fn new(kind: Kind, args: &Args) -> anyhow::Result<Self> {
        let scratch = args.scratch()?;
        app::write(scratch.path())?;
        let url = match kind {
            Kind::Sqlite => sqlite::url(scratch.path()),
        };
        let place = Self::existing(kind, scratch.path().to_owned(), url);
        Ok(Self { _scratch: Some(scratch), ..place })
    }

    /// What another process has made.
    pub(crate) fn existing(kind: Kind, folder: PathBuf, url: String) -> Self {
        Self { kind, folder, url, _scratch: None }
    }

    /// The app; also where logs go.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The database, as `--database` names it.
    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    /// The database, as a host takes it.
    pub(crate) fn database(&self) -> anyhow::Result<Database> {
        Ok(self.url.parse()?)
    }

    /// What was written so far. SQLite's count of transactions lives as long as somebody has the database open.
    pub(crate) async fn written(&self) -> anyhow::Result<Written> {
        match self.kind {
            Kind::Sqlite => sqlite::written(self.folder()),
        }
    }

    /// What was written since, by this process; each transaction on the disk, as is promised.
    pub(crate) async fn written_since(&self, before: Written) -> anyhow::Result<Written> {
        let now = self.written().await?;
        let transactions = now.transactions.saturating_sub(before.transactions);
        let syncs = now.syncs.saturating_sub(before.syncs);
        match self.kind {
            Kind::Sqlite => anyhow::ensure!(
                syncs >= transactions,
                "{transactions} transactions were committed with {syncs} syncs"
            ),
        }
        Ok(Written { transactions, syncs })
    }

    /// Makes sure that the database holds what it must.
    pub(crate) async fn check(&self, checks: &[Check]) -> anyhow::Result<()> {
        let mut connection = self.connect().await?;
        let mut wrong = Vec::new();
        for check in checks {
            let found = connection.number(&check.sql).await?;
            if u64::try_from(found) != Ok(check.expected) {
                wrong.push(format!("{found} {} instead of {}", check.what, check.expected));
            }
        }
        connection.close().await?;
        anyhow::ensure!(wrong.is_empty(), "the database has {}", wrong.join(", "));
        Ok(())
    }

    /// The key of the last instance; 0 when there is none.
    pub(crate) async fn last_key(&self) -> anyhow::Result<i64> {
        let mut connection = self.connect().await?;
        let last = connection.number("SELECT coalesce(max(key), 0) FROM instances").await?;
        connection.close().await?;
        Ok(last)
    }

    /// A connection beside those of the host.
    pub(crate) async fn connect(&self) -> anyhow::Result<Connection> {
        match self.kind {
            Kind::Sqlite => Connection::open(self.folder()).await,
        }
    }

    /// A connection for writing much at once while no host is there.
    pub(crate) async fn connect_to_fill(&self) -> anyhow::Result<Connection> {
        match self.kind {
            Kind::Sqlite => Connection::open_to_fill(self.folder()).await,
        }
    }
}
