//! Lists of instances: filters, order, pages.

use durable_core::{
    model::NewInstance,
    store::{Commit, MAX_PAGE, MAX_PAGE_BYTES},
};
use fnhost_protocol::status::{InstanceQuery, InstanceStatus, RuntimeStatus};

use crate::{
    build::{at, json, orchestration, purge, start, turn},
    host::Host,
    scene::Scene,
};

/// Starts an instance at that second.
async fn started(host: &Host, id: &str, second: u64) {
    let key = host.key().await;
    host.batch_at(at(second), vec![start(orchestration(key, id)).into()]).await;
}

fn prefix(prefix: &str) -> InstanceQuery {
    InstanceQuery { id_prefix: Some(prefix.to_owned()), ..InstanceQuery::default() }
}

/// All pages of a query, whatever happens between them.
async fn all_pages(host: &Host, query: InstanceQuery, top: usize) -> Vec<String> {
    let (mut ids, mut continuation) = (Vec::new(), None);
    loop {
        let page = host.query(InstanceQuery { continuation, ..query.clone() }).await;
        assert!(page.items.len() <= top, "{} items on a page of {top}", page.items.len());
        ids.extend(page.items.iter().map(|status| status.instance.to_string()));
        assert!(ids.is_sorted_by(|one, next| one < next), "a page goes back: {ids:?}");
        continuation = page.continuation;
        if continuation.is_none() {
            return ids;
        }
        assert!(!page.items.is_empty(), "a page that is not the last has items");
    }
}

pub(crate) async fn an_empty_hub_lists_nothing(scene: Scene) {
    let page = scene.query(InstanceQuery::default()).await;
    assert_eq!((page.items, page.continuation), (vec![], None));
}

pub(crate) async fn instances_are_listed_by_id_byte_by_byte(scene: Scene) {
    for id in ["b", "a", "é", "B", "a b", "aa", "z", "1", "🦀", "e\u{301}", "Z"] {
        scene.pending(id).await;
    }
    let expected = ["1", "B", "Z", "a", "a b", "aa", "b", "e\u{301}", "z", "é", "🦀"];
    assert_eq!(scene.found(InstanceQuery::default()).await, expected);
}

pub(crate) async fn a_listed_status_is_that_of_the_instance(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).custom_status("1").completes("2").at(at(9))).await;
    let query = InstanceQuery { show_input: true, ..InstanceQuery::default() };
    assert_eq!(scene.query(query).await.items, [scene.status("a").await]);
    let without = scene.query(InstanceQuery::default()).await.items.remove(0);
    assert_eq!(without, InstanceStatus { input: None, ..scene.status("a").await });
}

pub(crate) async fn instances_are_filtered_by_status(scene: Scene) {
    scene.pending("pending").await;
    scene.running("running").await;
    let key = scene.running("suspended").await;
    scene.turn(turn(key).after(1).status(RuntimeStatus::Suspended)).await;
    scene.finished("completed").await;
    let only =
        |statuses: &[RuntimeStatus]| InstanceQuery { statuses: statuses.to_vec(), ..Default::default() };
    assert_eq!(scene.found(only(&[])).await, ["completed", "pending", "running", "suspended"]);
    assert_eq!(scene.found(only(&[RuntimeStatus::Completed])).await, ["completed"]);
    let two = [RuntimeStatus::Suspended, RuntimeStatus::Pending];
    assert_eq!(scene.found(only(&two)).await, ["pending", "suspended"]);
    assert_eq!(scene.found(only(&[RuntimeStatus::Failed])).await, [""; 0]);
    assert_eq!(scene.found(only(&RuntimeStatus::ALL)).await.len(), 4);
}

pub(crate) async fn instances_are_filtered_by_creation(scene: Scene) {
    for (id, second) in [("c", 10), ("b", 20), ("a", 30)] {
        started(&scene, id, second).await;
    }
    let query = InstanceQuery { created_from: Some(at(20)), ..InstanceQuery::default() };
    assert_eq!(scene.found(query.clone()).await, ["a", "b"]);
    let query = InstanceQuery { created_to: Some(at(20)), ..query };
    assert_eq!(scene.found(query.clone()).await, ["b"]);
    let query = InstanceQuery { created_from: None, ..query };
    assert_eq!(scene.found(query).await, ["b", "c"]);
}

