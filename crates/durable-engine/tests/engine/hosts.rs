//! Several hosts share the work, and what one leaves behind goes on elsewhere.

use std::time::Duration;

use durable_engine::Options;
use fnhost_protocol::{
    action::Action,
    client::{Reach, StatusDetail},
    history::EventKind,
    ids::InstanceId,
    json::JsonText,
    status::RuntimeStatus,
};
use tokio::time::Instant;

use crate::{
    cluster::{Cluster, LEASE, Node},
    link::Link,
    support::{Past, Scripts, call, complete},
};

fn scripts() -> Scripts {
    Scripts::default()
        .with("fan", fan_out)
        .with("slow", slow_then_two)
        .with("timer", timer)
        .with("event", activity_and_event)
}

fn fan_out(past: &Past) -> Vec<Action> {
    let width: u32 = past.input.parse().unwrap();
    let mut wishes: Vec<Action> = (0..width).map(|id| call(id, "slow", "x")).collect();
    if (0..width).all(|id| past.ok(id).is_some()) {
        wishes.push(complete(&past.done.len().to_string()));
    }
    wishes
}

/// One activity that waits for the gate, and two that do not.
fn slow_then_two(past: &Past) -> Vec<Action> {
    let mut wishes = Vec::new();
    for (id, name) in [(0, "slow"), (1, "echo"), (2, "echo")] {
        wishes.push(call(id, name, "x"));
        if past.ok(id).is_none() {
            return wishes;
        }
    }
    wishes.push(complete("three steps"));
    wishes
}

fn timer(past: &Past) -> Vec<Action> {
    let fire_at = past.now.unwrap().saturating_add(Duration::from_secs(60));
    let mut wishes = vec![Action::CreateTimer { id: 0, fire_at }];
    wishes.extend(past.ok(0).map(|_| complete("fired")));
    wishes
}

/// Ends with an event, though the activity still runs.
fn activity_and_event(past: &Past) -> Vec<Action> {
    let mut wishes = vec![call(0, "slow", "x")];
    wishes.extend(past.events.first().map(|(_, payload)| complete(payload)));
    wishes
}

/// How often an event of this kind is in the history.
async fn recorded(node: &Node, id: &InstanceId, is: fn(&EventKind) -> bool) -> usize {
    let detail = StatusDetail { input: false, history: true };
    let status = node.client.status(id.clone(), detail).await.unwrap().unwrap();
    status.history.unwrap().iter().filter(|event| is(&event.kind)).count()
}

#[tokio::test(start_paused = true)]
async fn a_fan_out_runs_on_all_hosts() {
    let options = Options { max_tasks: 8, claim_share: 2, ..Options::default() };
    let cluster = Cluster::with_options(options);
    let nodes = [cluster.join(scripts()).await, cluster.join(scripts()).await, cluster.join(scripts()).await];
    let id = nodes[0].start("fan", "f", "40").await;
    for node in &nodes {
        node.begun(8).await;
    }
    for node in &nodes {
        node.scripts.open_gate();
    }
    assert_eq!(nodes[0].output(&id).await, "40");
    let begun: Vec<usize> = nodes.iter().map(Node::tasks_run).collect();
    assert_eq!(begun.iter().sum::<usize>(), 40, "{begun:?}");
    assert!(begun.iter().all(|count| *count >= 8), "{begun:?}");
}

