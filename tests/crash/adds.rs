//! Guests add to registries while the host is killed, again and again, on the same data.

use serde_json::{Value, json};

use super::{
    ledger::{Ledger, item},
    rounds,
    volley::until_killed,
};
use crate::{
    registry::Registry,
    support::{Host, Random, Request, Scene, until},
};

const REGISTRIES: usize = 8;
const GUESTS: usize = 40;

#[test]
fn no_acknowledged_gift_is_lost_and_none_is_counted_twice() {
    let scene = Scene::new();
    let mut random = Random::announced("no_acknowledged_gift_is_lost_and_none_is_counted_twice");
    let mut books: Vec<(String, Ledger)> = Vec::new();
    let mut host = scene.start();
    for round in 0..rounds() {
        let ids: Vec<String> = (0..REGISTRIES).map(|_| open_settled(&host)).collect();
        let title = format!("round {round}");
        let attempts = until_killed(host, &title, &mut random, GUESTS, |address, guest, number| {
            let path = format!("/api/Add/{}?item={}", ids[guest % REGISTRIES], item((guest, number)));
            ((guest, number), Request::new(address, "GET", path))
        });

        let mut ledgers: Vec<Ledger> = ids.iter().map(|_| Ledger::default()).collect();
        for attempt in attempts.into_iter().flatten() {
            let ledger = &mut ledgers[attempt.what.0 % REGISTRIES];
            match attempt.answer {
                Some(answer) => {
                    answer.expect(200);
                    ledger.acknowledge(attempt.what);
                }
                None => ledger.leave_open(attempt.what),
            }
        }
        let acknowledged: usize = ledgers.iter().map(Ledger::acknowledged).sum();
        let open: usize = ledgers.iter().map(Ledger::open).sum();
        eprintln!("{title}: {acknowledged} acknowledged, {open} unanswered");
        books.extend(ids.into_iter().zip(ledgers));

        host = scene.start();
        audit(&host, &books);
        finish_all(&host, &books[books.len() - REGISTRIES..]);
    }
    audit(&host, &books);
    assert!(books.iter().any(|(_, ledger)| ledger.acknowledged() > 0), "the load never reached the host");
    let alive = host.durable().list("?runtimeStatus=Pending,Running,Suspended").expect(200).json();
    assert_eq!(alive, json!([]), "an instance is stuck");
}

/// Opens a registry whose activity is done: only a repeated activity may count one registry twice.
#[track_caller]
fn open_settled(host: &Host) -> String {
    let id = Registry::open(host).id;
    host.durable().wait_until(&id, "to have its list", |status| {
        status["historyEvents"]
            .as_array()
            .is_some_and(|all| all.iter().any(|e| e["EventType"] == "TaskCompleted"))
    });
    id
}

/// Holds every list and the statistics against the books.
#[track_caller]
fn audit(host: &Host, books: &[(String, Ledger)]) {
    let acknowledged: usize = books.iter().map(|(_, ledger)| ledger.acknowledged()).sum();
    // Signals that were stored and not answered may still be on their way: look again until all has come to rest.
    until("lists and statistics to fit the books", || {
        let mut listed = 0;
        for (id, ledger) in books {
            let items = Registry { host, id: id.clone() }.items();
            let missing = ledger.missing(&items);
            if !missing.is_empty() {
                return Err(format!("acknowledged and not listed: {missing:?}"));
            }
            ledger.audit(&items);
            listed += items.len();
        }
        let stats = host.get("/api/Stats").send().expect(200).json();
        assert_eq!(stats["registryCount"], json!(books.len()), "{stats}");
        let counted = stats["itemsCount"].as_u64().unwrap_or_default() as usize;
        // An add is two signals, first the list, then the count; a host that died between them has made one.
        if (acknowledged..=listed).contains(&counted) {
            Ok(())
        } else {
            Err(format!("{acknowledged} acknowledged, {counted} counted, {listed} listed"))
        }
    });
}

#[track_caller]
fn finish_all(host: &Host, books: &[(String, Ledger)]) {
    for (id, _) in books {
        Registry { host, id: id.clone() }.try_finish().expect(200);
    }
    for (id, ledger) in books {
        let registry = Registry { host, id: id.clone() };
        assert_eq!(registry.wait_for_close(), Value::Bool(true));
        ledger.audit(&registry.items());
    }
}