pub(crate) async fn creation_is_not_the_last_change(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).continues_as_new("2").at(at(50))).await;
    let query = InstanceQuery { created_to: Some(at(10)), ..InstanceQuery::default() };
    assert_eq!(scene.found(query).await, ["a"]);
}

pub(crate) async fn instances_are_filtered_by_prefix(scene: Scene) {
    for id in ["order-1", "order-2", "Order-3", "orders", "order", "xorder-4", "ördér-5", "ördér"] {
        scene.pending(id).await;
    }
    assert_eq!(scene.found(prefix("order-")).await, ["order-1", "order-2"]);
    assert_eq!(scene.found(prefix("order")).await, ["order", "order-1", "order-2", "orders"]);
    assert_eq!(scene.found(prefix("Order")).await, ["Order-3"]);
    assert_eq!(scene.found(prefix("ördér")).await, ["ördér", "ördér-5"]);
    assert_eq!(scene.found(prefix("order-11")).await, [""; 0]);
    assert_eq!(scene.found(prefix("")).await.len(), 8);
}

pub(crate) async fn a_prefix_has_no_wildcards(scene: Scene) {
    for id in ["a%b", "a_b", "axb", "a*b", "axxb", "a[x]b", "a'b", "a!b"] {
        scene.pending(id).await;
    }
    for (text, expected) in [
        ("a%", vec!["a%b"]),
        ("a_", vec!["a_b"]),
        ("a*", vec!["a*b"]),
        ("a[x]", vec!["a[x]b"]),
        ("a'", vec!["a'b"]),
        ("a!", vec!["a!b"]),
        ("%", vec![]),
    ] {
        assert_eq!(scene.found(prefix(text)).await, expected, "{text}");
    }
}

pub(crate) async fn a_prefix_may_end_in_the_last_character(scene: Scene) {
    // Whoever asks for a range "up to the next prefix" has to find one.
    for id in ["a\u{10ffff}", "a\u{10ffff}b", "b", "a\u{d7ff}", "a\u{d7ff}x", "a\u{e000}", "\u{10ffff}"] {
        scene.pending(id).await;
    }
    assert_eq!(scene.found(prefix("a\u{10ffff}")).await, ["a\u{10ffff}", "a\u{10ffff}b"]);
    assert_eq!(scene.found(prefix("a\u{d7ff}")).await, ["a\u{d7ff}", "a\u{d7ff}x"]);
    assert_eq!(scene.found(prefix("\u{10ffff}")).await, ["\u{10ffff}"]);
    assert_eq!(scene.found(prefix("a")).await.len(), 5);
}

pub(crate) async fn filters_add_up(scene: Scene) {
    for (id, second) in [("a1", 10), ("a2", 20), ("a3", 30), ("a4", 20), ("b1", 20)] {
        started(&scene, id, second).await;
    }
    let key = scene.stored("a4", false).await.key;
    scene.turn(turn(key).completes("1")).await;
    let query = InstanceQuery {
        statuses: vec![RuntimeStatus::Pending],
        created_from: Some(at(15)),
        created_to: Some(at(25)),
        ..prefix("a")
    };
    assert_eq!(scene.found(query.clone()).await, ["a2"]);
    let query = InstanceQuery { created_from: None, created_to: None, top: Some(2), ..query };
    assert_eq!(all_pages(&scene, query, 2).await, ["a1", "a2", "a3"]);
}

pub(crate) async fn pages_have_neither_gaps_nor_repeats(scene: Scene) {
    let ids: Vec<String> = (100..125).map(|number| format!("id {number}")).collect();
    for id in ids.iter().rev() {
        scene.pending(id).await;
    }
    for top in [1, 7, 25, 26] {
        let query = InstanceQuery { top: Some(top), ..InstanceQuery::default() };
        assert_eq!(all_pages(&scene, query, top as usize).await, ids, "pages of {top}");
    }
}

