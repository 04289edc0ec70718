//! Hosts and servers that go away and come back.

use serde_json::json;

use crate::{
    registry::{Registry, wait_for_stats},
    support::Scene,
};

#[test]
fn a_killed_host_goes_on_where_it_was() {
    let scene = Scene::new().on_postgres(&postgres_testkit::server().new_database());
    let host = scene.start();
    let before = Registry::open(&host);
    before.add("Commodore 64");
    before.wait_for_items(&["Commodore 64"]);
    let id = before.id.clone();
    host.kill();

    // What the dead host owned is everybody's once its lease has run out.
    let host = scene.start();
    let registry = Registry { host: &host, id };
    registry.wait_for_items(&["Commodore 64"]);
    registry.add("Zork Trilogy");
    registry.wait_for_items(&["Commodore 64", "Zork Trilogy"]);
    registry.try_finish().expect(200);
    assert_eq!(registry.wait_for_close(), json!(true));
    wait_for_stats(&host, 1, 2);
}

#[test]
fn the_owner_of_running_work_is_killed() {
    let scene = Scene::new().on_postgres(&postgres_testkit::server().new_database());
    let mut host = scene.start();
    for round in 0..2 {
        let id = |n| format!("{round}-{n}");
        for n in 0..10 {
            host.durable().start("E1_HelloSequence", &id(n), &json!(null)).expect(202);
        }
        host.kill();
        host = scene.start();
        for n in 0..10 {
            host.durable().wait_for(&id(n), "Completed");
        }
    }
}

#[test]
fn a_host_outlives_its_server() {
    let server = postgres_testkit::Server::start(&postgres_testkit::Options::default());
    let scene = Scene::new().on_postgres(&server.new_database());
    let host = scene.start();
    let registry = Registry::open(&host);
    registry.add("Lava Lamp");
    registry.wait_for_items(&["Lava Lamp"]);
    for item in ["Dune Movie Poster", "Rubik's Cube"] {
        server.restart();
        registry.add(item);
    }
    registry.wait_for_items(&["Lava Lamp", "Dune Movie Poster", "Rubik's Cube"]);
    registry.try_finish().expect(200);
    assert_eq!(registry.wait_for_close(), json!(true));
}

#[test]
fn a_host_waits_for_a_server_that_starts() {
    let server = postgres_testkit::Server::start(&postgres_testkit::Options::default());
    let scene = Scene::new().on_postgres(&server.new_database());
    server.stop();
    let host = std::thread::scope(|scope| {
        let start = scope.spawn(|| scene.start());
        server.restart();
        start.join().expect("the host comes up")
    });
    host.durable().start("E1_HelloSequence", "one", &json!(null)).expect(202);
    host.durable().wait_for("one", "Completed");
}
