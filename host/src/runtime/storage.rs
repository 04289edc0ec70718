//! Which store, from the host file or `--database`, opened.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
};

use durable_core::store::{Occurrences, Store};
use durable_postgres::{DatabaseUrl, PostgresStore, without_password};
use durable_sqlite::{Options, SqliteStore, Synchronous};

use crate::config::{
    DurableConfig, Settings,
    host_file::{StorageConfig, Synchronous as Wanted},
};

/// A place for state, as `--database` names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// `sqlite:PATH`
    Sqlite(PathBuf),
    /// `postgres://…`
    Postgres(DatabaseUrl),
}

impl Database {
    /// The file beside which a host of this app says that it runs.
    pub(crate) fn landmark(&self, app: &Path) -> PathBuf {
        match self {
            Self::Sqlite(path) => path.clone(),
            Self::Postgres(_) => app.join(".fnhost/postgres"),
        }
    }
}

/// A text that names no database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{found}` names no database: {why}; allowed: sqlite:PATH, such as sqlite:/var/lib/app/state.db, and \
     postgres://USER@HOST/DATABASE"
)]
pub struct InvalidDatabase {
    /// The text, without a password.
    found: String,
    why: String,
}

impl FromStr for Database {
    type Err = InvalidDatabase;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |why: &str| InvalidDatabase { found: without_password(text), why: why.to_owned() };
        match text.split_once(':') {
            Some(("sqlite", "" | "//")) => Err(invalid("the path is missing")),
            Some(("sqlite", path)) => Ok(Self::Sqlite(path.strip_prefix("//").unwrap_or(path).into())),
            Some(("postgres" | "postgresql", _)) => match text.parse() {
                Ok(url) => Ok(Self::Postgres(url)),
                Err(durable_postgres::OpenError::Url { why, .. }) => Err(invalid(&why)),
                Err(other) => Err(invalid(&other.to_string())),
            },
            _ => Err(invalid("it does not begin with a known kind")),
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

/// Which database it is: what `--database` says, or else the host file.
///
/// # Errors
/// The setting that holds the connection string holds none.
pub(crate) fn database(
    config: &DurableConfig,
    settings: &Settings,
    chosen: Option<&Database>,
) -> anyhow::Result<Database> {
    match (chosen, config.storage()) {
        (Some(database), _) => Ok(database.clone()),
        (None, StorageConfig::Sqlite { path, .. }) => Ok(Database::Sqlite(path.clone())),
        (None, StorageConfig::Postgres { connection_name }) => {
            let url = settings.connection(connection_name).unwrap_or_default().parse();
            let url = url.map_err(|error| anyhow::anyhow!("the setting `{connection_name}`: {error}"))?;
            Ok(Database::Postgres(url))
        }
    }
}

/// A store that is open, as its users see it.
#[derive(Clone)]
pub struct OpenStore {
    /// Orchestrations, entities, keys.
    pub store: Arc<dyn Store>,
    /// What timers and blobs are to be run for, in the same place.
    pub occurrences: Arc<dyn Occurrences>,
    /// Where that is.
    pub database: Database,
}

impl OpenStore {
    fn of<S: Store + Occurrences>(store: S, database: Database) -> Self {
        let store = Arc::new(store);
        Self { store: store.clone(), occurrences: store, database }
    }
}

impl fmt::Debug for OpenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenStore").field("database", &self.database).finish_non_exhaustive()
    }
}

/// Opens the store of the app's task hub.
///
/// # Errors
/// The file is locked by another host, cannot be read, is on a network file system, …; the database cannot be reached,
/// belongs to something else, …; or nothing names it.
pub async fn open_store(
    config: &DurableConfig,
    settings: &Settings,
    chosen: Option<&Database>,
) -> anyhow::Result<OpenStore> {
    let database = database(config, settings, chosen)?;
    Ok(match &database {
        Database::Sqlite(path) => {
            let synchronous = match config.storage() {
                StorageConfig::Sqlite { synchronous: Wanted::Normal, .. } => Synchronous::Normal,
                StorageConfig::Sqlite { .. } | StorageConfig::Postgres { .. } => Synchronous::Full,
            };
            let options = Options { synchronous, ..Options::new(path.clone(), config.hub_name()) };
            OpenStore::of(SqliteStore::open(options).await?, database)
        }
        Database::Postgres(url) => {
            let terms = config.postgres();
            let options = durable_postgres::Options {
                schema: terms.schema.clone(),
                max_connections: terms.max_connections,
                lease: terms.lease,
                ..durable_postgres::Options::new(url.reveal(), config.hub_name())
            };
            OpenStore::of(PostgresStore::open(options).await?, database)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_are_named_by_url() {
        for (text, path) in
            [("sqlite:a.db", "a.db"), ("sqlite:/x/a.db", "/x/a.db"), ("sqlite:///x/a.db", "/x/a.db")]
        {
            assert_eq!(text.parse(), Ok(Database::Sqlite(path.into())));
        }
        let postgres: Database = "postgres://u:secret@h/d?sslmode=require".parse().unwrap();
        assert_eq!(postgres.to_string(), "postgres://h:5432/d");
        assert!(!format!("{postgres:?}").contains("secret"), "{postgres:?}");
        for (text, message) in [
            ("sqlite:", "`sqlite:` names no database: the path is missing"),
            ("mysql://h", "`mysql://h` names no database: it does not begin with a known kind"),
            (
                "postgres://u:secret@h/d?password=secret&x=1",
                "`postgres://…@h/d` names no database: unknown parameter `x`",
            ),
            (
                "postgres:u:secret@h/d",
                "`postgres:…@h/d` names no database: it does not begin with `postgres://`",
            ),
        ] {
            let error = text.parse::<Database>().unwrap_err().to_string();
            assert!(error.starts_with(message) && !error.contains("secret"), "{error}");
        }
    }
}
