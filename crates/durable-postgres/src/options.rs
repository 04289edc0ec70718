//! Where the database is and on what terms hosts share it.

use std::{fmt, time::Duration};

/// How to open a [`PostgresStore`](crate::PostgresStore).
#[derive(Clone, PartialEq, Eq)]
pub struct Options {
    /// `postgres://user:password@host:port/database?sslmode=require` and the like.
    pub url: String,
    /// Name of the task hub: a namespace within the schema.
    pub hub: String,
    /// The schema that the tables are in; created when missing. Several apps may share one.
    pub schema: String,
    /// How long a host that is silent keeps what it owns. Statements are given up after a third of it.
    pub lease: Duration,
    /// Most connections: three of them are for commits, for heartbeats and for listening, the others are opened when
    /// they are needed. At least four, whatever stands here.
    pub max_connections: u32,
    /// How long to wait, when opening, for a database that cannot be reached yet.
    pub patience: Duration,
}

impl Options {
    /// A database and a task hub, everything else as recommended.
    pub fn new(url: impl Into<String>, hub: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            hub: hub.into(),
            schema: "fnhost".to_owned(),
            lease: Duration::from_secs(15),
            max_connections: 12,
            patience: Duration::from_secs(60),
        }
    }

    /// After so long the server gives up a statement, and a transaction whose client does nothing. Shorter than a
    /// lease, so that nothing which a host left behind can hold up those who take over from it.
    pub(crate) fn statement_timeout(&self) -> Duration {
        self.lease / 3
    }
}

/// Without the connection string: the password is nobody's business.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url: _, hub, schema, lease, max_connections, patience } = self;
        f.debug_struct("Options")
            .field("hub", hub)
            .field("schema", schema)
            .field("lease", lease)
            .field("max_connections", max_connections)
            .field("patience", patience)
            .finish_non_exhaustive()
    }
}
