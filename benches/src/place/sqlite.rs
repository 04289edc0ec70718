//! An SQLite file: how it is named, asked, and how much it has written.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use futures_util::future::BoxFuture;
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{Connection, Written, syncs};

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
pub(super) struct Connected {
    inner: SqliteConnection,
    file: PathBuf,
}

impl Connected {
    pub(super) async fn open(folder: &Path) -> anyhow::Result<Self> {
        Self::connect(folder, SqliteConnectOptions::new()).await
    }

    /// For writing much at once: what is lost when the power fails is made again.
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
}

impl Connection for Connected {
    fn number<'a>(&'a mut self, sql: &'a str) -> BoxFuture<'a, anyhow::Result<i64>> {
        let query = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut self.inner);
        Box::pin(async move { query.await.with_context(|| format!("failed to ask `{sql}`")) })
    }

    fn numbers<'a>(&'a mut self, sql: &'a str) -> BoxFuture<'a, anyhow::Result<Vec<i64>>> {
        let query = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut self.inner);
        Box::pin(async move { query.await.with_context(|| format!("failed to ask `{sql}`")) })
    }

    fn columns<'a>(&'a mut self, table: &'a str) -> BoxFuture<'a, anyhow::Result<Vec<String>>> {
        let query = sqlx::query_scalar("SELECT name FROM pragma_table_info($1)").bind(table);
        Box::pin(async move { Ok(query.fetch_all(&mut self.inner).await?) })
    }

    fn transact<'a>(&'a mut self, statements: &'a [String]) -> BoxFuture<'a, anyhow::Result<()>> {
        Box::pin(async move {
            let mut transaction = self.inner.begin_with("BEGIN IMMEDIATE").await?;
            for sql in statements {
                let done = sqlx::raw_sql(AssertSqlSafe(sql.as_str())).execute(&mut *transaction).await;
                done.with_context(|| format!("failed to do `{sql}`"))?;
            }
            Ok(transaction.commit().await?)
        })
    }

    fn filled(mut self: Box<Self>) -> BoxFuture<'static, anyhow::Result<()>> {
        Box::pin(async move {
            sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut self.inner).await?;
            self.inner.close().await?;
            Ok(fs::File::open(self.file)?.sync_all()?)
        })
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, anyhow::Result<()>> {
        Box::pin(async move { Ok(self.inner.close().await?) })
    }

    fn inputs_after(&self, key: i64) -> String {
        format!("SELECT count(*) FROM inputs WHERE instance > {key}")
    }

    fn counted(&self, count: u64) -> String {
        format!(
            "(WITH RECURSIVE counted (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted LIMIT {count})
              SELECT n FROM counted)"
        )
    }

    fn hex(&self, number: &str) -> String {
        format!("printf('%032x', {number})")
    }
}
