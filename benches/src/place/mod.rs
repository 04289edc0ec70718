//! A place to measure at: a folder with the app, and a database of its own. Both are gone when it is dropped.
//!
//! What differs between databases is in one file each, behind [`Connection`]; everything else asks here.

mod check;
mod connection;
mod kind;
mod meter;
mod postgres;
mod sqlite;
mod syncs;

use std::path::{Path, PathBuf};

use check::Counted;
use fnhost::runtime::Database;
use tempfile::TempDir;

use crate::{app, args::Args, window::Plan};

pub(crate) use check::{Check, chains, entities, orchestrations, slots};
pub(crate) use connection::Connection;
pub(crate) use kind::Kind;
pub(crate) use meter::{Meter, Written};

/// One folder, one database.
#[derive(Debug)]
pub(crate) struct Place {
    kind: Kind,
    folder: PathBuf,
    url: String,
    /// Removes the folder. Who has it also removes the database.
    scratch: Option<TempDir>,
}

impl Place {
    /// An app and an empty database.
    pub(crate) fn new(kind: Kind, args: &Args) -> anyhow::Result<Self> {
        let scratch = args.scratch()?;
        app::write(scratch.path())?;
        let url = match kind {
            Kind::Sqlite => sqlite::url(scratch.path()),
            Kind::Postgres => postgres::new_database(),
        };
        Ok(Self { kind, folder: scratch.path().to_owned(), url, scratch: Some(scratch) })
    }

    /// What another process has made.
    pub(crate) fn existing(kind: Kind, folder: PathBuf, url: String) -> Self {
        Self { kind, folder, url, scratch: None }
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

    /// A measurement of this process and of the database's, where it has some.
    pub(crate) fn plan(&self, args: &Args) -> anyhow::Result<Plan> {
        let database = match self.kind {
            Kind::Sqlite => None,
            Kind::Postgres => Some(postgres::pid()?),
        };
        Ok(Plan { database, ..args.plan() })
    }

    /// Begins to count what is written.
    pub(crate) async fn meter(&self) -> anyhow::Result<Meter<'_>> {
        Meter::start(self).await
    }

    /// Waits until nobody writes any more.
    async fn writers_gone(&self) -> anyhow::Result<()> {
        match self.kind {
            Kind::Sqlite => Ok(()),
            Kind::Postgres => postgres::writers_gone(&self.url).await,
        }
    }

    /// What was written so far.
    async fn written(&self) -> anyhow::Result<Written> {
        match self.kind {
            Kind::Sqlite => sqlite::written(&self.folder),
            Kind::Postgres => postgres::written(&self.url).await,
        }
    }

    /// Makes sure that the database holds what it must.
    pub(crate) async fn check(&self, checks: &[Check]) -> anyhow::Result<()> {
        let mut connection = self.connect().await?;
        let mut wrong = Vec::new();
        for check in checks {
            let sql = match &check.counted {
                Counted::Sql(sql) => sql.clone(),
                Counted::Inputs(after) => connection.inputs_after(*after),
            };
            let found = connection.number(&sql).await?;
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
    pub(crate) async fn connect(&self) -> anyhow::Result<Box<dyn Connection>> {
        Ok(match self.kind {
            Kind::Sqlite => Box::new(sqlite::Connected::open(&self.folder).await?),
            Kind::Postgres => Box::new(postgres::Connected::open(&self.url).await?),
        })
    }

    /// A connection for writing much at once while no host is there.
    pub(crate) async fn connect_to_fill(&self) -> anyhow::Result<Box<dyn Connection>> {
        Ok(match self.kind {
            Kind::Sqlite => Box::new(sqlite::Connected::open_to_fill(&self.folder).await?),
            Kind::Postgres => Box::new(postgres::Connected::open_to_fill(&self.url).await?),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.kind == Kind::Postgres && self.scratch.is_some() {
            postgres::remove_database(&self.url);
        }
    }
}
