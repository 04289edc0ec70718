//! Databases that a host cannot use: it says so and ends.

use crate::support::Scene;

/// The exit code of a host that the machine does not let start.
const CANNOT_START: Option<i32> = Some(4);

#[track_caller]
pub(super) fn refused(scene: &Scene) -> String {
    let refused = scene.try_start().err().expect("the host should not have started").expect_failure();
    assert_eq!(refused.code, CANNOT_START, "{}", refused.stderr);
    refused.stderr
}

#[test]
fn a_database_that_is_missing_is_named() {
    let url = postgres_testkit::server().url("nothing_here");
    let text = refused(&Scene::new().on_postgres(&url));
    assert!(text.contains("the database is missing; create it") && text.contains("nothing_here"), "{text}");
}

#[test]
fn a_schema_of_another_program_is_left_alone() {
    let url = postgres_testkit::server().new_database();
    let database = url.split(['/', '?']).nth(3).expect("the URL names a database");
    let server = postgres_testkit::server();
    server.sql(database, "CREATE SCHEMA fnhost; CREATE TABLE fnhost.songs (title text)");
    let text = refused(&Scene::new().on_postgres(&url));
    assert!(text.contains("schema \"fnhost\"") && text.contains("\"songs\""), "{text}");
    assert_eq!(server.sql(database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'fnhost'"), "1");
}

#[test]
fn a_user_who_is_not_let_in_is_told_so() {
    let url = postgres_testkit::server().new_database().replace("postgres@", "somebody:secret@");
    let text = refused(&Scene::new().on_postgres(&url));
    assert!(text.contains("does not let us in") && !text.contains("secret"), "{text}");
}
