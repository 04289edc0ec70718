//! A host that dies half-way.

use std::{collections::HashMap, time::Duration};

use serde_json::json;

use super::stage::Stage;
use crate::support::{Scene, until};

/// How many calls run at once, so at most so many are repeated.
const AT_ONCE: usize = 8;

/// 3
#[test]
fn killed_half_way_it_completes_and_repeats_only_what_was_under_way() {
    let stage = Stage::new(Scene::new(), 120).setting("ScraperCallsAtOnce", AT_ONCE);
    stage.github.set_latency(Duration::from_millis(5));
    let host = stage.start();
    host.durable().start("DownloadSamples_Orchestrator", "all", &json!("run-1")).expect(202);
    until("half of the samples to be asked for", || {
        let asked = stage.github.calls("/repositories/").len();
        if asked >= 60 { Ok(()) } else { Err(format!("{asked} so far")) }
    });
    host.kill();

    let host = stage.start();
    let status = host.durable().wait_for_end("all");
    assert_eq!(status["runtimeStatus"], "Completed", "{status}");
    assert_eq!(stage.samples().len(), 120);
    let mut times: HashMap<String, usize> = HashMap::new();
    for call in stage.github.calls("/repositories/") {
        *times.entry(call.path).or_default() += 1;
    }
    let repeated = times.values().filter(|times| **times > 1).count();
    assert_eq!(times.len(), 120);
    assert!(
        repeated <= AT_ONCE && times.values().all(|times| *times <= 2),
        "{repeated} were asked for again"
    );
}
