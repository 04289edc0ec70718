//! Entities where several hosts share the work: locks over entities of different hosts, answers to clients elsewhere,
//! signals that a host has scheduled before it died.

use std::time::Duration;

use fnhost_protocol::{
    action::Action,
    client::Due,
    history::TaskId,
    ids::{EntityId, InstanceId},
    json::JsonText,
};

use crate::{
    cluster::{Cluster, LEASE, Node},
    support::{Past, Scripts, complete},
};

fn counter(key: &str) -> EntityId {
    EntityId::new("counter", key).unwrap()
}

fn number(number: i64) -> JsonText {
    JsonText::of(&number).unwrap()
}

fn add(id: TaskId, key: &str, amount: i64) -> Action {
    let (entity, operation) = (counter(key), "add".to_owned());
    Action::CallEntity { id, entity, operation, input: number(amount) }
}

/// Locks the entities of its input, adds 1 to the first and takes it from the last, and, if it is told to wait, ends
/// with the event `go`.
fn transfer(past: &Past) -> Vec<Action> {
    let keys: Vec<&str> = past.input.split(' ').filter(|word| *word != "waiting").collect();
    let mut wishes =
        vec![Action::LockEntities { id: 0, entities: keys.iter().map(|key| counter(key)).collect() }];
    if past.ok(0).is_some() {
        wishes.extend([add(1, keys[0], 1), add(2, keys[keys.len() - 1], -1)]);
    }
    let may_end = past.events.len() == 1 || !past.input.starts_with("waiting");
    if past.ok(1).is_some() && past.ok(2).is_some() && may_end {
        wishes.extend([Action::UnlockEntities { id: 0 }, complete("moved")]);
    }
    wishes
}

/// Adds 10, which waits while somebody else has the entity locked.
fn adds(past: &Past) -> Vec<Action> {
    let mut wishes = vec![add(0, &past.input, 10)];
    wishes.extend(past.ok(0).map(complete));
    wishes
}

fn scripts() -> Scripts {
    Scripts::default().with("transfer", transfer).with("adds", adds)
}

async fn nodes<const N: usize>(cluster: &Cluster) -> [Node; N] {
    let mut nodes = Vec::new();
    for _ in 0..N {
        nodes.push(cluster.join(scripts()).await);
    }
    nodes.try_into().unwrap_or_else(|_| panic!("so many were asked for"))
}

async fn value(node: &Node, key: &str) -> i64 {
    let status = node.client.read_entity(counter(key)).await.unwrap();
    status.and_then(|status| status.state).map_or(0, |state| state.read().unwrap())
}

async fn becomes(node: &Node, key: &str, expected: i64) {
    while value(node, key).await != expected {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn go(node: &Node, id: &InstanceId) {
    node.client.raise_event(id.clone(), "go".to_owned(), JsonText::null()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn locks_hold_over_entities_of_all_hosts() {
    let cluster = Cluster::new();
    let nodes: [Node; 3] = nodes(&cluster).await;
    let names = ["a", "b", "c", "d", "e"];
    let mut all = Vec::new();
    for round in 0..60 {
        let (from, over, to) = (names[round % 5], names[(round / 3) % 5], names[(round * 7 + 2) % 5]);
        all.push(
            nodes[round % 3].start("transfer", &format!("t{round}"), &format!("{from} {over} {to}")).await,
        );
    }
    for (round, id) in all.iter().enumerate() {
        assert_eq!(nodes[(round + 1) % 3].output(id).await, "moved");
    }
    let mut sum = 0;
    for name in names {
        sum += value(&nodes[0], name).await;
    }
    assert_eq!(sum, 0);
}

#[tokio::test(start_paused = true)]
async fn a_call_is_answered_though_another_host_has_the_entity() {
    let cluster = Cluster::new();
    let [owner, caller]: [Node; 2] = nodes(&cluster).await;
    let holder = owner.start("transfer", "holder", "waiting k l").await;
    becomes(&owner, "l", -1).await;
    // Somebody who waits: from now on the host keeps the entity.
    let waiting = owner.start("adds", "waiting", "k").await;
    owner.client.settled().await;
    let call = caller.client.call_entity(counter("k"), "add".to_owned(), number(100));
    let failing = caller.client.call_entity(counter("k"), "explode".to_owned(), JsonText::null());
    let end = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(value(&caller, "k").await, 1, "locked");
        go(&owner, &holder).await;
    };
    let (answer, failed, ()) = tokio::join!(call, failing, end);
    assert_eq!(answer, Ok(number(111)));
    assert_eq!(
        failed.unwrap_err().to_string(),
        "operation `explode` of entity @counter@k failed: no operation `explode`"
    );
    assert_eq!(owner.output(&waiting).await, "11");
}

#[tokio::test(start_paused = true)]
async fn locks_of_an_orchestration_outlive_its_host() {
    let cluster = Cluster::new();
    let [dead, heir]: [Node; 2] = nodes(&cluster).await;
    let holder = dead.start("transfer", "holder", "waiting k l").await;
    becomes(&dead, "l", -1).await;
    let waiting = dead.start("adds", "waiting", "k").await;
    dead.client.settled().await;
    dead.link.cut();
    heir.client.signal_entity(counter("l"), "add".to_owned(), number(5)).await.unwrap();
    tokio::time::sleep(LEASE * 2).await;
    assert_eq!((value(&heir, "k").await, value(&heir, "l").await), (1, -1), "still locked");
    go(&heir, &holder).await;
    assert_eq!(heir.output(&waiting).await, "11");
    becomes(&heir, "l", 4).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_host_has_scheduled_comes_though_it_has_died() {
    let cluster = Cluster::new();
    let [dead, heir]: [Node; 2] = nodes(&cluster).await;
    for seconds in [30, 60] {
        let due = Due::In(Duration::from_secs(seconds));
        dead.client.signal_entity_at(due, counter("k"), "add".to_owned(), number(1)).await.unwrap();
    }
    dead.link.cut();
    tokio::time::sleep(Duration::from_secs(29)).await;
    assert_eq!(value(&heir, "k").await, 0);
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(value(&heir, "k").await, 1);
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(value(&heir, "k").await, 2);
}