#[tokio::test(start_paused = true)]
async fn a_dead_hosts_work_goes_on_elsewhere_when_its_lease_is_over() {
    let cluster = Cluster::new();
    let (dead, heir) = (cluster.join(scripts()).await, cluster.join(scripts()).await);
    let id = dead.start("slow", "s", "").await;
    dead.begun(1).await;
    dead.link.cut();
    let died = Instant::now();
    heir.scripts.open_gate();
    assert_eq!(heir.output(&id).await, "three steps");
    assert!(died.elapsed() <= LEASE + LEASE / 8 + Duration::from_millis(100), "{:?}", died.elapsed());
    assert_eq!(heir.tasks_run(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_a_zombie_writes_is_refused_and_it_comes_back() {
    let cluster = Cluster::new();
    let (zombie, heir) = (cluster.join(scripts()).await, cluster.join(scripts()).await);
    let id = zombie.start("slow", "s", "").await;
    zombie.begun(1).await;
    zombie.link.cut();
    zombie.scripts.open_gate();
    heir.begun(1).await;
    // The heir has the activity and waits; now the zombie's own result reaches the database.
    zombie.link.mend();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let status = heir.client.status(id.clone(), StatusDetail::default()).await.unwrap().unwrap();
    assert_eq!(status.status, RuntimeStatus::Running);
    heir.scripts.open_gate();
    assert_eq!(zombie.output(&id).await, "three steps");
    assert_eq!(recorded(&heir, &id, |kind| matches!(kind, EventKind::TaskCompleted { .. })).await, 3);
    // It has a lease again.
    let id = zombie.start("slow", "again", "").await;
    assert_eq!(zombie.output(&id).await, "three steps");
}

/// A machine that slept has lost its lease by its own clock, before it asks anybody.
#[tokio::test(start_paused = true)]
async fn a_suspended_host_drops_its_work_and_begins_anew() {
    let cluster = Cluster::new();
    let node = cluster.join(scripts()).await;
    let id = node.start("slow", "s", "").await;
    node.begun(1).await;
    let waiting = tokio::spawn({
        let (client, id) = (node.client.clone(), id.clone());
        async move { client.wait(id, Duration::from_secs(60)).await }
    });
    tokio::task::yield_now().await;
    node.watch.suspend(LEASE);
    node.begun(2).await;
    node.scripts.open_gate();
    // Whoever waited, waits on.
    assert_eq!(waiting.await.unwrap().unwrap().status, RuntimeStatus::Completed);
    assert_eq!(node.tasks_run(), 4, "the first activity ran again");
}

/// An operator, or another host by mistake, declares a living host dead.
#[tokio::test(start_paused = true)]
async fn a_host_whose_epoch_is_ended_under_load_recovers_by_itself() {
    let cluster = Cluster::new();
    let node = cluster.join(scripts()).await;
    node.scripts.open_gate();
    let starts = (0..50).map(|n| {
        let node = &node;
        async move {
            let id = InstanceId::parse(&format!("s{n}")).unwrap();
            // A call that was under way may say that nobody knows; then it is made again.
            loop {
                let request = fnhost_protocol::client::StartRequest {
                    function: "slow".to_owned(),
                    instance: Some(id.clone()),
                    input: JsonText::null(),
                };
                match node.client.start(request).await {
                    Ok(_) | Err(fnhost_protocol::client::ClientError::AlreadyExists { .. }) => return id,
                    Err(error) => {
                        assert!(
                            matches!(error, fnhost_protocol::client::ClientError::Unavailable { .. }),
                            "{error:?}"
                        );
                    }
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    });
    let starts = futures_util::future::join_all(starts);
    let killer = async {
        for _ in 0..5 {
            tokio::task::yield_now().await;
            cluster.database.take_over(1);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let (ids, ()) = tokio::join!(starts, killer);
    for id in ids {
        assert_eq!(node.output(&id).await, "three steps");
        assert_eq!(recorded(&node, &id, |kind| matches!(kind, EventKind::TaskCompleted { .. })).await, 3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_may_wait_on_a_host_that_does_not_run_the_instance() {
    let cluster = Cluster::new();
    let (runs, waits) = (cluster.join(scripts()).await, cluster.join(scripts()).await);
    let id = runs.start("slow", "s", "").await;
    runs.begun(1).await;
    let began = Instant::now();
    let waiting = tokio::spawn({
        let (client, id) = (waits.client.clone(), id.clone());
        async move { client.wait(id, Duration::from_secs(60)).await }
    });
    tokio::time::sleep(Duration::from_millis(10)).await;
    runs.scripts.open_gate();
    assert_eq!(waiting.await.unwrap().unwrap().status, RuntimeStatus::Completed);
    assert!(began.elapsed() < Duration::from_millis(100), "by news, not by a sweep: {:?}", began.elapsed());
}

/// Nobody else finds what a host owns: it has to look itself.
#[tokio::test(start_paused = true)]
async fn an_event_through_another_host_reaches_an_instance_that_is_busy() {
    let cluster = Cluster::new();
    let (runs, sends) = (cluster.join(scripts()).await, cluster.join(scripts()).await);
    let id = runs.start("event", "e", "").await;
    runs.begun(1).await;
    let began = Instant::now();
    sends.client.raise_event(id.clone(), "x".to_owned(), JsonText::string("from afar")).await.unwrap();
    assert_eq!(runs.output(&id).await, "from afar");
    assert!(began.elapsed() < Duration::from_millis(100), "by news, not by a sweep: {:?}", began.elapsed());
}

/// The activity runs on the one host, its orchestration ends through the other.
#[tokio::test(start_paused = true)]
async fn an_activity_ends_when_its_orchestration_is_over_elsewhere() {
    let cluster = Cluster::with_options(Options { max_tasks: 1, claim_share: 0, ..Options::default() });
    let runs = cluster.join(scripts()).await;
    let blocker = runs.start("event", "blocker", "").await;
    runs.begun(1).await;
    let helps = cluster.join(scripts()).await;
    let id = runs.start("event", "e", "").await;
    helps.begun(1).await;
    runs.client.raise_event(id.clone(), "x".to_owned(), JsonText::string("over")).await.unwrap();
    assert_eq!(runs.output(&id).await, "over");
    // Its slot is free again.
    let id = runs.start("event", "next", "").await;
    helps.begun(2).await;
    for id in [id, blocker] {
        runs.client.terminate(id, String::new(), Reach::Instance).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_hosts_timer_fires_elsewhere_and_not_early() {
    let cluster = Cluster::new();
    let (dead, heir) = (cluster.join(scripts()).await, cluster.join(scripts()).await);
    let id = dead.start("timer", "t", "").await;
    let began = Instant::now();
    dead.link.cut();
    assert_eq!(heir.output(&id).await, "fired");
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(60) && took < Duration::from_secs(63), "{took:?}");
    assert_eq!(recorded(&heir, &id, |kind| matches!(kind, EventKind::TimerFired { .. })).await, 1);
}

/// Both hosts know the timer: the one because it created it, the other because it is overdue.
#[tokio::test(start_paused = true)]
async fn a_timer_fires_once_though_two_hosts_know_it() {
    let cluster = Cluster::new();
    let (creates, other) = (cluster.join(scripts()).await, cluster.join(scripts()).await);
    let id = creates.start("timer", "t", "").await;
    tokio::time::sleep(Duration::from_secs(30)).await;
    creates.link.cut();
    tokio::time::sleep(Duration::from_secs(32)).await;
    assert_eq!(other.output(&id).await, "fired");
    creates.link.mend();
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(recorded(&creates, &id, |kind| matches!(kind, EventKind::TimerFired { .. })).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_stops_hands_its_work_over_at_once() {
    let cluster = Cluster::new();
    let (stops, goes_on) = (cluster.join(scripts()).await, cluster.join(scripts()).await);
    let mut ids = Vec::new();
    for n in 0..10 {
        ids.push(stops.start("slow", &format!("s{n}"), "").await);
    }
    stops.begun(10).await;
    goes_on.scripts.open_gate();
    let stopping = tokio::spawn(stops.engine.stop(tokio::time::sleep(Duration::from_secs(5))));
    tokio::time::sleep(Duration::from_secs(1)).await;
    // Half of the activities end in time. What follows on them does not wait for the others.
    let began = Instant::now();
    for _ in 0..5 {
        stops.scripts.gate.notify_one();
    }
    let outputs = ids.iter().map(|id| async {
        assert_eq!(goes_on.output(id).await, "three steps");
        began.elapsed()
    });
    let mut took = futures_util::future::join_all(outputs).await;
    took.sort_unstable();
    assert!(took[4] < Duration::from_millis(100), "{took:?}");
    // The others were cut off when the patience ended, and went on at once.
    assert!(took[5] >= Duration::from_secs(4) && took[9] < Duration::from_millis(4_100), "{took:?}");
    assert!(!stopping.await.unwrap().unwrap(), "something was cut off");
    assert_eq!((stops.scripts.tasks_run.lock().unwrap().len(), goes_on.tasks_run()), (10, 5 + 20));
}

/// A process that is told to stop has requests to finish before its engine stops.
#[tokio::test(start_paused = true)]
async fn a_host_that_hands_over_serves_clients_and_runs_nothing_new() {
    let cluster = Cluster::new();
    let (leaves, heir) = (cluster.join(scripts()).await, cluster.join(scripts()).await);
    let [busy, waits] =
        ["busy", "waits"].map(|id| leaves.start(if id == "busy" { "slow" } else { "event" }, id, ""));
    let (busy, waits) = (busy.await, waits.await);
    leaves.begun(2).await;
    leaves.engine.hand_over().await;
    // An event does not wait for the activity that still runs here.
    let event = JsonText::string("elsewhere");
    leaves.client.raise_event(waits.clone(), "x".to_owned(), event).await.unwrap();
    assert_eq!(leaves.output(&waits).await, "elsewhere");
    // What runs ends here and goes on elsewhere; what is asked for happens elsewhere.
    leaves.scripts.open_gate();
    heir.scripts.open_gate();
    assert_eq!(leaves.output(&busy).await, "three steps");
    let next = leaves.start("slow", "next", "").await;
    assert_eq!(leaves.output(&next).await, "three steps");
    assert_eq!((leaves.tasks_run(), heir.tasks_run()), (2, 2 + 3));
    assert!(leaves.engine.stop(std::future::pending()).await.unwrap(), "nothing is left to wait for");
}

#[tokio::test(start_paused = true)]
async fn a_host_without_others_works_until_it_stops() {
    let cluster = Cluster::new();
    let (gone, alone) = (cluster.join(scripts()).await, cluster.join(scripts()).await);
    gone.engine.stop(std::future::pending()).await.unwrap();
    let id = alone.start("slow", "s", "").await;
    alone.begun(1).await;
    alone.engine.hand_over().await;
    alone.scripts.open_gate();
    assert_eq!(alone.output(&id).await, "three steps");
    assert_eq!(alone.tasks_run(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_was_told_of_is_found_by_a_sweep() {
    let cluster = Cluster::with_options(Options { max_tasks: 2, claim_share: 0, ..Options::default() });
    let mut nodes = Vec::new();
    for _ in 0..3 {
        let link = Link::new(cluster.database.store("hub"));
        link.deafen();
        nodes.push(cluster.join_by(link, scripts()).await);
    }
    // Activities that wait in the store.
    let id = nodes[0].start("fan", "f", "6").await;
    for node in &nodes {
        node.begun(2).await;
    }
    for node in &nodes {
        node.scripts.open_gate();
    }
    // Results for an instance that another host owns, and a client that waits elsewhere.
    assert_eq!(nodes[2].output(&id).await, "6");
}
