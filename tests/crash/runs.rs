//! Orchestrations and signals under way when the host is killed.

use serde_json::json;

use super::{rounds, volley::until_killed};
use crate::{
    hello::GREETINGS,
    support::{BASE, MASTER_KEY, Random, Request, Scene, until},
};

const CLIENTS: usize = 32;

#[test]
fn every_acknowledged_sequence_completes_with_its_exact_output() {
    let scene = Scene::new();
    let mut random = Random::announced("every_acknowledged_sequence_completes_with_its_exact_output");
    let mut host = scene.start();
    for round in 0..rounds() {
        let title = format!("round {round}");
        let attempts = until_killed(host, &title, &mut random, CLIENTS, |address, client, number| {
            let id = format!("r{round}-c{client}-{number}");
            let request =
                Request::new(address, "POST", format!("{BASE}/orchestrators/E1_HelloSequence/{id}"));
            (id, request.key(MASTER_KEY))
        });

        host = scene.start();
        let (mut acknowledged, mut open) = (0, 0);
        for attempt in attempts.into_iter().flatten() {
            if let Some(answer) = attempt.answer {
                answer.expect(202);
                acknowledged += 1;
            } else {
                open += 1;
                let status = host.durable().status(&attempt.what, "");
                if status.status == 404 {
                    continue;
                }
            }
            let status = host.durable().wait_for(&attempt.what, "Completed");
            assert_eq!(status["output"].to_string(), GREETINGS, "{status}");
            assert_eq!(status["historyEvents"].as_array().map(Vec::len), Some(5), "{status}");
        }
        eprintln!("{title}: {acknowledged} acknowledged, {open} unanswered");
    }
}

#[test]
fn every_acknowledged_signal_counts_once() {
    let scene = Scene::new();
    let mut random = Random::announced("every_acknowledged_signal_counts_once");
    let mut host = scene.start();
    let (mut acknowledged, mut open) = (0, 0);
    for round in 0..rounds() {
        let title = format!("round {round}");
        let attempts = until_killed(host, &title, &mut random, CLIENTS, |address, _, _| {
            let request = Request::new(address, "POST", format!("{BASE}/entities/Counter/busy?op=Add"));
            ((), request.key(MASTER_KEY).json(&json!(1)))
        });
        for attempt in attempts.into_iter().flatten() {
            match attempt.answer {
                Some(answer) => {
                    answer.expect(202);
                    acknowledged += 1;
                }
                None => open += 1,
            }
        }
        host = scene.start();
        until("all acknowledged signals to be counted", || {
            let state = host.durable().entity("Counter", "busy").expect(200);
            let value = state.json()["value"].as_u64().unwrap_or_default();
            assert!(value <= acknowledged + open, "{value} of {acknowledged} + {open}: some count twice");
            if value >= acknowledged { Ok(()) } else { Err(format!("{value} of {acknowledged}")) }
        });
        eprintln!("{title}: {acknowledged} acknowledged, {open} unanswered so far");
    }
}
