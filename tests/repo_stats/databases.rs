//! Where documents are kept, and that each is kept and counted once.

use serde_json::json;

use super::stage::{Stage, names, run, start_run};
use crate::support::{Scene, until};

#[test]
fn postgres_holds_the_same_documents() {
    let server = postgres_testkit::server();
    let url = server.new_database();
    let stage = Stage::few(Scene::new(), 5)
        .setting("SamplesDatabase", &url)
        .setting("CosmosDB_ServerlessMode", "true");
    let host = stage.start();
    run(&host);
    run(&host);
    let database = database_of(&url);
    let ask = |statement: &str| server.sql(database, statement).trim().to_owned();
    assert_eq!(ask("SELECT count(*), sum(stars), bool_or(is_archived) FROM repo_stats"), "10|300|t");
    let runs = "SELECT count(DISTINCT id), sum(total_created_count), max(created_list) FROM repo_stats_runs";
    assert_eq!(ask(runs), "2|10|o/r-0,o/r-1,o/r-2,o/r-3,o/r-4");
}

#[test]
fn a_database_that_comes_later_is_found_by_the_next_run() {
    let server = postgres_testkit::Server::start(&postgres_testkit::Options::default());
    let url = server.new_database();
    server.stop();
    let stage = Stage::few(Scene::new(), 1).setting("SamplesDatabase", &url);
    let host = stage.start();
    assert_eq!(run(&host), "Failed to obtain runId for current run");
    server.restart();
    assert_eq!(run(&host), "email sent via sendgrid");
    assert_eq!(server.sql(database_of(&url), "SELECT count(*) FROM repo_stats").trim(), "1");
}

/// The name at the end of a URL.
fn database_of(url: &str) -> &str {
    let path = url.split('?').next().unwrap_or(url);
    path.rsplit('/').next().unwrap_or(path)
}

/// The first of two windows is stored when the host dies: on the next host it counts as created, and is there once.
#[test]
fn killed_while_it_stores_it_stores_and_counts_each_document_once() {
    let stage = Stage::few(Scene::new(), 300)
        .setting("NumberOfReposToQueryPerCall", 300)
        .setting("CosmosDB_ServerlessMode", "false")
        .setting("ThrottleWindowMs", 1500);
    let host = stage.start();
    let id = start_run(&host);
    until("the first window to be stored", || {
        let stored = stage.try_count();
        if (1..300).contains(&stored) { Ok(()) } else { Err(format!("{stored} documents")) }
    });
    host.kill();

    let host = stage.start();
    assert_eq!(host.durable().wait_for_end(&id)["runtimeStatus"], "Completed");
    let info = &stage.runs()[0];
    assert_eq!((&info["totalCreatedCount"], &info["totalFailedCount"]), (&json!(300), &json!(0)), "{info}");
    assert_eq!(
        (names(&info["createdList"]).len(), stage.documents().len(), stage.runs().len()),
        (300, 300, 1)
    );
}
