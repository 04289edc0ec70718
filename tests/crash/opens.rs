//! Registries opened while the host is killed: their first activity is under way, is run again by the next host,
//! and must find everything there that it needs.

use serde_json::json;

use super::{rounds, volley::until_killed};
use crate::{
    registry::Registry,
    support::{Random, Request, Scene, until},
};

const CLIENTS: usize = 32;

#[test]
fn every_acknowledged_registry_opens_and_closes() {
    let scene = Scene::new();
    let mut random = Random::announced("every_acknowledged_registry_opens_and_closes");
    let mut host = scene.start();
    let mut opened = 0;
    for round in 0..rounds() {
        let title = format!("round {round}");
        let attempts = until_killed(host, &title, &mut random, CLIENTS, |address, _, _| {
            ((), Request::new(address, "GET", "/api/Open"))
        });
        let answers = attempts.into_iter().flatten().filter_map(|attempt| attempt.answer);
        let ids: Vec<String> = answers.map(|answer| answer.expect(200).text()).collect();
        opened += ids.len();

        host = scene.start();
        for id in &ids {
            let registry = Registry { host: &host, id: id.clone() };
            until("the registry to be open after the kill", || {
                let peek = registry.peek();
                if peek["status"] == "Open" && peek["registry"]["id"] == id.as_str() {
                    return Ok(());
                }
                Err(host.durable().status(id, "?showHistory=true").to_string())
            });
            registry.try_finish().expect(200);
        }
        for id in &ids {
            assert_eq!(Registry { host: &host, id: id.clone() }.wait_for_close(), json!(true));
        }
        eprintln!("{title}: all {} acknowledged registries opened and closed", ids.len());
    }
    assert!(opened > 0, "the load never reached the host");
    // What was started and not acknowledged is as sound as the rest.
    let failed = host.durable().list("?runtimeStatus=Failed").expect(200).json();
    assert_eq!(failed, json!([]));
}
