//! Runs that fail.

use super::stage::Stage;
use crate::support::Scene;

#[test]
fn a_failed_run_is_tried_again_as_its_file_says() {
    let retry = "schedule = \"0 0 * * * *\"\n[retry]\nstrategy = \"fixedDelay\"\nmaxRetryCount = 5\n\
                 delayInterval = \"00:00:30\"";
    let scene = Scene::new().clock_at("2026-01-01T00:30:00Z");
    let stage = Stage::on(scene, &[("Fail", retry), ("A", "schedule = \"0 */30 * * * *\"")]);
    let host = stage.scene.start();
    host.advance("00:30:29");
    assert_eq!(stage.told().iter().filter(|run| run.starts_with("Fail")).count(), 1);
    // A restart forgets no retry that waits.
    host.kill();
    let stage = stage.at("2026-01-01T01:00:29Z");
    let host = stage.scene.start();
    host.advance("00:59:00");
    let told = stage.told();
    let told: Vec<_> = told.iter().filter(|run| run.starts_with("Fail")).collect();
    assert_eq!(told, ["Fail 01:00:00", "Fail 01:00:00 late attempt 2", "Fail 01:00:00 late attempt 3"]);
}

#[test]
fn without_a_policy_the_next_time_is_the_next_try() {
    let scene = Scene::new().clock_at("2026-01-01T00:30:00Z");
    let stage = Stage::on(scene, &[("Fail", "schedule = \"0 0 * * * *\"")]);
    let host = stage.scene.start();
    host.advance("02:00:00");
    assert_eq!(stage.told(), ["Fail 01:00:00", "Fail 02:00:00"]);
    host.wait_to_say("attempt 1 fails");
}
