//! What the registry answers to guests who behave.

use super::steps::{Registry, wait_for_stats};
use crate::support::{Scene, until};

on_every_worker!(
    open_answers_the_bare_id,
    items_are_listed_in_the_order_of_their_adding,
    statistics_count_registries_and_items,
    a_fresh_hub_counts_nothing,
    two_registries_do_not_mix,
    an_add_at_the_first_possible_moment_is_kept,
    two_hundred_concurrent_adds_all_count,
);

fn open_answers_the_bare_id(scene: Scene) {
    let host = scene.start();
    let response = host.get("/api/Open").send().expect(200);
    let id = response.text();
    assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)), "{id:?}");
    let kind = response.header("content-type").expect("the answer says what it is");
    assert!(kind.starts_with("text/plain"), "{kind}");

    let status = host.durable().wait_for(&id, "Running");
    let input = status["input"].as_str().expect("the input is a text");
    assert!(input.starts_with("List opened at "), "{input:?}");
    assert_eq!(status["name"], "RegistryOrchestration");
}

fn items_are_listed_in_the_order_of_their_adding(scene: Scene) {
    let host = scene.start();
    let registry = Registry::open(&host);
    registry.add("Commodore 64");
    registry.add("Zork Trilogy");
    registry.add("Dune Movie Poster");
    registry.wait_for_items(&["Commodore 64", "Zork Trilogy", "Dune Movie Poster"]);

    let peek = host.get(format!("/api/Peek/{}", registry.id)).send();
    let kind = peek.header("content-type").expect("the answer says what it is").to_owned();
    assert!(kind.starts_with("application/json"), "{kind}");
    let expected = format!(
        r#"{{"status":"Open","registry":{{"id":"{}","items":["Commodore 64","Zork Trilogy","Dune Movie Poster"]}}}}"#,
        registry.id
    );
    peek.expect_text(200, &expected);

    registry.add("Zork Trilogy");
    registry.wait_for_items(&["Commodore 64", "Zork Trilogy", "Dune Movie Poster", "Zork Trilogy"]);
}

fn statistics_count_registries_and_items(scene: Scene) {
    let host = scene.start();
    let registry = Registry::open(&host);
    wait_for_stats(&host, 1, 0);
    for item in ["Commodore 64", "Zork Trilogy", "Dune Movie Poster"] {
        registry.add(item);
    }
    wait_for_stats(&host, 1, 3);
    Registry::open(&host).add("Lava Lamp");
    wait_for_stats(&host, 2, 4);
}

fn a_fresh_hub_counts_nothing(scene: Scene) {
    let host = scene.start();
    let stats = host.get("/api/Stats").send();
    let kind = stats.header("content-type").expect("the answer says what it is").to_owned();
    assert!(kind.starts_with("application/json"), "{kind}");
    stats.expect_text(200, r#"{"registryCount":0,"itemsCount":0}"#);
}

fn two_registries_do_not_mix(scene: Scene) {
    let host = scene.start();
    let (one, other) = (Registry::open(&host), Registry::open(&host));
    assert_ne!(one.id, other.id);
    one.add("only one");
    other.add("only other");
    one.add("one again");
    one.wait_for_items(&["only one", "one again"]);
    other.wait_for_items(&["only other"]);

    one.try_finish().expect_text(200, "");
    one.wait_for_close();
    other.expect_open();
    other.add("still open");
    other.wait_for_items(&["only other", "still open"]);
    one.wait_for_items(&["only one", "one again"]);
}

/// The instance takes gifts as soon as its code has run; the activity that names its list may run later, and
/// must not empty it.
fn an_add_at_the_first_possible_moment_is_kept(scene: Scene) {
    let host = scene.start();
    for round in 0..10 {
        let registry = Registry::just_open(&host);
        until("the first add to be accepted", || {
            let response = registry.try_add("first");
            if response.status == 200 { Ok(()) } else { Err(response.to_string()) }
        });
        until(&format!("the list of round {round} to have its id"), || {
            let peek = registry.peek();
            if peek["registry"]["id"] == registry.id.as_str() { Ok(()) } else { Err(peek.to_string()) }
        });
        registry.wait_for_items(&["first"]);
    }
}

fn two_hundred_concurrent_adds_all_count(scene: Scene) {
    let host = scene.start();
    let registry = Registry::open(&host);
    std::thread::scope(|scope| {
        for guest in 0..200 {
            let registry = &registry;
            scope.spawn(move || registry.add(&format!("gift {guest:03}")));
        }
    });
    wait_for_stats(&host, 1, 200);
    let mut items = until("all gifts to be listed", || {
        let items = registry.items();
        if items.len() == 200 { Ok(items) } else { Err(format!("{} items", items.len())) }
    });
    items.sort();
    let expected: Vec<_> = (0..200).map(|guest| format!("gift {guest:03}")).collect();
    assert_eq!(items, expected);
}
