//! How connections are opened, and what is set in each of them.

use std::time::{Duration, Instant};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use durable_core::store::StoreError;

use crate::{
    error::{OpenError, classify, distrust},
    options::Options,
    url,
};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// How to get a connection of this store.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    connect: PgConnectOptions,
    /// What every session is set to, as one text.
    session: String,
    /// Where the database is, for messages.
    pub(crate) place: String,
}

impl Connector {
    /// Reads the connection string.
    pub(crate) fn new(options: &Options) -> Result<Self, OpenError> {
        let connect = url::parse(&options.url)?.disable_statement_logging();
        let place = url::place(&connect);
        Ok(Self { connect, session: session(options), place })
    }

    /// Opens a connection.
    pub(crate) async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let mut connection = PgConnection::connect_with(&self.connect).await?;
        self.set(&mut connection).await?;
        Ok(connection)
    }

    /// Opens a connection to a database that is perhaps about to start.
    pub(crate) async fn connect_with_patience(&self, patience: Duration) -> Result<PgConnection, OpenError> {
        let since = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let why = match self.connect().await {
                Ok(connection) => return Ok(connection),
                Err(error) => match (distrust(&error), classify(&error)) {
                    (Some(why), _) => return Err(OpenError::Untrusted { place: self.place.clone(), why }),
                    (None, StoreError::Retry(why)) => why,
                    (None, source) => return Err(OpenError::Store { place: self.place.clone(), source }),
                },
            };
            let waited = since.elapsed();
            let (place, seconds) = (&self.place, waited.as_secs());
            if waited + pause > patience {
                return Err(OpenError::Unreachable { place: place.clone(), seconds, why });
            }
            tracing::info!(
                "waiting for the database `{place}` for {seconds} of {} seconds: {why}",
                patience.as_secs()
            );
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Connections that are opened when needed.
    pub(crate) fn pool(&self, connections: u32, patience: Duration) -> PgPool {
        let this = self.clone();
        PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(patience)
            .max_lifetime(None)
            .after_connect(move |connection, _| {
                let this = this.clone();
                Box::pin(async move { this.set(connection).await })
            })
            .connect_lazy_with(self.connect.clone())
    }

    async fn set(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        connection.execute(AssertSqlSafe(self.session.clone())).await.map(|_| ())
    }
}

/// A name as SQL takes it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What every session is set to.
///
/// Plans: every statement finds its rows by an index whatever the tables look like at the moment. Queues are empty when
/// they are analysed and full when it matters, so the planner is not asked to guess.
fn session(options: &Options) -> String {
    let milliseconds = options.statement_timeout().as_millis().clamp(100, i32::MAX as u128);
    format!(
        "SET search_path TO {schema};
         SET statement_timeout = {milliseconds};
         SET idle_in_transaction_session_timeout = {milliseconds};
         SET default_transaction_isolation = 'read committed';
         SET client_min_messages = warning;
         SET plan_cache_mode = force_generic_plan;
         SET enable_seqscan = off;
         SET enable_bitmapscan = off;
         SET enable_hashjoin = off;
         SET enable_mergejoin = off;
         SET jit = off;
         SELECT set_config('synchronous_commit', 'on', false)
         WHERE current_setting('synchronous_commit') = 'off'",
        schema = quoted(&options.schema)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted() {
        assert_eq!(quoted("fnhost"), "\"fnhost\"");
        assert_eq!(quoted("a\"; DROP"), "\"a\"\"; DROP\"");
    }
}
