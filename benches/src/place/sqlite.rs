//! An SQLite file: how it is named, asked, and how much it has written.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{Written, syncs};

fn file(folder: &Path) -> PathBuf {
    folder.join("state.db")
}

/// As `--database` names it.
pub(super) fn url(folder: &Path) -> String {
    format!("sqlite:{}", file(folder).display())
}

/// Transactions by the counter that the write-ahead log's index has for them (bytes 8 to 11 of its header), and the
/// syncs of this process. The index goes when the last connection closes, and counts from 0 again.
pub(super) fn written(folder: &Path) -> anyhow::Result<Written> {
    let mut index = file(folder).into_os_string();
    index.push("-shm");
    let transactions = match fs::read(&index) {
        Ok(bytes) => {
            let counter = bytes.get(8..12).context("the index of the write-ahead log is too short")?;
            u32::from_ne_bytes(counter.try_into()?).into()
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error.into()),
    };
    Ok(Written { transactions, syncs: syncs::so_far() })
}

/// A connection that only reads what others write.
pub(crate) struct Connection(SqliteConnection);

impl Connection {
    pub(super) async fn open(folder: &Path) -> anyhow::Result<Self> {
        let options = SqliteConnectOptions::new().filename(file(folder));
        Ok(Self(SqliteConnection::connect_with(&options).await?))
    }

    /// The one number that a query answers.
    pub(crate) async fn number(&mut self, sql: &str) -> anyhow::Result<i64> {
        let query = sqlx::query_scalar(AssertSqlSafe(sql));
        query.fetch_one(&mut self.0).await.with_context(|| format!("failed to ask `{sql}`"))
    }

    pub(super) async fn close(self) -> anyhow::Result<()> {
        Ok(self.0.close().await?)
    }
}
