//! Several hosts on one database: who may write what, and what becomes of the work of one that dies.

use durable_core::{
    model::TimerRow,
    store::{ClaimRequest, CommitOutcome, DeliveredTo, KeyScope, News, StoreError, StoredKey},
};
use futures_util::{FutureExt as _, StreamExt as _};

use crate::{
    build::{at, create, event, orchestration, purge, start, task_of, task_result, to, turn},
    host::{Host, ok},
    scene::Scene,
};

pub(crate) async fn each_host_has_a_number_of_its_own(mut scene: Scene) {
    let (second, third) = (scene.other_host().await, scene.other_host().await);
    let hosts = [scene.lease.host, second.lease.host, third.lease.host];
    assert!(hosts[0] != hosts[1] && hosts[1] != hosts[2] && hosts[0] != hosts[2], "{hosts:?}");
}

pub(crate) async fn a_host_that_joins_leaves_leases_alone(mut scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).leased_task(0, "Work").keeps()).await;
    scene.raised("a", "hello").await;
    let other = scene.other_host().await;
    let other = other.register_again().await;
    let claimed = other.claim(10, 10).await;
    assert_eq!((claimed.instances, claimed.tasks), (vec![], vec![]));
    scene.turn(turn(key).after(2).takes(task_of(key, 0))).await;
}

pub(crate) async fn a_turn_of_another_hosts_instance_is_fenced(mut scene: Scene) {
    let other = scene.other_host().await;
    let (kept, claimed) = (scene.running("kept").await, scene.pending("claimed").await);
    scene.claim_instances(10).await;
    scene.turn(turn(kept).after(1).keeps()).await;
    assert_eq!(other.commit(turn(kept).after(2).records(&["x"])).await, CommitOutcome::Fenced);
    assert_eq!(other.commit(turn(claimed).records(&["x"])).await, CommitOutcome::Fenced);
    assert_eq!((scene.recorded(kept).await, scene.recorded(claimed).await), (vec![], vec![]));
    scene.turn(turn(kept).after(2)).await;
    scene.turn(turn(claimed)).await;
}

pub(crate) async fn nobodys_instance_is_the_first_hosts_that_writes(mut scene: Scene) {
    let other = scene.other_host().await;
    let key = scene.running("a").await;
    other.turn(turn(key).after(1).records(&["theirs"])).await;
    assert_eq!(scene.commit(turn(key).after(1).records(&["mine"])).await, CommitOutcome::Fenced);
    assert_eq!(scene.recorded(key).await, ["theirs"]);
    scene.turn(turn(key).after(2).records(&["mine"])).await;
    assert_eq!(other.recorded(key).await, ["theirs", "mine"]);
}

pub(crate) async fn a_message_tells_whose_instance_it_reached(mut scene: Scene) {
    let other = scene.other_host().await;
    let (mine, nobodys) = (scene.running("mine").await, scene.running("nobodys").await);
    scene.turn(turn(mine).after(1).keeps()).await;
    assert_eq!(scene.raised("mine", "1").await.to, DeliveredTo::Here);
    assert_eq!(other.raised("mine", "2").await.to, DeliveredTo::Elsewhere);
    assert_eq!(scene.raised("nobodys", "1").await.to, DeliveredTo::Here);
    assert_eq!(other.raised("nobodys", "2").await.to, DeliveredTo::Here);
    let theirs = other.running("theirs").await;
    let run = turn(theirs).after(1).sends(to("mine"), event("3")).sends(to("nobodys"), event("3"));
    let (child, done) = (other.key().await, other.turn(run.sends(to("theirs"), event("3")).keeps()).await);
    let reached: Vec<_> = done.deliveries.iter().flatten().map(|delivery| delivery.to).collect();
    assert_eq!(reached, [DeliveredTo::Elsewhere, DeliveredTo::Here, DeliveredTo::Here]);
    let done = other.turn(turn(theirs).after(2).sends(create(child, "child"), event("begin"))).await;
    assert_eq!(done.deliveries[0].map(|delivery| delivery.to), Some(DeliveredTo::Here));
    assert_eq!(scene.inbox(mine).await, ["1", "2", "3"]);
    assert_eq!(scene.inbox(nobodys).await, ["1", "2", "3"]);
}

pub(crate) async fn a_result_tells_whose_instance_it_reached(mut scene: Scene) {
    let other = scene.other_host().await;
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).task(0, "Work").keeps()).await;
    other.claim(0, 10).await;
    let outcome = other.commit(task_result(task_of(key, 0))).await;
    let CommitOutcome::TaskResult(delivery) = outcome else { panic!("{outcome:?}") };
    assert_eq!(delivery.to, DeliveredTo::Elsewhere);
    assert_eq!(scene.message_ids(key).await, [delivery.message]);
}

