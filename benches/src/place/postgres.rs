//! A Postgres server of the benchmark's own: how its databases are made, asked, and how much it has written.

use std::{sync::OnceLock, time::Duration};

use anyhow::{Context as _, ensure};
use futures_util::future::BoxFuture;
use postgres_testkit::{Options, Server};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, postgres::PgConnectOptions};

use super::{Connection, Written};

/// Where the store's tables are.
const SCHEMA: &str = "fnhost";

/// What a commit's durability hangs on, and whether it must be what.
const DURABLE: [(&str, &str); 3] =
    [("fsync", "on"), ("synchronous_commit", "on"), ("full_page_writes", "on")];

/// Started at the first call; ends with this process.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(&Options { durable: true, ..Options::default() }))
}

/// The URL of a new, empty database.
pub(super) fn new_database() -> String {
    server().new_database()
}

/// Removes a database that this process has made.
pub(super) fn remove_database(url: &str) {
    let name = url.rsplit('/').find_map(|part| part.split_once("?host=")).map(|(name, _)| name);
    if let Some(name) = name {
        server().sql("postgres", &format!("DROP DATABASE {name} WITH (FORCE)"));
    }
}

/// The server's first process.
pub(super) fn pid() -> anyhow::Result<u32> {
    let file = server().sql("postgres", "SELECT pg_read_file('postmaster.pid')");
    let pid = file.lines().next().context("an empty postmaster.pid")?;
    Ok(pid.parse()?)
}

/// Transactions by the numbers that were given out to them (those that only read get none), and syncs of the log.
pub(super) async fn written(url: &str) -> anyhow::Result<Written> {
    let mut connection = Connected::connect(url.parse::<PgConnectOptions>()?).await?;
    for (setting, wanted) in DURABLE {
        let sql = format!("SHOW {setting}");
        let found: String = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut connection.0).await?;
        ensure!(found == wanted, "{setting} is {found} instead of {wanted}");
    }
    let transactions = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint";
    let written = Written {
        transactions: connection.number(transactions).await?.try_into()?,
        syncs: connection.number("SELECT wal_sync FROM pg_stat_wal").await?.try_into()?,
    };
    connection.0.close().await?;
    Ok(written)
}

/// Waits until whoever has written is gone: a process of the server tells what it did once a second, and when it ends.
pub(super) async fn writers_gone(url: &str) -> anyhow::Result<()> {
    const OTHERS: &str = "
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()";
    let mut connection = Connected::open(url).await?;
    for _ in 0..1_000 {
        if connection.number(OTHERS).await? == 0 {
            return Ok(connection.0.close().await?);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    anyhow::bail!("somebody is still connected to the database of a run that is over")
}

/// A connection beside those of hosts.
pub(super) struct Connected(PgConnection);

impl Connected {
    pub(super) async fn open(url: &str) -> anyhow::Result<Self> {
        Self::connect(url.parse::<PgConnectOptions>()?).await
    }

    /// For writing much at once: what is lost when the power fails is made again.
    pub(super) async fn open_to_fill(url: &str) -> anyhow::Result<Self> {
        Self::connect(url.parse::<PgConnectOptions>()?.options([("synchronous_commit", "off")])).await
    }

    async fn connect(options: PgConnectOptions) -> anyhow::Result<Self> {
        Ok(Self(PgConnection::connect_with(&options.options([("search_path", SCHEMA)])).await?))
    }
}

impl Connection for Connected {
    fn number<'a>(&'a mut self, sql: &'a str) -> BoxFuture<'a, anyhow::Result<i64>> {
        Box::pin(async move {
            // Sums are of a wider type.
            let query = sqlx::query_scalar(AssertSqlSafe(format!("SELECT ({sql})::bigint")));
            query.fetch_one(&mut self.0).await.with_context(|| format!("failed to ask `{sql}`"))
        })
    }

    fn numbers<'a>(&'a mut self, sql: &'a str) -> BoxFuture<'a, anyhow::Result<Vec<i64>>> {
        let query = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut self.0);
        Box::pin(async move { query.await.with_context(|| format!("failed to ask `{sql}`")) })
    }

    fn columns<'a>(&'a mut self, table: &'a str) -> BoxFuture<'a, anyhow::Result<Vec<String>>> {
        let query = sqlx::query_scalar(
            "SELECT column_name::text FROM information_schema.columns
             WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position",
        );
        Box::pin(async move { Ok(query.bind(SCHEMA).bind(table).fetch_all(&mut self.0).await?) })
    }

    fn transact<'a>(&'a mut self, statements: &'a [String]) -> BoxFuture<'a, anyhow::Result<()>> {
        Box::pin(async move {
            let mut transaction = self.0.begin().await?;
            for sql in statements {
                let done = sqlx::raw_sql(AssertSqlSafe(sql.as_str())).execute(&mut *transaction).await;
                done.with_context(|| format!("failed to do `{sql}`"))?;
            }
            Ok(transaction.commit().await?)
        })
    }

    /// As the server itself does in time.
    fn filled(mut self: Box<Self>) -> BoxFuture<'static, anyhow::Result<()>> {
        Box::pin(async move {
            for sql in ["VACUUM (ANALYZE)", "CHECKPOINT"] {
                sqlx::raw_sql(sql).execute(&mut self.0).await?;
            }
            Ok(self.0.close().await?)
        })
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, anyhow::Result<()>> {
        Box::pin(async move { Ok(self.0.close().await?) })
    }

    fn inputs_after(&self, key: i64) -> String {
        format!("SELECT count(*) FROM instances WHERE key > {key} AND input IS NOT NULL")
    }

    fn counted(&self, count: u64) -> String {
        format!("(SELECT n FROM generate_series(0, {count} - 1) AS counted (n)) AS counted")
    }

    fn hex(&self, number: &str) -> String {
        format!("lpad(to_hex({number}), 32, '0')")
    }
}
