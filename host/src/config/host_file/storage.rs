//! `[extensions.durableTask.storageProvider]` as needed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use durable_postgres::{DatabaseUrl, OpenError};

use crate::config::code::Code;
use crate::config::entry::Entries;
use crate::config::problem::Problem;
use crate::config::report::Report;
use crate::config::settings::Settings;
use crate::config::suggest;

use super::build::{count, need};

/// When SQLite waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synchronous {
    /// At every commit.
    Full,
    /// At checkpoints: after a power failure the last commits may be missing, but nothing is half there.
    Normal,
}

/// Where durable state is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorageConfig {
    /// A file of one host.
    Sqlite {
        /// The file; below the app's folder unless it was written as an absolute path.
        path: PathBuf,
        /// When it waits for the disk.
        synchronous: Synchronous,
    },
    /// A database that hosts share.
    Postgres {
        /// The connection string's name: `Settings::connection` has the string.
        connection_name: String,
    },
}

/// On what terms hosts share a Postgres database, wherever it is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresTerms {
    /// The schema of the tables.
    pub schema: String,
    /// Most connections of this host.
    pub max_connections: u32,
    /// How long a silent host keeps its work.
    pub lease: Duration,
}

impl PostgresTerms {
    pub(super) fn build(entries: &Entries) -> Self {
        let path = |name: &str| format!("extensions.durableTask.storageProvider.{name}");
        Self {
            schema: need(entries.text(&path("schemaName"))).to_owned(),
            max_connections: u32::try_from(count(entries, &path("maxConnections"))).unwrap_or(u32::MAX),
            lease: need(entries.span(&path("hostLease")).flatten()),
        }
    }
}

const TYPE: &str = "extensions.durableTask.storageProvider.type";
const CONNECTION: &str = "extensions.durableTask.storageProvider.connectionName";
const PATH: &str = "extensions.durableTask.storageProvider.path";

impl StorageConfig {
    pub(super) fn build(entries: &Entries, settings: &Settings, app: &Path, report: &mut Report) -> Self {
        if need(entries.word(TYPE)) == "postgres" {
            return Self::Postgres { connection_name: connection(entries, settings, report) };
        }
        let synchronous = match need(entries.word("extensions.durableTask.storageProvider.synchronous")) {
            "normal" => Synchronous::Normal,
            _ => Synchronous::Full,
        };
        Self::Sqlite { path: app.join(need(entries.text(PATH))), synchronous }
    }
}

fn connection(entries: &Entries, settings: &Settings, report: &mut Report) -> String {
    let Some(entry) = entries.get(CONNECTION) else {
        if let Some(entry) = entries.get(TYPE) {
            let message = "the store `postgres` needs `connectionName`, which is missing";
            let problem = Problem::error(Code::KeysDisagree, message, entry.at.clone());
            report.push(
                problem
                    .help("add `connectionName`, the name of the setting that holds the connection string"),
            );
        }
        return String::new();
    };
    let name = entry.as_text().unwrap_or_default();
    match settings.connection(name).map(str::parse::<DatabaseUrl>) {
        Some(Ok(_)) => {}
        Some(Err(error)) => {
            let message = "`connectionName` names a setting that is no connection string";
            let found = match &error {
                OpenError::Url { url, why } => format!("`{url}`: {why}"),
                other => other.to_string(),
            };
            let problem = Problem::error(Code::BadValue, message, entry.at.clone()).found(found);
            report.push(problem.allowed(["postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full"]));
        }
        None => {
            let message = "`connectionName` names a setting that is not there";
            let problem =
                Problem::error(Code::SettingMissing, message, entry.at.clone()).found(entry.quoted());
            let known = settings.names().map(|known| known.trim_start_matches("ConnectionStrings__"));
            report.push(problem.maybe_help(suggest::did_you_mean(name, known)).help("add it to `[values]` or `[connectionStrings]` of local.settings.toml, or set it in the environment"));
        }
    }
    name.to_owned()
}