pub(crate) async fn hosts_share_the_work(mut scene: Scene) {
    let other = scene.other_host().await;
    let (a, b) = (scene.running("a").await, scene.running("b").await);
    scene.turn(turn(a).after(1).task(0, "1").task(1, "2")).await;
    scene.raised("a", "hello").await;
    scene.raised("b", "hello").await;
    let (mine, theirs) = (scene.claim(1, 1).await, other.claim(10, 10).await);
    assert_eq!((mine.instances, theirs.instances), (vec![a], vec![b]));
    assert_eq!((mine.tasks[0].name.as_str(), theirs.tasks[0].name.as_str()), ("1", "2"));
    assert_eq!((mine.tasks.len(), theirs.tasks.len()), (1, 1));
}

pub(crate) async fn another_hosts_task_is_not_mine_to_end(mut scene: Scene) {
    let other = scene.other_host().await;
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).leased_task(0, "Work")).await;
    assert_eq!(other.commit(task_result(task_of(key, 0))).await, CommitOutcome::Fenced);
    let result = turn(key).after(2).takes(task_of(key, 0)).records(&["x"]);
    assert_eq!(other.commit(result).await, CommitOutcome::Fenced);
    other.release(vec![task_of(key, 0)]).await;
    assert_eq!(other.claim_tasks(10).await, []);
    let outcome = scene.commit(task_result(task_of(key, 0))).await;
    assert!(matches!(outcome, CommitOutcome::TaskResult(_)), "{outcome:?}");
}

pub(crate) async fn a_released_task_is_everybodys(mut scene: Scene) {
    let other = scene.other_host().await;
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).leased_task(0, "Work")).await;
    scene.release(vec![task_of(key, 0)]).await;
    assert_eq!(other.claim_tasks(10).await, [("Work".to_owned(), 1)]);
}

pub(crate) async fn an_instance_that_is_let_go_is_everybodys(mut scene: Scene) {
    let other = scene.other_host().await;
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).keeps()).await;
    other.raised("a", "hello").await;
    assert_eq!(other.claim_instances(10).await, []);
    scene.turn(turn(key).after(2)).await;
    assert_eq!(other.claim_instances(10).await, [key]);
}

pub(crate) async fn a_dead_hosts_work_is_everybodys(mut scene: Scene) {
    let other = scene.other_host().await;
    let (kept, claimed) = (scene.running("kept").await, scene.pending("claimed").await);
    scene.claim_instances(10).await;
    scene
        .turn(turn(kept).after(1).leased_task(0, "Handed").task(1, "Claimed").task(2, "Queued").keeps())
        .await;
    scene.claim(0, 1).await;
    other.raised("kept", "hello").await;
    scene.dies(scene.lease, &other).await;
    let work = other.claim(10, 10).await;
    let tasks: Vec<_> = work.tasks.iter().map(|task| (task.name.as_str(), task.attempt)).collect();
    assert_eq!(work.instances, [claimed, kept]);
    assert_eq!(tasks, [("Handed", 2), ("Claimed", 2), ("Queued", 1)]);
    other.turn(turn(kept).after(2).takes(task_of(kept, 0))).await;
}

pub(crate) async fn a_dead_host_writes_nothing(mut scene: Scene) {
    let other = scene.other_host().await;
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).leased_task(0, "Work").keeps()).await;
    let fresh = scene.key().await;
    scene.dies(scene.lease, &other).await;
    let items = vec![
        turn(key).after(2).takes(task_of(key, 0)).records(&["x"]).into(),
        task_result(task_of(key, 0)),
        start(orchestration(fresh, "b")).into(),
        purge("b"),
    ];
    let result = scene.try_batch(at(0), items).await;
    assert!(matches!(result, Err(StoreError::LeaseLost(_))), "{result:?}");
    let result = scene.store.claim(scene.lease, ClaimRequest { instances: 9, tasks: 9 }).await;
    assert!(matches!(result, Err(StoreError::LeaseLost(_))), "{result:?}");
    assert_eq!(other.recorded(key).await, [""; 0]);
    assert_eq!((other.inbox(key).await, other.try_load(fresh).await), (vec![], None));
    assert_eq!(other.claim_tasks(10).await, [("Work".to_owned(), 2)]);
}

pub(crate) async fn a_dead_host_gives_nothing_back(mut scene: Scene) {
    let other = scene.other_host().await;
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).leased_task(0, "Work")).await;
    scene.dies(scene.lease, &other).await;
    assert_eq!(other.claim_tasks(10).await, [("Work".to_owned(), 2)]);
    // Whether it is told so or not, the lease of another host stays.
    match scene.store.release(scene.lease, vec![task_of(key, 0)]).await {
        Ok(()) | Err(StoreError::LeaseLost(_)) => {}
        Err(other) => panic!("{other}"),
    }
    assert_eq!(other.claim_tasks(10).await, []);
}

