//! Which store, from the host file or `--database`, opened.

use std::{fmt, path::PathBuf, str::FromStr, sync::Arc, time::Duration};

use durable_core::store::Store;
use durable_postgres::PostgresStore;
use durable_sqlite::{Options, SqliteStore, Synchronous};

use crate::config::{
    DurableConfig,
    host_file::{StorageConfig, Synchronous as Wanted},
    settings::Settings,
};

/// A place for state, as `--database` names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// `sqlite:PATH`
    Sqlite(PathBuf),
    /// `postgres://…`
    Postgres(ConnectionString),
}

/// Where a Postgres database is, and its password. Shown without it.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectionString(String);

impl fmt::Debug for ConnectionString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for ConnectionString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(&self.0))
    }
}

/// A text that names no database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{found}` names no database: {why}; allowed: sqlite:PATH, such as sqlite:/var/lib/app/state.db, and \
     postgres://USER:PASSWORD@HOST/DATABASE"
)]
pub struct InvalidDatabase {
    /// The text, without a password.
    found: String,
    why: &'static str,
}

impl FromStr for Database {
    type Err = InvalidDatabase;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |why| Err(InvalidDatabase { found: without_password(text), why });
        match text.split_once(':') {
            Some(("sqlite", "" | "//")) => invalid("the path is missing"),
            Some(("sqlite", path)) => Ok(Self::Sqlite(path.strip_prefix("//").unwrap_or(path).into())),
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
                Ok(Self::Postgres(ConnectionString(text.to_owned())))
            }
            Some(("postgres" | "postgresql", _)) => invalid("`//` is missing behind the colon"),
            _ => invalid("it does not begin with a known kind"),
        }
    }
}

/// What stands before the `@` may be a secret, and so may parameters be.
fn without_password(text: &str) -> String {
    let parameters = text.find('?').unwrap_or(text.len());
    let kind = text.find("//").map(|at| at + 2).or_else(|| text.find(':').map(|at| at + 1));
    match (kind, text.rfind('@')) {
        // A question mark within a password, or an at sign within a parameter: nobody can tell.
        (Some(from), Some(to)) if to > parameters => format!("{}…", &text[..from.min(parameters)]),
        (Some(from), Some(to)) if from < to => format!("{}…{}", &text[..from], &text[to..parameters]),
        _ => text[..parameters].to_owned(),
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(string) => string.fmt(f),
        }
    }
}

/// Opens the store of the app's task hub. `lease`: how long a silent host keeps what it owns, where hosts share the
/// store and it is not to be as shipped.
///
/// # Errors
/// The file is locked by another host, cannot be read, is on a network file system, …; or the Postgres server cannot be
/// reached or refuses.
pub async fn open_store(
    config: &DurableConfig,
    settings: &Settings,
    database: Option<&Database>,
    lease: Option<Duration>,
) -> anyhow::Result<(Arc<dyn Store>, Database)> {
    let database = match (database, config.storage()) {
        (Some(database), _) => database.clone(),
        (None, StorageConfig::Sqlite { path, .. }) => Database::Sqlite(path.clone()),
        (None, StorageConfig::Postgres { connection_name }) => match settings.connection(connection_name) {
            Some(string) => Database::Postgres(ConnectionString(string.to_owned())),
            None => anyhow::bail!("there is no connection string `{connection_name}`"),
        },
    };
    let store: Arc<dyn Store> = match &database {
        Database::Sqlite(path) => {
            let synchronous = match config.storage() {
                StorageConfig::Sqlite { synchronous: Wanted::Normal, .. } => Synchronous::Normal,
                _ => Synchronous::Full,
            };
            let options = Options { synchronous, ..Options::new(path.clone(), config.hub_name()) };
            Arc::new(SqliteStore::open(options).await?)
        }
        Database::Postgres(string) => {
            let mut options = durable_postgres::Options::new(string.0.as_str(), config.hub_name());
            options.lease = lease.unwrap_or(options.lease);
            Arc::new(PostgresStore::open(options).await?)
        }
    };
    Ok((store, database))
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
        for (text, message) in [
            ("sqlite:", "`sqlite:` names no database: the path is missing"),
            ("mysql://h", "`mysql://h` names no database: it does not begin with a known kind"),
            ("postgres:u:secret@h/d", "`postgres:…@h/d` names no database: `//` is missing behind the colon"),
        ] {
            let error = text.parse::<Database>().unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
        for (text, shown) in [
            ("postgres://u:secret@h/d?password=secret", "postgres://…@h/d"),
            ("postgres://h/d?password=secret", "postgres://h/d"),
            ("postgres://u:secret?secret@h/d", "postgres://…"),
        ] {
            let shared: Database = text.parse().unwrap();
            assert_eq!(shared.to_string(), shown);
            assert!(!format!("{shared:?}").contains("secret"));
        }
    }
}
