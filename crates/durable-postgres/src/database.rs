//! One open database: the connections of a store and what they are for.
//!
//! ```text
//! writer    1      commits, one after the other                     commit
//! pulse     1      heartbeats and notifications: never in a queue   renew, announce
//! pool      ≤ n    everything else                                  claim, load, query, …
//! ears      1      LISTEN                                           news
//! ```

use std::time::Duration;

use sqlx::{PgConnection, PgPool};

use durable_core::store::StoreError;

use crate::{
    commit::RowTypes,
    connect::Connector,
    error::{OpenError, classify},
    options::Options,
    pooler, schema, url,
    writer::Writer,
};

/// In bytes: Postgres cuts longer names off.
const LONGEST_NAME: usize = 63;

/// What a store works with.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) writer: Writer,
    pub(crate) pulse: PgPool,
    pub(crate) pool: PgPool,
    pub(crate) ears: PgPool,
    /// The types that rows of a commit have in this schema.
    pub(crate) types: RowTypes,
    /// The schema's number, which no other schema of the database has.
    pub(crate) schema: i64,
    pub(crate) lease: Duration,
    /// Where it is, for messages.
    pub(crate) place: String,
}

impl Database {
    /// Waits for the database, brings its schema up to date and reads what is needed.
    pub(crate) async fn open(options: &Options) -> Result<Self, OpenError> {
        if options.schema.is_empty() || options.schema.len() > LONGEST_NAME {
            return Err(OpenError::SchemaName { name: options.schema.clone() });
        }
        let connector = Connector::new(options)?;
        url::check_files(&options.url).await?;
        let place = connector.place.clone();
        let failed = |error: sqlx::Error| OpenError::postgres(&connector.place, &error);
        let mut first = connector.connect_with_patience(options.patience).await?;
        let mut second = connector.connect().await.map_err(failed)?;
        if pooler::sessions_are_shared(&mut first, &mut second).await.map_err(failed)? {
            return Err(OpenError::TransactionPooler { place });
        }
        sqlx::Connection::close(second).await.map_err(failed)?;
        schema::migrate(&mut first, options, &place).await?;
        let types = RowTypes::read(&mut first, &options.schema).await.map_err(failed)?;
        let schema = schema_number(&mut first, &options.schema).await.map_err(failed)?;
        let patience = options.statement_timeout();
        Ok(Self {
            writer: Writer::new(first, connector.clone(), options.lease),
            pulse: connector.pool(1, patience),
            pool: connector.pool(options.max_connections.saturating_sub(3).max(1), patience),
            ears: connector.pool(1, patience),
            types,
            schema,
            lease: options.lease,
            place,
        })
    }

    /// Finishes all writing and closes all connections.
    pub(crate) async fn close(&self) -> Result<(), StoreError> {
        self.ears.close().await;
        self.pulse.close().await;
        self.pool.close().await;
        self.writer.close().await.map_err(|error| classify(&error))
    }
}

async fn schema_number(connection: &mut PgConnection, name: &str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT oid::int8 FROM pg_namespace WHERE nspname = $1")
        .bind(name)
        .fetch_one(connection)
        .await
}