pub(crate) async fn a_takeover_leaves_the_living_alone(mut scene: Scene) {
    let (other, third) = (scene.other_host().await, scene.other_host().await);
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).leased_task(0, "Work").keeps()).await;
    scene.raised("a", "hello").await;
    scene.dies(other.lease, &third).await;
    let claimed = third.claim(10, 10).await;
    assert_eq!((claimed.instances, claimed.tasks), (vec![], vec![]));
    scene.turn(turn(key).after(2).takes(task_of(key, 0))).await;
}

pub(crate) async fn a_dead_host_is_found_once(mut scene: Scene) {
    let (other, third) = (scene.other_host().await, scene.other_host().await);
    scene.dies(scene.lease, &other).await;
    assert_eq!((other.take_over().await, third.take_over().await), (0, 0));
}

pub(crate) async fn who_renewed_in_time_lives(mut scene: Scene) {
    let other = scene.other_host().await;
    ok("renew", other.store.renew(other.lease).await);
    assert_eq!(scene.take_over().await, 0);
    other.running("a").await;
}

pub(crate) async fn what_stops_leaves_its_work_to_others(mut scene: Scene) {
    let other = scene.other_host().await;
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).leased_task(0, "Work").keeps()).await;
    scene.raised("a", "hello").await;
    scene.deregister().await;
    assert_eq!(other.claim_instances(10).await, [key]);
    assert_eq!(other.claim_tasks(10).await, [("Work".to_owned(), 2)]);
    other.turn(turn(key).after(2).takes(task_of(key, 0))).await;
}

pub(crate) async fn the_stopped_are_not_found_dead(mut scene: Scene) {
    let other = scene.other_host().await;
    scene.deregister().await;
    assert_eq!(other.take_over().await, 0);
}

pub(crate) async fn a_host_knows_how_many_others_live(mut scene: Scene) {
    assert_eq!(scene.others().await, 0);
    let (other, third) = (scene.other_host().await, scene.other_host().await);
    assert_eq!(scene.others().await, 2);
    third.deregister().await;
    assert_eq!((scene.others().await, other.others().await), (1, 1));
    scene.dies(scene.lease, &other).await;
    assert_eq!(other.others().await, 0);
    let result = scene.store.others(scene.lease).await;
    assert!(matches!(result, Err(StoreError::LeaseLost(_))), "{result:?}");
}

pub(crate) async fn a_host_finds_what_others_sent_to_its_instances(mut scene: Scene) {
    let other = scene.other_host().await;
    let (kept, nobodys) = (scene.running("kept").await, scene.running("nobodys").await);
    let theirs = other.running("theirs").await;
    scene.turn(turn(kept).after(1).keeps()).await;
    other.turn(turn(theirs).after(1).keeps()).await;
    let first = other.raised("kept", "1").await.message;
    scene.raised("theirs", "2").await;
    other.raised("nobodys", "3").await;
    let last = scene.raised("kept", "4").await.message;
    assert_eq!(scene.unread(10).await, [(kept, first), (kept, last)]);
    assert_eq!(scene.unread(1).await, [(kept, first)]);
    scene.turn(turn(kept).after(2).consumes([first]).keeps()).await;
    assert_eq!(scene.unread(10).await, [(kept, last)]);
    scene.claim_instances(10).await;
    assert_eq!(scene.unread(10).await.into_iter().map(|(key, _)| key).collect::<Vec<_>>(), [nobodys, kept]);
    scene.turn(turn(kept).after(3)).await;
    assert_eq!(scene.unread(10).await.len(), 1);
    scene.dies(scene.lease, &other).await;
    let result = scene.store.unread(scene.lease, 10).await;
    assert!(matches!(result, Err(StoreError::LeaseLost(_))), "{result:?}");
}

pub(crate) async fn a_host_knows_what_it_has_leased(mut scene: Scene) {
    let other = scene.other_host().await;
    let key = scene.running("a").await;
    scene
        .turn(
            turn(key)
                .after(1)
                .leased_task(0, "Mine")
                .task(1, "Mine too")
                .task(2, "Theirs")
                .task(3, "Nobody's"),
        )
        .await;
    scene.claim(0, 1).await;
    other.claim(0, 1).await;
    assert_eq!(scene.leased().await, [task_of(key, 0), task_of(key, 1)]);
    scene.release(vec![task_of(key, 1)]).await;
    assert_eq!(scene.leased().await, [task_of(key, 0)]);
    scene.commit(task_result(task_of(key, 0))).await;
    assert_eq!(scene.leased().await, []);
    scene.dies(scene.lease, &other).await;
    let result = scene.store.leased(scene.lease).await;
    assert!(matches!(result, Err(StoreError::LeaseLost(_))), "{result:?}");
}

