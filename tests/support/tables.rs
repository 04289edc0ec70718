//! What the sample app's own tables hold, read from the file beside the running host.

use std::path::Path;

use serde_json::Value;
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

/// The rows of a statement that gives one JSON text a row.
pub(crate) fn rows(file: &Path, statement: &'static str) -> Vec<Value> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(file).read_only(true);
        let mut connection = SqliteConnection::connect_with(&options).await.expect("the database is there");
        let rows: Vec<String> =
            sqlx::query_scalar(statement).fetch_all(&mut connection).await.expect("the table is there");
        connection.close().await.expect("a reader can leave");
        rows.iter().map(|row| serde_json::from_str(row).expect("the statement gives JSON")).collect()
    })
}
