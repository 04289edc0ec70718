//! Schemas that the store leaves alone.

use durable_postgres::{OpenError, Options, PostgresStore};
use postgres_testkit::server;

use crate::scene::{Host, Other};

#[tokio::test]
async fn a_schema_of_another_program_is_refused_by_name() {
    let url = server().new_database();
    let mut other = Other::on(&url).await;
    other.run("CREATE SCHEMA fnhost; CREATE TABLE fnhost.songs (title text)").await;
    let refused = PostgresStore::open(Options::new(&url, "hub")).await.unwrap_err();
    assert!(matches!(&refused, OpenError::Foreign { table, .. } if table == "songs"), "{refused:?}");
    let text = refused.to_string();
    assert!(text.contains("schema \"fnhost\"") && text.contains("\"songs\""), "{text}");
    let tables =
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'fnhost'::regnamespace AND relkind = 'r'";
    assert_eq!(other.number(tables).await, 1);
}

#[tokio::test]
async fn a_schema_of_a_later_build_is_refused_by_version() {
    let url = server().new_database();
    let host = Host::on(Options::new(&url, "hub")).await;
    let mut other = Other::on(&url).await;
    other.run("INSERT INTO schema_versions (version) VALUES (7654)").await;
    let refused = PostgresStore::open(Options::new(&url, "hub")).await.unwrap_err();
    assert!(matches!(refused, OpenError::NewerSchema { found: 7654, .. }), "{refused:?}");
    let text = refused.to_string();
    assert!(text.contains("has version 7654") && text.contains("start a newer build"), "{text}");
    // Who has it open goes on.
    host.started("a").await;
}
