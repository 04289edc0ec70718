//! Executions kept between turns: used only where they stand exactly right, and dropped when memory runs out.

use fnhost::workers::SessionStats;
use fnhost_protocol::{turn::TurnOutcome, worker::Worker};
use fnhost_sdk::{OrchestrationContext, Registry};

use crate::{
    play::Play,
    support::{done, soon, worker, worker_with_budget},
};

fn three_steps() -> Registry {
    Registry::new().orchestration("Steps", "Steps/mod.rs", |ctx: OrchestrationContext| async move {
        let mut results = Vec::new();
        for step in 0..3 {
            results.push(ctx.activity::<String>("Step", step).await?);
        }
        done(results)
    })
}

#[tokio::test]
async fn turns_go_on_with_what_was_kept() {
    let worker = worker(2, three_steps());
    let mut play = Play::new("Steps", 1);
    play.begin(&worker).await;
    assert_eq!(worker.session_stats().kept, 1);
    assert!(worker.session_stats().bytes > 256);
    while !play.is_over() {
        play.complete(&worker, 0).await;
    }
    assert_eq!(play.asked, 0);
    assert_eq!(worker.session_stats(), SessionStats { hits: 3, ..SessionStats::default() });
}

#[tokio::test]
async fn what_stands_elsewhere_is_not_used() {
    for change in ["session", "base", "generation"] {
        let worker = worker(1, three_steps());
        let mut play = Play::new("Steps", 1);
        play.begin(&worker).await;
        let mut turn = play.turn(vec![play.waiting[0].clone()]);
        match change {
            "session" => turn.session += 1,
            "base" => turn.base += 1,
            _ => turn.generation += 1,
        }
        assert_eq!(soon(worker.turn(turn)).await.unwrap(), TurnOutcome::NeedHistory, "{change}");
        assert_eq!(worker.session_stats().kept, 0, "{change}: it is stale for good");
        play.complete(&worker, 0).await;
        assert_eq!(play.asked, 1);
    }
}

#[tokio::test]
async fn a_history_outweighs_what_was_kept() {
    let worker = worker(1, three_steps());
    let mut play = Play::new("Steps", 1);
    play.begin(&worker).await;
    let mut turn = play.turn(vec![play.waiting[0].clone()]);
    turn.history = Some(play.history.as_slice().into());
    assert!(matches!(soon(worker.turn(turn)).await.unwrap(), TurnOutcome::Actions(_)));
    let stats = worker.session_stats();
    assert_eq!((stats.kept, stats.hits, stats.misses), (1, 0, 1));
}

#[tokio::test]
async fn the_least_recently_used_are_dropped_first() {
    let probe = worker(1, three_steps());
    Play::new("Steps", 1).begin(&probe).await;
    let room_for_three = probe.session_stats().bytes * 7 / 2;

    let worker = worker_with_budget(1, three_steps(), room_for_three);
    let mut plays: Vec<_> = (1..=4).map(|number| Play::new("Steps", number)).collect();
    for play in &mut plays[..3] {
        play.begin(&worker).await;
    }
    assert_eq!(worker.session_stats().evicted, 0);
    // The first is used again, so the second is the oldest when the fourth comes.
    plays[0].complete(&worker, 0).await;
    plays[3].begin(&worker).await;
    assert_eq!((worker.session_stats().kept, worker.session_stats().evicted), (3, 1));
    assert!(worker.session_stats().bytes <= room_for_three);
    for (play, asked) in plays.iter_mut().zip([0, 1, 0, 0]) {
        if play.instance.as_str() != "Steps-2" {
            play.complete(&worker, 0).await;
            assert_eq!(play.asked, asked, "{}", play.instance);
        }
    }
    plays[1].complete(&worker, 0).await;
    assert_eq!(plays[1].asked, 1);
}

#[tokio::test]
async fn without_memory_everything_is_replayed() {
    let worker = worker_with_budget(1, three_steps(), 0);
    let mut play = Play::new("Steps", 1);
    play.begin(&worker).await;
    while !play.is_over() {
        play.complete(&worker, 0).await;
    }
    assert_eq!(play.asked, 3);
    assert_eq!((worker.session_stats().kept, worker.session_stats().bytes), (0, 0));
}

#[tokio::test]
async fn instances_take_their_turns_side_by_side() {
    let worker = worker(4, three_steps());
    let plays = (0..64).map(|number| {
        let worker = worker.clone();
        tokio::spawn(async move {
            let mut play = Play::new("Steps", number);
            play.begin(&worker).await;
            while !play.is_over() {
                play.complete(&worker, 0).await;
            }
            (play.asked, play.history)
        })
    });
    let mut histories = Vec::new();
    for play in plays.collect::<Vec<_>>() {
        let (asked, history) = soon(play).await.unwrap();
        assert_eq!(asked, 0);
        histories.push(history);
    }
    assert!(histories.iter().all(|history| *history == histories[0]));
    assert_eq!(worker.session_stats().kept, 0);
}
