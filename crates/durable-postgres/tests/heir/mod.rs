//! What the other hosts do when one has died.

use durable_core::store::{Hosts, Store};
use durable_postgres::PostgresStore;
use postgres_testkit::Server;

/// Lets the lease of a host be over.
pub(crate) fn let_expire(server: &Server, database: &str, schema: &str, host: i64) {
    let sql = format!("UPDATE {schema}.heartbeats SET expires_at = '-infinity' WHERE host = {host}");
    server.sql(database, &sql);
}

/// Takes over what the dead have left, and goes.
pub(crate) async fn take_over(heir: PostgresStore) {
    let lease = heir.register("heir".to_owned()).await.expect("registers");
    heir.take_over(lease).await.expect("takes over");
    heir.deregister(lease).await.expect("leaves");
    heir.close().await.expect("closes");
}
