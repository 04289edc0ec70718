//! Which store, from the host file or `--database`, opened.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
};

use durable_core::store::Store;
use durable_sqlite::{Options, SqliteStore, Synchronous};

use crate::config::{
    DurableConfig,
    host_file::{StorageConfig, Synchronous as Wanted},
};

/// A place for state, as `--database` names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// `sqlite:PATH`
    Sqlite(PathBuf),
}

/// A text that names no database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` names no database: {why}; allowed: sqlite:PATH, such as sqlite:/var/lib/app/state.db")]
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
            Some(("postgres" | "postgresql", _)) => invalid("this version has no Postgres store yet"),
            _ => invalid("it does not begin with a known kind"),
        }
    }
}

/// What stands between `//` and `@` may be a secret.
fn without_password(text: &str) -> String {
    match (text.find("//"), text.rfind('@')) {
        (Some(from), Some(to)) if from + 2 < to => format!("{}//…{}", &text[..from], &text[to..]),
        _ => text.to_owned(),
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
        }
    }
}

/// Opens the store of the app's task hub.
///
/// # Errors
/// The file is locked by another host, cannot be read, is on a network file system, …; or the host file asks for a
/// store that this version does not have.
pub async fn open_store(
    config: &DurableConfig,
    app: &Path,
    database: Option<&Database>,
) -> anyhow::Result<(Arc<dyn Store>, Database)> {
    let (path, synchronous) = match (database, config.storage()) {
        (Some(Database::Sqlite(path)), StorageConfig::Sqlite { synchronous, .. }) => {
            (path.clone(), *synchronous)
        }
        (Some(Database::Sqlite(path)), StorageConfig::Postgres { .. }) => (path.clone(), Wanted::Full),
        (None, StorageConfig::Sqlite { path, synchronous }) => (path.clone(), *synchronous),
        (None, StorageConfig::Postgres { .. }) => anyhow::bail!(
            "{} asks for storageProvider type `postgres`, which this version does not have yet; allowed: `sqlite`",
            app.join("host.toml").display()
        ),
    };
    let synchronous = match synchronous {
        Wanted::Full => Synchronous::Full,
        Wanted::Normal => Synchronous::Normal,
    };
    let options = Options { synchronous, ..Options::new(path.clone(), config.hub_name()) };
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(options).await?);
    Ok((store, Database::Sqlite(path)))
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
            (
                "postgres://u:secret@h/d",
                "`postgres://…@h/d` names no database: this version has no Postgres store yet",
            ),
        ] {
            let error = text.parse::<Database>().unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
    }
}
