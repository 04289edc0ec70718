//! Taking what waits.

use durable_core::store::{Added, Finish, Occurrence};

use crate::occurrences::life::{Stage, at, blob, slot};

pub(crate) async fn the_oldest_come_first(stage: Stage) {
    let due = |key: &str, seconds| Occurrence { due: at(seconds), ..blob(key, "1") };
    stage.add(0, vec![due("c", 3), due("a", 1), due("late", 9), due("b", 2), due("a too", 1)], 0).await;
    assert_eq!(stage.keys(3, 3).await, ["a", "a too", "b"]);
    assert_eq!(stage.keys(3, 3).await, ["c"]);
    assert_eq!(stage.keys(3, 3).await, [""; 0]);
}

pub(crate) async fn a_claim_takes_what_it_asks_for(stage: Stage) {
    let of = |source: &str, key: &str| Occurrence { source: source.to_owned(), ..blob(key, "1") };
    stage.add(0, vec![of("blob:a", "1"), of("blob:b", "2"), of("blob:c", "3"), of("blob:a", "4")], 0).await;
    assert_eq!(stage.claim(0, 9, &[]).await.leased, []);
    assert_eq!(stage.claim(0, 9, &["blob:unheard"]).await.leased, []);
    assert_eq!(stage.claim(0, 0, &["blob:a"]).await.leased, []);
    let leased = stage.claim(0, 9, &["blob:c", "blob:unheard", "blob:a"]).await.leased;
    let found: Vec<_> = leased.iter().map(|leased| leased.occurrence.key.as_str()).collect();
    assert_eq!(found, ["1", "3", "4"]);
    assert!(leased.iter().all(|leased| leased.attempt == 1), "{leased:?}");
}

pub(crate) async fn a_claim_tells_when_the_next_is_due(stage: Stage) {
    let due = |key: &str, seconds| Occurrence { due: at(seconds), ..blob(key, "1") };
    assert_eq!(stage.claim(0, 9, &["blob:a"]).await.next, None);
    stage.add(0, vec![due("a", 1), due("c", 8), due("b", 5)], 0).await;
    let claimed = stage.claim(1, 9, &["blob:a"]).await;
    assert_eq!((claimed.leased.len(), claimed.next), (1, Some(at(5))));
    assert_eq!(stage.claim(1, 9, &["blob:b"]).await.next, None);
    let poisoned = &claimed.leased[0];
    assert!(stage.finish(poisoned, Finish::Poison { reason: "broken".to_owned() }).await);
    assert_eq!(stage.claim(0, 9, &["blob:a"]).await.next, Some(at(5)));
}

pub(crate) async fn serial_ones_run_one_at_a_time(stage: Stage) {
    let timers = ["timer:a", "timer:b"];
    let added = stage.add(9, vec![slot("a", 1), slot("a", 2), slot("b", 2)], 9).await;
    assert!(matches!(added[..], [Added::Leased(_), Added::Waiting(_), Added::Leased(_)]), "{added:?}");
    assert_eq!(stage.claim(9, 9, &timers).await.leased, []);
    assert!(matches!(stage.add(9, vec![slot("a", 3)], 9).await[..], [Added::Waiting(_)]));
    let Added::Leased(first) = &added[0] else { unreachable!("looked at above") };
    assert!(stage.finish(first, Finish::Done).await);
    let claimed = stage.claim(9, 9, &timers).await.leased;
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0].occurrence, slot("a", 2));
    assert!(stage.finish(&claimed[0], Finish::GivenBack).await);
    let claimed = stage.claim(9, 9, &timers).await.leased;
    assert_eq!((claimed.len(), &claimed[0].occurrence), (1, &slot("a", 2)));
}

pub(crate) async fn serial_ones_wait_for_those_before_them(stage: Stage) {
    stage.add(0, vec![slot("a", 5)], 0).await;
    let added = stage.add(9, vec![slot("a", 6), slot("a", 4)], 9).await;
    assert!(matches!(added[..], [Added::Waiting(_), Added::Leased(_)]), "{added:?}");
    let Added::Leased(running) = &added[1] else { unreachable!("looked at above") };
    let again = Finish::Again { due: at(100) };
    assert!(stage.finish(running, again).await);
    let claimed = stage.claim(9, 9, &["timer:a"]).await;
    assert_eq!((claimed.leased.len(), &claimed.leased[0].occurrence), (1, &slot("a", 5)));
    assert_eq!(claimed.next, Some(at(100)));
}

pub(crate) async fn a_poisoned_one_holds_up_nobody(stage: Stage) {
    let first = stage.taken(slot("a", 1)).await;
    assert!(stage.finish(&first, Finish::Poison { reason: "broken".to_owned() }).await);
    let second = stage.taken(slot("a", 2)).await;
    assert_eq!(second.occurrence, slot("a", 2));
}