pub(crate) async fn a_host_finds_timers_that_it_may_fire(mut scene: Scene) {
    let other = scene.other_host().await;
    let (mine, nobodys) = (scene.running("mine").await, scene.running("nobodys").await);
    let theirs = other.running("theirs").await;
    other.turn(turn(theirs).after(1).timer(0, at(1)).keeps()).await;
    scene.turn(turn(nobodys).after(1).timer(0, at(2))).await;
    scene.turn(turn(mine).after(1).timer(0, at(3)).timer(1, at(9)).keeps()).await;
    let overdue = async |host: &Host, after, limit| {
        let rows = ok("read timers", host.store.overdue(host.lease, at(3), after, limit).await);
        rows.into_iter().map(|row| (row.fire_at, row.timer)).collect::<Vec<_>>()
    };
    let (first, second, third) =
        ((at(1), task_of(theirs, 0)), (at(2), task_of(nobodys, 0)), (at(3), task_of(mine, 0)));
    assert_eq!(overdue(&scene, None, 10).await, [second, third]);
    assert_eq!(overdue(&other, None, 10).await, [first, second]);
    assert_eq!(overdue(&scene, None, 1).await, [second]);
    let cursor = TimerRow { fire_at: second.0, timer: second.1 };
    assert_eq!(overdue(&scene, Some(cursor), 10).await, [third]);
    scene.dies(scene.lease, &other).await;
    assert_eq!(overdue(&other, None, 10).await, [first, second, third]);
    let result = scene.store.overdue(scene.lease, at(3), None, 10).await;
    assert!(matches!(result, Err(StoreError::LeaseLost(_))), "{result:?}");
}

pub(crate) async fn hosts_hear_of_each_other(mut scene: Scene) {
    let other = scene.other_host().await;
    let mut news = other.store.news();
    assert_eq!(news.next().await, Some(News::ALL));
    ok("announce", scene.store.announce(News::TASKS | News::FINISHED).await);
    let heard = news.next().await.expect("news go on");
    assert!(heard.has(News::TASKS | News::FINISHED), "{heard:?}");
}

pub(crate) async fn task_hubs_do_not_hear_of_each_other(mut scene: Scene) {
    let (other, speaker) = (scene.other_hub("other").await, scene.other_hub("other").await);
    let (mut mine, mut theirs) = (scene.store.news(), other.store.news());
    assert_eq!((mine.next().await, theirs.next().await), (Some(News::ALL), Some(News::ALL)));
    ok("announce", speaker.store.announce(News::TASKS).await);
    // Theirs has come when mine would have.
    assert_eq!(theirs.next().await, Some(News::TASKS));
    assert_eq!(mine.next().now_or_never(), None);
}

pub(crate) async fn a_dead_host_may_come_back(mut scene: Scene) {
    let other = scene.other_host().await;
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).keeps()).await;
    scene.dies(scene.lease, &other).await;
    let back = scene.register_again().await;
    assert_ne!(back.lease, scene.lease);
    back.turn(turn(key).after(2).keeps()).await;
    assert_eq!(other.commit(turn(key).after(3)).await, CommitOutcome::Fenced);
}

pub(crate) async fn another_hosts_instance_may_be_replaced(mut scene: Scene) {
    let other = scene.other_host().await;
    let (old, new) = (scene.running("a").await, other.key().await);
    scene.turn(turn(old).after(1).leased_task(0, "Work").keeps()).await;
    let outcome = other.commit(start(orchestration(new, "a")).replacing()).await;
    assert!(matches!(outcome, CommitOutcome::Started(_)), "{outcome:?}");
    assert_eq!(scene.commit(turn(old).after(2)).await, CommitOutcome::Fenced);
    assert_eq!(scene.commit(task_result(task_of(old, 0))).await, CommitOutcome::Fenced);
    assert_eq!(scene.raised("a", "hello").await.to, DeliveredTo::Here);
}

pub(crate) async fn hosts_share_keys_and_secrets(mut scene: Scene) {
    let other = scene.other_host().await;
    let key = StoredKey { scope: KeyScope::Master, name: "_master".to_owned(), hash: [9; 32] };
    ok("put a key", scene.store.put_key(key.clone()).await);
    assert_eq!(ok("list the keys", other.store.keys().await), [key]);
    let (mine, theirs) = tokio::join!(
        scene.store.secret("s".to_owned(), [1; 32]),
        other.store.secret("s".to_owned(), [2; 32])
    );
    assert_eq!(ok("read a secret", mine), ok("read a secret", theirs));
}

pub(crate) async fn hosts_reserve_different_keys(mut scene: Scene) {
    let other = scene.other_host().await;
    let (mine, theirs) = tokio::join!(scene.keys(50), other.keys(50));
    assert!(mine.iter().all(|key| !theirs.contains(key)), "{mine:?} {theirs:?}");
}
