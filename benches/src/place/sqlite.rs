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

/// A connection beside those of the host.
pub(crate) struct Connection {
    inner: SqliteConnection,
    file: PathBuf,
}

impl Connection {
    pub(super) async fn open(folder: &Path) -> anyhow::Result<Self> {
        Self::connect(folder, SqliteConnectOptions::new()).await
    }

    /// One for writing much at once: what is lost when the power fails is made again.
    pub(super) async fn open_to_fill(folder: &Path) -> anyhow::Result<Self> {
        let options = SqliteConnectOptions::new()
            .foreign_keys(false)
            .pragma("synchronous", "OFF")
            .pragma("cache_size", "-262144");
        Self::connect(folder, options).await
    }

    async fn connect(folder: &Path, options: SqliteConnectOptions) -> anyhow::Result<Self> {
        let file = file(folder);
        Ok(Self { inner: SqliteConnection::connect_with(&options.filename(&file)).await?, file })
    }

    /// The one number that a query answers.
    pub(crate) async fn number(&mut self, sql: &str) -> anyhow::Result<i64> {
        let query = sqlx::query_scalar(AssertSqlSafe(sql));
        query.fetch_one(&mut self.inner).await.with_context(|| format!("failed to ask `{sql}`"))
    }

    /// All numbers that a query answers, one in a row.
    pub(crate) async fn many_numbers(&mut self, sql: &str) -> anyhow::Result<Vec<i64>> {
        let query = sqlx::query_scalar(AssertSqlSafe(sql));
        query.fetch_all(&mut self.inner).await.with_context(|| format!("failed to ask `{sql}`"))
    }

    /// The columns of a table.
    pub(crate) async fn columns(&mut self, table: &str) -> anyhow::Result<Vec<String>> {
        let query = sqlx::query_scalar("SELECT name FROM pragma_table_info($1)").bind(table);
        Ok(query.fetch_all(&mut self.inner).await?)
    }

    /// Runs statements in one transaction.
    pub(crate) async fn transact(&mut self, statements: &[String]) -> anyhow::Result<()> {
        let mut transaction = self.inner.begin_with("BEGIN IMMEDIATE").await?;
        for sql in statements {
            sqlx::raw_sql(AssertSqlSafe(sql.as_str()))
                .execute(&mut *transaction)
                .await
                .with_context(|| format!("failed to do `{sql}`"))?;
        }
        Ok(transaction.commit().await?)
    }

    /// A table of the numbers from 0 on, so many, in the column `n`.
    pub(crate) fn numbers(count: u64) -> String {
        format!(
            "(WITH RECURSIVE counted (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted LIMIT {count})
              SELECT n FROM counted)"
        )
    }

    /// An expression for a number as 32 hexadecimal digits.
    pub(crate) fn hex(number: &str) -> String {
        format!("printf('%032x', {number})")
    }

    /// After much was written: all of it is on the disk, so that nobody else waits for it later.
    pub(crate) async fn filled(mut self) -> anyhow::Result<()> {
        sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut self.inner).await?;
        self.inner.close().await?;
        Ok(fs::File::open(self.file)?.sync_all()?)
    }

    /// Ends it.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        Ok(self.inner.close().await?)
    }
}
