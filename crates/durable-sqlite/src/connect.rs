//! How connections are opened, and what is checked before one may write.

use sqlx::{
    ConnectOptions, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};

use crate::{error::OpenError, options::Options, schema};

/// The write-ahead log is cut back to this size after somebody kept it from being reused for long.
const LOG_BYTES: u64 = 64 * 1024 * 1024;

/// Where a script finds the fence: `INSERT INTO fence` with two values that differ ends the transaction.
const FENCE: &str = "
    CREATE TEMP VIEW fence (found, wanted) AS SELECT 0, 0;
    CREATE TEMP TRIGGER fenced INSTEAD OF INSERT ON fence WHEN NEW.found IS NOT NEW.wanted
    BEGIN SELECT RAISE(ROLLBACK, 'fenced'); END;
";

/// Opens the file, brings it up to date and checks what durability hangs on. A file that is not for this build is
/// left as it is.
pub(crate) async fn open_writer(options: &Options) -> Result<SqliteConnection, OpenError> {
    let connect = SqliteConnectOptions::new()
        .filename(&options.path)
        .create_if_missing(true)
        .busy_timeout(options.busy_patience())
        .foreign_keys(false)
        .pragma("synchronous", options.synchronous.as_str())
        .pragma("cache_size", format!("-{}", options.writer_cache_kib))
        .pragma("journal_size_limit", LOG_BYTES.to_string())
        .pragma("temp_store", "MEMORY")
        .statement_cache_capacity(256)
        .row_buffer_size(1024)
        .thread_name(|_| "durable-writer".to_owned())
        .disable_statement_logging();
    let failed = |error| OpenError::sqlite(options, &error);
    let mut connection = connect.connect().await.map_err(failed)?;
    schema::migrate(&mut connection, options).await?;
    sqlx::raw_sql("PRAGMA journal_mode = WAL").execute(&mut connection).await.map_err(failed)?;
    sqlx::raw_sql(FENCE).execute(&mut connection).await.map_err(failed)?;
    check_settings(&mut connection, options).await?;
    Ok(connection)
}

/// Reads back what the file is written with: a misspelt or refused setting is not an error to SQLite.
pub(crate) async fn check_settings(
    connection: &mut SqliteConnection,
    options: &Options,
) -> Result<(), OpenError> {
    let failed = |error| OpenError::sqlite(options, &error);
    let level: i64 =
        sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut *connection).await.map_err(failed)?;
    if level != options.synchronous.level() {
        return Err(OpenError::setting(options, "synchronous", options.synchronous, level));
    }
    let journal: String =
        sqlx::query_scalar("PRAGMA journal_mode").fetch_one(connection).await.map_err(failed)?;
    if journal != "wal" {
        return Err(OpenError::setting(options, "journal_mode", "wal", journal));
    }
    Ok(())
}

/// Connections that only read, opened when needed. Each sees what was committed when its statement began.
pub(crate) fn open_readers(options: &Options) -> SqlitePool {
    let connect = SqliteConnectOptions::new()
        .filename(&options.path)
        .read_only(true)
        .busy_timeout(options.busy_patience())
        .foreign_keys(false)
        .thread_name(|number| format!("durable-reader-{number}"))
        .disable_statement_logging();
    SqlitePoolOptions::new()
        .max_connections(options.readers.max(1))
        .min_connections(0)
        .test_before_acquire(false)
        .connect_lazy_with(connect)
}
