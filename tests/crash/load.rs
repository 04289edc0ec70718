//! The same load without a kill: 200 registries of 50 adds each, all at once, exact to the last gift.

use super::ledger::{Ledger, item};
use crate::{
    registry::Registry,
    support::{Request, Scene, until},
};

const REGISTRIES: usize = 200;
const ADDS: usize = 50;
/// Guests per registry; each gives its share in order.
const GUESTS: usize = 2;
const CONNECTIONS: usize = 40;

#[test]
fn two_hundred_registries_of_fifty_adds_lose_nothing() {
    let scene = Scene::new();
    let host = scene.start();
    let ids: Vec<String> = (0..REGISTRIES).map(|_| Registry::just_open(&host).id).collect();
    for id in &ids {
        host.durable().wait_for(id, "Running");
    }

    // Each connection carries some guests in turn: number 0 of each, then number 1 of each, and so on.
    let guests: Vec<(usize, usize)> =
        (0..REGISTRIES).flat_map(|registry| (0..GUESTS).map(move |guest| (registry, guest))).collect();
    std::thread::scope(|scope| {
        for connection in 0..CONNECTIONS {
            let (host, ids, guests) = (&host, &ids, &guests);
            scope.spawn(move || {
                let mut client = host.client();
                for number in 0..ADDS / GUESTS {
                    for (registry, guest) in guests.iter().skip(connection).step_by(CONNECTIONS) {
                        let path = format!("/api/Add/{}?item={}", ids[*registry], item((*guest, number)));
                        let request = Request::new(host.address(), "GET", path);
                        client.send(&request).expect("the host answers").expect_text(200, "");
                    }
                }
            });
        }
    });

    let mut ledger = Ledger::default();
    for gift in (0..GUESTS).flat_map(|guest| (0..ADDS / GUESTS).map(move |number| (guest, number))) {
        ledger.acknowledge(gift);
    }
    for id in &ids {
        let registry = Registry { host: &host, id: id.clone() };
        let items = until("all gifts to be listed", || {
            let items = registry.items();
            if items.len() >= ADDS { Ok(items) } else { Err(format!("{} items", items.len())) }
        });
        ledger.audit(&items);
    }
    let expected = format!(r#"{{"registryCount":{REGISTRIES},"itemsCount":{}}}"#, REGISTRIES * ADDS);
    until("the statistics to be complete", || {
        let stats = host.get("/api/Stats").send().expect(200).text();
        if stats == expected { Ok(()) } else { Err(stats) }
    });
}
