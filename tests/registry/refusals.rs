//! What the registry answers to guests who do not: exact texts, in the order of the checks.

use super::steps::Registry;
use crate::support::Scene;

const NO_ID_TO_ADD: &str = "Id is required after Add/ on the route.";
const NO_ID_TO_FINISH: &str = "Id is required after Finish/ on the route.";
const NO_ITEM: &str = "Item is required as a querystring parameter";

on_every_worker!(
    an_unknown_registry_is_named_in_the_answer,
    a_blank_id_is_asked_for,
    a_missing_item_is_asked_for,
    the_item_is_checked_before_the_registry,
    an_empty_item_is_an_item,
    items_of_one_request_are_joined,
    odd_items_come_back_as_they_went,
    a_route_without_id_does_not_exist,
    other_methods_do_not_exist,
    a_closed_registry_refuses_add_and_finish,
    a_suspended_registry_is_not_active,
);

fn an_unknown_registry_is_named_in_the_answer(scene: Scene) {
    let host = scene.start();
    let text = "Unable to find workflow with id nowhere";
    host.get("/api/Add/nowhere?item=x").send().expect_text(400, text);
    host.get("/api/Finish/nowhere").send().expect_text(400, text);
    host.get("/api/Peek/nowhere").send().expect_text(400, text);
}

fn a_blank_id_is_asked_for(scene: Scene) {
    let host = scene.start();
    host.get("/api/Add/%20?item=x").send().expect_text(400, NO_ID_TO_ADD);
    host.get("/api/Add/%20").send().expect_text(400, NO_ID_TO_ADD);
    host.get("/api/Finish/%20").send().expect_text(400, NO_ID_TO_FINISH);
    // Peek asks with Finish's words, as the published system does.
    host.get("/api/Peek/%20").send().expect_text(400, NO_ID_TO_FINISH);
    host.get("/api/Peek/%20%09").send().expect_text(400, NO_ID_TO_FINISH);
}

fn a_missing_item_is_asked_for(scene: Scene) {
    let host = scene.start();
    let registry = Registry::open(&host);
    host.get(format!("/api/Add/{}", registry.id)).send().expect_text(400, NO_ITEM);
    host.get(format!("/api/Add/{}?items=x", registry.id)).send().expect_text(400, NO_ITEM);
    assert!(registry.items().is_empty());
}

fn the_item_is_checked_before_the_registry(scene: Scene) {
    let host = scene.start();
    host.get("/api/Add/nowhere").send().expect_text(400, NO_ITEM);
}

fn an_empty_item_is_an_item(scene: Scene) {
    let host = scene.start();
    let registry = Registry::open(&host);
    host.get(format!("/api/Add/{}?item=", registry.id)).send().expect_text(200, "");
    registry.wait_for_items(&[""]);
}

fn items_of_one_request_are_joined(scene: Scene) {
    let host = scene.start();
    let registry = Registry::open(&host);
    host.get(format!("/api/Add/{}?item=a&item=b", registry.id)).send().expect_text(200, "");
    registry.wait_for_items(&["a,b"]);
}

fn odd_items_come_back_as_they_went(scene: Scene) {
    let host = scene.start();
    let registry = Registry::open(&host);
    let odd = [
        "Zürich \u{1F381}",
        "\"quoted\" \\ back",
        "a&b=c?d#e%f+g",
        "<b>&amp;</b>",
        "  spaces  ",
        "\u{7f}\n\t",
    ];
    for item in odd {
        registry.add(item);
    }
    registry.wait_for_items(&odd);
}

fn a_route_without_id_does_not_exist(scene: Scene) {
    let host = scene.start();
    for path in ["/api/Add", "/api/Add?item=x", "/api/Finish", "/api/Peek", "/api/Add/a/b?item=x", "/Open"] {
        host.get(path).send().expect(404);
    }
}

fn other_methods_do_not_exist(scene: Scene) {
    let host = scene.start();
    let registry = Registry::open(&host);
    let id = &registry.id;
    for path in ["/api/Open", "/api/Stats", &format!("/api/Add/{id}?item=x"), &format!("/api/Finish/{id}")] {
        for method in ["POST", "PUT", "DELETE", "PATCH"] {
            host.request(method, path).send().expect(404);
        }
    }
    registry.expect_open();
    assert!(registry.items().is_empty());
}

fn a_closed_registry_refuses_add_and_finish(scene: Scene) {
    let host = scene.start();
    let registry = Registry::open(&host);
    registry.add("in time");
    registry.wait_for_items(&["in time"]);
    registry.try_finish().expect_text(200, "");
    registry.wait_for_close();

    let text = format!("Instance {} is not active.", registry.id);
    registry.try_add("too late").expect_text(400, &text);
    registry.try_finish().expect_text(400, &text);
    registry.wait_for_items(&["in time"]);
}

fn a_suspended_registry_is_not_active(scene: Scene) {
    let host = scene.start();
    let registry = Registry::open(&host);
    let durable = host.durable();
    durable.control(&registry.id, "suspend", "pause").expect(202);
    durable.wait_for(&registry.id, "Suspended");

    let text = format!("Instance {} is not active.", registry.id);
    registry.try_add("meanwhile").expect_text(400, &text);
    assert_eq!(registry.peek()["status"], "Closed", "only Running counts as open");

    durable.control(&registry.id, "resume", "go on").expect(202);
    durable.wait_for(&registry.id, "Running");
    registry.expect_open();
    registry.add("again");
    registry.wait_for_items(&["again"]);
}
