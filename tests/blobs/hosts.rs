//! Two hosts that share a folder and a Postgres database.

use super::scene::Catcher;

#[test]
fn each_version_runs_on_one_of_two_hosts() {
    let url = postgres_testkit::server().new_database();
    let mut catcher = Catcher::catching();
    catcher.scene = catcher.scene.on_postgres(&url);
    let (first, second) = (catcher.start(), catcher.start());
    for number in 0..300 {
        catcher.write(&format!("in/{number}"), "x");
    }
    catcher.wait_for(300);
    // One dies; what it had goes on with the other.
    first.kill();
    for number in 300..400 {
        catcher.write(&format!("in/{number}"), "x");
    }
    catcher.wait_for(400);
    catcher.wait_for_fence("in/fence");
    let counts = catcher.counts();
    assert_eq!(counts.len(), 401);
    second.expect_alive();
    // Nothing ran while the first one died, so nothing ran twice.
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
}
