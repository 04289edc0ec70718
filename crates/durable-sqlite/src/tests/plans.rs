//! No statement reads more than the rows it is about, however large the tables have become.

use sqlx::{AssertSqlSafe, Row};

use crate::{
    claim, commit, entities, find, hosts, occurrences, query, suspects, tests::scene::Scene, timers,
};

/// How one statement is run, step by step.
async fn plan(scene: &Scene, statement: &str) -> Vec<String> {
    let store = scene.open().await;
    let mut session = store.database().writer.session().await.unwrap();
    let connection = session.connection().unwrap();
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let steps = sqlx::query(explain).fetch_all(connection).await.unwrap();
    steps.iter().map(|step| step.get("detail")).collect()
}

/// Walking an argument is no reading of a table.
fn reads_a_table(step: &str) -> bool {
    step.starts_with("SCAN") && !step.contains("VIRTUAL TABLE") && !step.contains("CONSTANT ROW")
}

#[tokio::test]
async fn commits_find_their_rows_by_key() {
    let scene = Scene::new();
    for statement in commit::all_statements() {
        for step in plan(&scene, statement).await {
            assert!(!reads_a_table(&step) && !step.contains("(hub=?)"), "{step} in {statement}");
        }
    }
}

#[tokio::test]
async fn trials_find_their_rows_by_key() {
    let scene = Scene::new();
    for statement in suspects::STATEMENTS {
        for step in plan(&scene, statement).await {
            // One row, read by key before.
            let is_of_a_query = step.starts_with("SCAN last") || step.starts_with("SCAN (subquery");
            assert!(is_of_a_query || !reads_a_table(&step), "{step} in {statement}");
        }
    }
}

#[tokio::test]
async fn lists_read_a_range() {
    let scene = Scene::new();
    for statement in query::STATEMENTS
        .into_iter()
        .chain(hosts::STATEMENTS)
        .chain(entities::STATEMENTS)
        .chain([timers::TIMERS])
    {
        for step in plan(&scene, statement).await {
            assert!(!reads_a_table(&step) && !step.contains("(hub=?)"), "{step} in {statement}");
            assert!(!step.contains("TEMP B-TREE"), "{step} in {statement}");
        }
    }
}

#[tokio::test]
async fn finished_instances_and_children_are_found_by_their_own_index() {
    let scene = Scene::new();
    for (statement, index) in find::STATEMENTS.into_iter().zip([
        "INDEX instances_finished (hub=? AND status=? AND updated_at>? AND updated_at<?)",
        "INDEX instances_by_parent (<expr>=? AND rowid>?)",
    ]) {
        let steps = plan(&scene, statement).await.join("; ");
        assert!(steps.contains(index) && !steps.contains("TEMP B-TREE"), "{steps}");
    }
}

#[tokio::test]
async fn claims_walk_the_queues_in_order() {
    let scene = Scene::new();
    let [look, waiting, instances, tasks, release] = claim::STATEMENTS;
    let steps = plan(&scene, waiting).await.join("; ");
    assert!(steps.contains("SCAN message;") && !steps.contains("TEMP B-TREE"), "{steps}");
    let steps = plan(&scene, tasks).await.join("; ");
    assert!(steps.contains("INDEX tasks_waiting (hub=?)") && !steps.contains("TEMP B-TREE"), "{steps}");
    for statement in [look, instances, release] {
        let steps = plan(&scene, statement).await;
        assert!(!steps.iter().any(|step| reads_a_table(step)), "{steps:?}");
    }
}

#[tokio::test]
async fn occurrences_are_found_by_key() {
    let scene = Scene::new();
    for statement in occurrences::all_statements() {
        for step in plan(&scene, statement).await {
            // What a query has put together from an argument, row by row.
            let is_of_an_argument = ["SCAN new", "SCAN looked", "SCAN ranked", "SCAN (subquery"]
                .iter()
                .any(|own| step.starts_with(own));
            assert!(is_of_an_argument || !reads_a_table(&step), "{step} in {statement}");
        }
    }
}
