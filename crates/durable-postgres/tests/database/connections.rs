//! Connections that die in the middle of a commit.

use std::time::Duration;

use durable_core::store::{CommitOutcome, StoreError};
use durable_postgres::Options;
use fnhost_protocol::status::RuntimeStatus;
use postgres_testkit::server;

use crate::{
    link::{Link, Wire},
    scene::{Host, Other, send, start, turn},
};

#[tokio::test]
async fn a_commit_whose_session_is_ended_is_not_written_and_can_be_repeated() {
    let url = server().new_database();
    let host = Host::on(Options::new(&url, "hub")).await;
    let key = host.started("a").await;
    let mut other = Other::on(&url).await;
    // The last thing that a commit does is to write into its host's row.
    other.run(&format!("BEGIN; SELECT FROM hosts WHERE id = {} FOR UPDATE", host.lease.host)).await;
    let ((), outcome) = tokio::join!(
        async {
            let process = other.until_a_commit_waits().await;
            other.run(&format!("SELECT pg_terminate_backend({process})")).await;
            other.run("ROLLBACK").await;
        },
        host.commit(turn(key, 0, &[]))
    );
    assert!(
        matches!(&outcome, Err(StoreError::Retry(why)) if why.contains("lost before the commit")),
        "{outcome:?}"
    );
    assert_eq!(host.stored(key).await, Some((0, 0, 1)));
    let repeated = host.commit(turn(key, 0, &[])).await;
    assert!(matches!(repeated, Ok(CommitOutcome::Turn(_))), "{repeated:?}");
    assert_eq!(host.stored(key).await, Some((1, 1, 1)));
}

#[tokio::test]
async fn a_commit_whose_answer_gets_lost_is_found_written() {
    let url = server().new_database();
    let link = Link::to(server().folder());
    let host = Host::on(Options::new(link.url(&url), "hub")).await;
    let key = host.started("a").await;
    link.set(Wire::LosesAnAnswer);
    let outcome = host.batch(vec![turn(key, 0, &[]), send("a")]).await.unwrap();
    let [CommitOutcome::Turn(_), CommitOutcome::Sent(delivery)] = &outcome[..] else { panic!("{outcome:?}") };
    assert_eq!(delivery.key, key);
    assert_eq!(host.stored(key).await, Some((1, 1, 2)));
    // The numbers of batches go on.
    assert!(host.commit(turn(key, 1, &[])).await.is_ok());
}

/// What still is on its way to the server when a commit is given up is not written later on.
#[tokio::test]
async fn a_commit_that_is_still_under_way_is_not_written_after_it_was_given_up() {
    let url = server().new_database();
    let link = Link::to(server().folder());
    let host = Host::on(Options::new(link.url(&url), "hub")).await;
    let key = host.started("a").await;
    let mut other = Other::on(&url).await;
    other.run(&format!("BEGIN; SELECT FROM instances WHERE key = {} FOR UPDATE", key.0)).await;
    let (process, outcome) = tokio::join!(
        async {
            let process = other.until_a_commit_waits().await;
            link.cut().await;
            link.set(Wire::Whole);
            process
        },
        host.commit(turn(key, 0, &[]))
    );
    assert!(matches!(&outcome, Err(StoreError::Retry(_))), "{outcome:?}");
    // The server has not noticed.
    let waiting = format!("SELECT count(*) FROM pg_locks WHERE pid = {process} AND NOT granted");
    assert_eq!(other.number(&waiting).await, 1);
    other.run("ROLLBACK").await;
    let repeated = host.commit(turn(key, 0, &[])).await;
    assert!(matches!(repeated, Ok(CommitOutcome::Turn(_))), "{repeated:?}");
    assert_eq!(host.stored(key).await, Some((1, 1, 1)));
}

#[tokio::test]
async fn where_the_database_is_gone_the_outcome_is_unknown_and_a_repetition_is_recognised() {
    let url = server().new_database();
    let link = Link::to(server().folder());
    let lease = Duration::from_secs(1);
    let host = Host::on(Options { lease, ..Options::new(link.url(&url), "hub") }).await;
    let (key, other) = (host.started("a").await, host.key().await);
    link.set(Wire::LosesAnAnswerAndEnds);
    let batch = || vec![turn(key, 0, &["a"]), start(other, "b")];
    let outcome = host.batch(batch()).await;
    assert!(outcome.as_ref().is_err_and(StoreError::is_unknown), "{outcome:?}");
    link.set(Wire::Whole);
    let repeated = host.batch(batch()).await.unwrap();
    assert_eq!(repeated, [CommitOutcome::Fenced, CommitOutcome::Taken(RuntimeStatus::Pending)]);
    assert_eq!(host.stored(key).await, Some((1, 1, 2)));
    assert_eq!(host.stored(other).await, Some((0, 0, 1)));
}