pub(crate) async fn the_last_page_says_so(scene: Scene) {
    for id in ["a", "b", "c", "d"] {
        scene.pending(id).await;
    }
    let page = |continuation| InstanceQuery { top: Some(2), continuation, ..InstanceQuery::default() };
    let first = scene.query(page(None)).await;
    assert!(first.continuation.is_some());
    let second = scene.query(page(first.continuation)).await;
    assert_eq!((second.items.len(), second.continuation), (2, None));
}

pub(crate) async fn pages_go_on_while_instances_come_and_go(scene: Scene) {
    for id in ["b", "d", "f", "h"] {
        scene.finished(id).await;
    }
    let page = |continuation| InstanceQuery { top: Some(2), continuation, ..InstanceQuery::default() };
    let first = scene.query(page(None)).await;
    assert_eq!(first.items.len(), 2);
    // Before and behind the end of the page; its last instance goes, and so does one that was to come.
    for id in ["a", "c", "e", "g", "i"] {
        scene.pending(id).await;
    }
    scene.batch(vec![purge("d"), purge("f")]).await;
    let second = scene.query(page(first.continuation)).await;
    let third = scene.query(page(second.continuation)).await;
    let ids: Vec<_> = second.items.iter().chain(&third.items).map(|found| found.instance.as_str()).collect();
    assert_eq!(ids, ["e", "g", "h", "i"]);
    assert_eq!(third.continuation, None);
}

pub(crate) async fn pages_are_capped(scene: Scene) {
    let count = MAX_PAGE + 5;
    let keys = scene.keys(count).await;
    let starts: Vec<Commit> =
        keys.iter().map(|key| start(orchestration(*key, &format!("{:08}", key.0))).into()).collect();
    scene.batch(starts).await;
    for top in [None, Some(MAX_PAGE), Some(MAX_PAGE + 1), Some(u32::MAX)] {
        let query = InstanceQuery { top, ..InstanceQuery::default() };
        assert_eq!(scene.query(query.clone()).await.items.len(), MAX_PAGE as usize, "{top:?}");
        assert_eq!(all_pages(&scene, query, MAX_PAGE as usize).await.len(), count as usize, "{top:?}");
    }
}

pub(crate) async fn pages_end_before_their_payloads_are_too_large(scene: Scene) {
    let large = |bytes: usize| json(&format!("\"{}\"", "x".repeat(bytes)));
    const HALF: usize = MAX_PAGE_BYTES / 2;
    for (id, bytes) in [("a", 10), ("b", HALF), ("c", HALF), ("d", 3 * HALF), ("e", 10), ("f", 10)] {
        let instance = NewInstance { input: Some(large(bytes)), ..orchestration(scene.key().await, id) };
        scene.commit(start(instance)).await;
    }
    let shown = InstanceQuery { show_input: true, ..InstanceQuery::default() };
    let mut pages = Vec::new();
    let mut continuation = None;
    loop {
        let page = scene.query(InstanceQuery { continuation, ..shown.clone() }).await;
        pages.push(page.items.iter().map(|status| status.instance.to_string()).collect::<String>());
        continuation = page.continuation;
        if continuation.is_none() {
            break;
        }
    }
    assert_eq!(pages, ["ab", "c", "d", "ef"], "an item that is too large by itself has its own page");
    assert_eq!(scene.found(InstanceQuery::default()).await.len(), 6, "what is not shown has no weight");
    let key = scene.stored("e", false).await.key;
    scene.turn(turn(key).custom_status(large(HALF).as_str()).completes(large(HALF).as_str())).await;
    assert_eq!(scene.found(InstanceQuery::default()).await.len(), 4, "outputs and custom statuses count");
}

pub(crate) async fn inputs_are_listed_on_demand(scene: Scene) {
    scene.pending("a").await;
    for (show_input, expected) in [(true, Some(json("\"first\""))), (false, None)] {
        let query = InstanceQuery { show_input, ..InstanceQuery::default() };
        assert_eq!(scene.query(query).await.items[0].input, expected);
    }
}
