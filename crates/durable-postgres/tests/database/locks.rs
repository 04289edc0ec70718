//! Locks of others that a commit waits for.

use std::time::Duration;

use durable_core::store::{CommitOutcome, StoreError};
use durable_postgres::Options;
use postgres_testkit::Server;

use crate::scene::{Host, Other, turn};

/// A statement is given up after a third of a lease.
#[tokio::test]
async fn a_commit_that_waits_for_too_long_is_not_written_and_can_be_repeated() {
    let url = postgres_testkit::server().new_database();
    let lease = Duration::from_millis(300);
    let host = Host::on(Options { lease, ..Options::new(&url, "hub") }).await;
    let key = host.started("a").await;
    let mut other = Other::on(&url).await;
    other.run(&format!("BEGIN; SELECT FROM instances WHERE key = {} FOR UPDATE", key.0)).await;
    let outcome = host.commit(turn(key, 0, &[])).await;
    assert!(matches!(&outcome, Err(StoreError::Retry(why)) if why.contains("57014")), "{outcome:?}");
    other.run("ROLLBACK").await;
    assert_eq!(host.stored(key).await, Some((0, 0, 1)));
    let repeated = host.commit(turn(key, 0, &[])).await;
    assert!(matches!(repeated, Ok(CommitOutcome::Turn(_))), "{repeated:?}");
}

#[tokio::test]
async fn a_commit_that_is_chosen_to_end_a_deadlock_is_not_written_and_can_be_repeated() {
    let settings = vec![("deadlock_timeout".to_owned(), "50ms".to_owned())];
    let server = Server::start(&postgres_testkit::Options { settings, ..Default::default() });
    let url = server.new_database();
    let host = Host::on(Options::new(&url, "hub")).await;
    let keys = [host.started("a").await, host.started("b").await, host.started("c").await];
    let lock = |key: usize| format!("SELECT FROM instances WHERE key = {} FOR UPDATE", keys[key].0);
    let (mut gate, mut rival) = (Other::on(&url).await, Other::on(&url).await);
    // The commit locks a and stops at b; then somebody who has c waits for a; then the commit comes to c.
    gate.run(&format!("BEGIN; {}", lock(1))).await;
    rival.run(&format!("SET deadlock_timeout = '1h'; BEGIN; {}", lock(2))).await;
    let (outcome, (), ()) = tokio::join!(
        host.commit(turn(keys[0], 0, &["b", "c"])),
        async {
            rival.until_a_commit_waits().await;
            rival.run(&lock(0)).await;
            rival.run("ROLLBACK").await;
        },
        async {
            gate.until_waiting("query NOT LIKE '%commit_batch%'").await;
            gate.run("ROLLBACK").await;
        }
    );
    assert!(matches!(&outcome, Err(StoreError::Retry(why)) if why.contains("40P01")), "{outcome:?}");
    assert_eq!(host.stored(keys[0]).await, Some((0, 0, 1)));
    let repeated = host.commit(turn(keys[0], 0, &["b", "c"])).await;
    assert!(matches!(repeated, Ok(CommitOutcome::Turn(_))), "{repeated:?}");
    assert_eq!(host.stored(keys[2]).await, Some((0, 0, 2)));
}
