//! Inboxes that several hosts put messages into: a turn takes them in order, and each once.

use durable_core::store::CommitOutcome;

use crate::{build::turn, scene::Scene};

pub(crate) async fn a_turn_that_passes_over_a_message_is_fenced(mut scene: Scene) {
    let other = scene.other_host().await;
    let key = scene.running("a").await;
    let first = other.raised("a", "1").await.message;
    let second = scene.raised("a", "2").await.message;
    // This host was told of its own message only.
    let hasty = turn(key).after(1).consumes([second]).knows(second, 1).records(&["2"]);
    assert_eq!(scene.commit(hasty).await, CommitOutcome::Fenced);
    assert_eq!(
        (scene.inbox(key).await, scene.recorded(key).await),
        (vec!["1".to_owned(), "2".to_owned()], vec![])
    );
    scene.turn(turn(key).after(1).consumes([first, second]).knows(second, 2).records(&["1", "2"])).await;
    assert_eq!(scene.inbox(key).await, [""; 0]);
}

pub(crate) async fn a_turn_may_leave_messages_that_it_knows(mut scene: Scene) {
    let other = scene.other_host().await;
    let key = scene.running("a").await;
    other.raised("a", "1").await;
    let second = scene.raised("a", "2").await.message;
    scene.turn(turn(key).after(1).consumes([second]).knows(second, 2).records(&["2"])).await;
    assert_eq!(scene.inbox(key).await, ["1"]);
}

pub(crate) async fn what_comes_after_does_not_matter(mut scene: Scene) {
    let other = scene.other_host().await;
    let key = scene.running("a").await;
    let first = scene.raised("a", "1").await.message;
    other.raised("a", "2").await;
    scene.turn(turn(key).after(1).consumes([first]).knows(first, 1).records(&["1"])).await;
    assert_eq!(scene.inbox(key).await, ["2"]);
}

pub(crate) async fn a_message_that_another_turn_took_is_not_taken_again(mut scene: Scene) {
    let other = scene.other_host().await;
    let key = scene.running("a").await;
    let message = scene.raised("a", "1").await.message;
    other.turn(turn(key).after(1).consumes([message]).knows(message, 1).records(&["1"])).await;
    let again = turn(key).after(2).consumes([message]).knows(message, 1).records(&["1"]);
    assert_eq!(scene.commit(again).await, CommitOutcome::Fenced);
    assert_eq!(scene.recorded(key).await, ["1"]);
}

pub(crate) async fn messages_of_others_do_not_count(mut scene: Scene) {
    let other = scene.other_host().await;
    let (a, b) = (scene.running("a").await, scene.running("b").await);
    other.raised("b", "1").await;
    let message = scene.raised("a", "2").await.message;
    other.raised("b", "3").await;
    scene.turn(turn(a).after(1).consumes([message]).knows(message, 1)).await;
    assert_eq!(scene.inbox(b).await, ["1", "3"]);
}
