//! Access keys, secrets and instance keys.

use durable_core::store::{KeyScope, StoredKey};

use crate::{
    host::{Host, ok},
    scene::Scene,
};

fn key(scope: KeyScope, name: &str, hash: u8) -> StoredKey {
    StoredKey { scope, name: name.to_owned(), hash: [hash; 32] }
}

fn function(name: &str) -> KeyScope {
    KeyScope::Function(name.to_owned())
}

async fn put(host: &Host, key: StoredKey) {
    ok("put a key", host.store.put_key(key).await);
}

async fn delete(host: &Host, scope: KeyScope, name: &str) -> bool {
    ok("delete a key", host.store.delete_key(scope, name.to_owned()).await)
}

/// All keys; their order is the store's.
async fn listed(host: &Host) -> Vec<StoredKey> {
    let mut keys = ok("list the keys", host.store.keys().await);
    keys.sort_by_key(|key| (format!("{:?}", key.scope), key.name.clone()));
    keys
}

pub(crate) async fn keys_are_put_and_listed(scene: Scene) {
    assert_eq!(listed(&scene).await, []);
    let keys = [
        key(function("hello"), "default", 1),
        key(function("hello"), "second", 2),
        key(KeyScope::Host, "default", 3),
        key(KeyScope::Master, "_master", 4),
        key(KeyScope::System("durabletask_extension".to_owned()), "default", 255),
    ];
    for key in &keys {
        put(&scene, key.clone()).await;
    }
    assert_eq!(listed(&scene).await, keys);
}

pub(crate) async fn a_key_is_replaced_by_scope_and_name(scene: Scene) {
    put(&scene, key(KeyScope::Host, "default", 1)).await;
    put(&scene, key(function("a"), "default", 2)).await;
    put(&scene, key(KeyScope::Host, "default", 3)).await;
    let expected = [key(function("a"), "default", 2), key(KeyScope::Host, "default", 3)];
    assert_eq!(listed(&scene).await, expected);
}

pub(crate) async fn a_key_is_deleted_once(scene: Scene) {
    put(&scene, key(function("a"), "one", 1)).await;
    put(&scene, key(function("a"), "two", 2)).await;
    assert!(!delete(&scene, function("a"), "three").await);
    assert!(!delete(&scene, function("b"), "one").await);
    assert!(delete(&scene, function("a"), "one").await);
    assert!(!delete(&scene, function("a"), "one").await);
    assert_eq!(listed(&scene).await, [key(function("a"), "two", 2)]);
}

pub(crate) async fn scopes_are_not_mixed_up(scene: Scene) {
    let scopes = || {
        let names = ["", "a", "A", "host", "master", "system:a", "ä"];
        let functions = names.map(|name| KeyScope::Function(name.to_owned()));
        let systems = names.map(|name| KeyScope::System(name.to_owned()));
        [KeyScope::Master, KeyScope::Host].into_iter().chain(functions).chain(systems)
    };
    for (number, scope) in (0..).zip(scopes()) {
        put(&scene, key(scope, "default", number)).await;
    }
    let keys = listed(&scene).await;
    for (number, scope) in (0..).zip(scopes()) {
        assert!(keys.contains(&key(scope.clone(), "default", number)), "{scope:?}");
    }
    assert_eq!(keys.len(), 16);
}

pub(crate) async fn the_first_secret_is_everybodys(scene: Scene) {
    let secret = async |name: &str, candidate| {
        ok("read a secret", scene.store.secret(name.to_owned(), [candidate; 32]).await)
    };
    assert_eq!(secret("links", 1).await, [1; 32]);
    assert_eq!(secret("links", 2).await, [1; 32]);
    assert_eq!(secret("Links", 3).await, [3; 32]);
    assert_eq!(secret("other", 255).await, [255; 32]);
}

pub(crate) async fn secrets_asked_for_side_by_side_are_one(scene: Scene) {
    let secret =
        async |candidate| ok("read a secret", scene.store.secret("links".to_owned(), [candidate; 32]).await);
    let (a, b, c, d) = tokio::join!(secret(1), secret(2), secret(3), secret(4));
    assert!(a == b && b == c && c == d, "{a:?} {b:?} {c:?} {d:?}");
}

pub(crate) async fn reserved_keys_never_overlap(scene: Scene) {
    let store = scene.store();
    let reserve = |count| store.reserve_keys(count);
    let (a, b, c, d) = tokio::join!(reserve(10), reserve(1), reserve(100), reserve(7));
    let mut ranges = vec![];
    for (range, count) in [(a, 10), (b, 1), (c, 100), (d, 7)] {
        let range = ok("reserve keys", range);
        assert_eq!(range.end - range.start, count);
        ranges.push(range);
    }
    ranges.push(ok("reserve keys", reserve(5).await));
    ranges.sort_by_key(|range| range.start);
    assert!(ranges.windows(2).all(|pair| pair[0].end <= pair[1].start), "{ranges:?}");
    let none = ok("reserve keys", reserve(0).await);
    assert!(none.is_empty(), "{none:?}");
}

pub(crate) async fn hubs_do_not_see_each_other(mut scene: Scene) {
    use crate::build::{at, operation, send, to_entity, turn};
    use fnhost_protocol::{status::InstanceQuery, time::Timestamp};

    let other = scene.other_hub("other").await;
    let mine = scene.running("a").await;
    scene.turn(turn(mine).after(1).records(&["x"]).task(0, "Work").timer(1, at(1)).custom_status("1")).await;
    scene.raised("a", "hello").await;
    scene.commit(send(to_entity(scene.key().await, "@c@a"), operation("add"))).await;
    put(&scene, key(KeyScope::Host, "default", 1)).await;
    ok("read a secret", scene.store.secret("links".to_owned(), [1; 32]).await);

    other.assert_unknown("a").await;
    assert_eq!(other.found(InstanceQuery::default()).await, [""; 0]);
    assert_eq!(other.timers(Timestamp::MAX).await, []);
    let claimed = other.claim(10, 10).await;
    assert_eq!((claimed.instances, claimed.tasks), (vec![], vec![]));
    assert_eq!(listed(&other).await, []);
    assert_eq!(ok("read a secret", other.store.secret("links".to_owned(), [2; 32]).await), [2; 32]);

    let theirs = other.pending("a").await;
    assert_eq!(other.inbox(theirs).await, ["Start"]);
    assert_eq!(scene.inbox(mine).await, ["hello"]);
    assert_eq!(scene.recorded(mine).await, ["x"]);
    assert_eq!(scene.claim(0, 10).await.tasks.len(), 1);
}
