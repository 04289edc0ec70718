//! The database's files as a crash would leave them, and whether they are sound.

use std::{fs, path::Path};

use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

/// Copies what belongs to a database: the file and its log. Nobody must be writing.
pub(super) fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).expect("the database can be copied");
    let log = |path: &Path| {
        let mut name = path.as_os_str().to_owned();
        name.push("-wal");
        name
    };
    fs::copy(log(from), log(to)).expect("its log can be copied");
}

/// Fails the test unless SQLite finds nothing wrong with the file. No host has it.
#[track_caller]
pub(super) fn expect_sound(database: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let found: Vec<String> = runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(database);
        let mut connection = SqliteConnection::connect_with(&options).await.expect("the file can be opened");
        let found = sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&mut connection).await;
        connection.close().await.expect("the file can be closed");
        found.expect("the file can be checked")
    });
    assert_eq!(found, ["ok"], "{} is damaged", database.display());
}
