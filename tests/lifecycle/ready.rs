//! From start to ready, and how others can tell.

use std::time::Instant;

use crate::support::{Scene, app_root};

#[test]
fn a_ready_host_says_where_it_listens_and_how_long_it_took() {
    let scene = Scene::new();
    let began = Instant::now();
    let host = scene.start();
    let took = began.elapsed();
    let ready = host.ready();
    let elapsed = ready["elapsedMs"].as_f64().expect("the ready line says how long it took");
    assert!(elapsed > 0.0 && elapsed <= took.as_secs_f64() * 1000.0, "{ready} after {took:?}");
    assert_eq!(ready["url"], format!("http://{}", host.address()));
    eprintln!("start to ready: {elapsed} ms by the host's own clock, {took:?} from outside");
    host.wait_to_say(" ms");
    host.wait_to_say(&host.address().port().to_string());
    for line in host.stdout().lines() {
        assert!(
            serde_json::from_str::<serde_json::Value>(line).is_ok(),
            "stdout is for programs, not for {line:?}"
        );
    }
}

#[test]
fn home_page_and_health_need_no_key() {
    let scene = Scene::new();
    let host = scene.start();
    host.get("/").send().expect(200);
    host.get("/admin/health/live").send().expect(200);
    host.get("/admin/health/ready").send().expect(200);
    host.request("HEAD", "/admin/health/live").send();
    host.get("/admin/health/live").send().expect(200);
}

#[test]
fn the_app_folder_stays_as_it_was() {
    let scene = Scene::new();
    let before = entries();
    let host = scene.start();
    host.post("/orchestrators/E1_HelloSequence").send().expect(202);
    assert_eq!(entries(), before, "with its database elsewhere a host writes nothing into the app");
}

/// Names in the folder in which a host keeps an app's state by default.
fn entries() -> Vec<String> {
    let Ok(listing) = std::fs::read_dir(app_root().join(".fnhost")) else { return Vec::new() };
    let mut names: Vec<_> =
        listing.map(|entry| entry.expect("a readable folder").path().display().to_string()).collect();
    names.sort();
    names
}
