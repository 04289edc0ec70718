//! A registry outlives its host: killed and started again, it keeps its items and closes on time.

use std::time::{Duration, Instant};

use serde_json::json;

use super::steps::{Registry, wait_for_stats};
use crate::support::Scene;

on_every_worker!(
    killed_at_two_fifths_of_the_window_it_closes_on_time,
    down_past_the_end_of_the_window_it_closes_on_start,
    finished_while_nobody_ran_the_code_it_closes_on_start,
    a_closed_registry_stays_closed_over_a_restart,
    killed_on_the_wall_clock_it_closes_on_time,
);

fn killed_at_two_fifths_of_the_window_it_closes_on_time(scene: Scene) {
    let scene = scene.clock_at("2026-01-01T00:00:00Z");
    let host = scene.start();
    let before = Registry::open(&host);
    before.add("Commodore 64");
    before.add("Zork Trilogy");
    host.advance("00:02:00");
    before.expect_open();
    let id = before.id.clone();
    host.kill();

    let scene = scene.clock_at("2026-01-01T00:02:00Z");
    let host = scene.start();
    let registry = Registry { host: &host, id };
    registry.expect_open();
    registry.wait_for_items(&["Commodore 64", "Zork Trilogy"]);
    wait_for_stats(&host, 1, 2);
    registry.add("Dune Movie Poster");
    host.advance("00:02:59");
    registry.expect_open();
    host.advance("00:00:01");
    assert_eq!(registry.wait_for_close(), json!(false));
    registry.wait_for_items(&["Commodore 64", "Zork Trilogy", "Dune Movie Poster"]);
    wait_for_stats(&host, 1, 3);
}

fn down_past_the_end_of_the_window_it_closes_on_start(scene: Scene) {
    let scene = scene.clock_at("2026-01-01T00:00:00Z");
    let host = scene.start();
    let before = Registry::open(&host);
    before.add("Lava Lamp");
    before.wait_for_items(&["Lava Lamp"]);
    host.advance("00:02:00");
    let id = before.id.clone();
    host.kill();

    let scene = scene.clock_at("2026-01-01T00:10:00Z");
    let host = scene.start();
    let registry = Registry { host: &host, id };
    assert_eq!(registry.wait_for_close(), json!(false));
    registry.wait_for_items(&["Lava Lamp"]);
    let text = format!("Instance {} is not active.", registry.id);
    registry.try_add("too late").expect_text(400, &text);
}

/// The owner's word is acknowledged and the host dies before, while or after it is worked on: it counts.
fn finished_while_nobody_ran_the_code_it_closes_on_start(scene: Scene) {
    let mut host = scene.start();
    for _ in 0..3 {
        let registry = Registry::open(&host);
        registry.try_finish().expect(200);
        let id = registry.id.clone();
        host.kill();
        host = scene.start();
        let registry = Registry { host: &host, id };
        assert_eq!(registry.wait_for_close(), json!(true));
    }
    wait_for_stats(&host, 3, 0);
}

fn a_closed_registry_stays_closed_over_a_restart(scene: Scene) {
    let host = scene.start();
    let registry = Registry::open(&host);
    registry.add("Lava Lamp");
    registry.wait_for_items(&["Lava Lamp"]);
    registry.try_finish().expect(200);
    assert_eq!(registry.wait_for_close(), json!(true));
    let id = registry.id.clone();
    host.kill();

    let host = scene.start();
    let registry = Registry { host: &host, id };
    assert_eq!(registry.wait_for_close(), json!(true));
    registry.wait_for_items(&["Lava Lamp"]);
}

fn killed_on_the_wall_clock_it_closes_on_time(scene: Scene) {
    const WINDOW: Duration = Duration::from_secs(2);

    let scene = scene.setting("RegistryOpenSeconds", WINDOW.as_secs());
    let host = scene.start();
    let asked = Instant::now();
    let before = Registry::open(&host);
    let opened = Instant::now();
    before.add("Commodore 64");
    let id = before.id.clone();
    host.kill();

    let host = scene.start();
    let ready = Instant::now();
    let registry = Registry { host: &host, id };
    assert_eq!(registry.wait_for_close(), json!(false));
    let closed = Instant::now();
    // Status times have whole seconds; the two clocks of this process are exact.
    assert!(closed - asked >= WINDOW, "closed early: after {:?}", closed - asked);
    let due = ready.max(opened + WINDOW);
    assert!(closed < due + Duration::from_secs(2), "closed late: {:?} past its time", closed - due);
    registry.wait_for_items(&["Commodore 64"]);
}
