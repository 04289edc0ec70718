//! The samples' own tables: one database, in a file or in Postgres, as the setting `SamplesDatabase` says.
//!
//! One pool serves the whole process. It is opened when a function first needs it, and its tables are made then.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use fnhost_sdk::{Context, Result, Settings, bail};
use sqlx::{AnyPool, any::AnyPoolOptions};
use tokio::sync::OnceCell;

/// How long a function waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// What all groups need; each says what its tables are for.
const TABLES: [&[&str]; 2] = [crate::repo_stats::store::TABLES, crate::samples_scraper::store::TABLES];

/// The database. Statements are written for both kinds: `$1` and `ON CONFLICT` are the same in SQLite and Postgres.
///
/// # Errors
/// When it cannot be opened. The next call tries again.
pub async fn pool(settings: &Settings) -> Result<&'static AnyPool> {
    static POOL: OnceCell<AnyPool> = OnceCell::const_new();
    POOL.get_or_try_init(|| open(settings)).await
}

async fn open(settings: &Settings) -> Result<AnyPool> {
    sqlx::any::install_default_drivers();
    let setting = settings.get("SamplesDatabase")?;
    let (url, connections) = match setting.trim() {
        url if url.starts_with("postgres://") || url.starts_with("postgresql://") => (url.to_owned(), 5),
        // A file has one writer; a second connection would only find it locked.
        url => (sqlite_url(url, settings)?, 1),
    };
    let options = AnyPoolOptions::new().max_connections(connections).acquire_timeout(PATIENCE);
    let pool =
        options.connect(&url).await.context("the database of the setting `SamplesDatabase` does not open")?;
    for table in TABLES.into_iter().flatten().copied() {
        // Two hosts that make a table at the same moment: Postgres lets one of them fail. It is there then.
        if sqlx::query(table).execute(&pool).await.is_err() {
            sqlx::query(table).execute(&pool).await.context("a table cannot be made")?;
        }
    }
    Ok(pool)
}

/// The URL of a file that is made where it is missing; a relative path is one below the app's folder.
fn sqlite_url(setting: &str, settings: &Settings) -> Result<String> {
    let Some(path) = setting.strip_prefix("sqlite:") else {
        // Not the value itself: it may hold a password.
        bail!("the setting `SamplesDatabase` names no database; allowed: `sqlite:PATH` or `postgres://…`");
    };
    let path = app_folder(settings).join(path.strip_prefix("//").unwrap_or(path));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    }
    // What a URL would read as something else.
    let path = path.display().to_string().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    Ok(format!("sqlite:{path}?mode=rwc"))
}

/// The folder of this app, as the host says.
pub fn app_folder(settings: &Settings) -> PathBuf {
    settings.find("AzureWebJobsScriptRoot").map_or_else(PathBuf::new, |folder| Path::new(&*folder).to_owned())
}
