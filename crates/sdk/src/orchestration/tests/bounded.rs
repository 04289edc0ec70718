//! Joins and fan-outs with a bound on what runs at once.

use std::{cell::RefCell, collections::HashSet, rc::Rc};

use fnhost_protocol::action::Action;

use super::kit::{Desk, completed, failed};
use crate::{
    Chunk, ChunkResults, DeadLetter, FannedOut, OrchestrationContext, Result, RetryPolicy, ensure,
    testing::OrchestrationTester,
};

async fn doubled(ctx: OrchestrationContext, (at_once, width): (usize, u32)) -> Result<Vec<u32>> {
    let calls = (0..width).map(|number| ctx.activity("Double", number));
    ctx.join_bounded(at_once, calls).await.into_iter().collect()
}

#[test]
fn each_completion_lets_the_next_begin() {
    let mut desk = Desk::new(doubled);
    assert_eq!(desk.start_with((2, 4)), ["0: activity Double(0)", "1: activity Double(1)"]);
    assert_eq!(desk.turn([completed(1, 2)]), ["2: activity Double(2)"]);
    desk.evict();
    assert_eq!(desk.turn([completed(2, 4)]), ["3: activity Double(3)"]);
    assert!(desk.turn([completed(0, 0)]).is_empty());
    assert_eq!(desk.turn([completed(3, 6)]), ["complete [0,2,4,6]"]);
}

#[test]
fn every_bound_and_width_gives_the_order_of_the_list_and_keeps_to_the_bound() {
    for (at_once, width) in [(0, 3), (1, 0), (1, 5), (3, 3), (7, 100), (50, 51), (1000, 40)] {
        let mut desk = Desk::new(doubled);
        let (mut running, mut begun) = (HashSet::new(), 0_u32);
        let mut actions = {
            let asked = desk.start_with((at_once, width));
            begun += u32::try_from(asked.iter().filter(|line| line.contains("activity")).count()).unwrap();
            running.extend(0..begun);
            asked
        };
        while !desk.is_over() {
            assert!(running.len() <= at_once.max(1), "{} of {at_once} run", running.len());
            // The last that began is done first: order of completion is not that of the list.
            let done = *running.iter().max().unwrap();
            running.remove(&done);
            actions = desk.turn([completed(done, done * 2)]);
            for _ in actions.iter().filter(|line| line.contains("activity")) {
                running.insert(begun);
                begun += 1;
            }
        }
        let numbers: Vec<_> = (0..width).map(|number| (number * 2).to_string()).collect();
        assert_eq!(actions, [format!("complete [{}]", numbers.join(","))], "{at_once} of {width}");
        assert_eq!(begun, width);
    }
}

#[test]
fn failures_keep_their_place() {
    async fn code(ctx: OrchestrationContext) -> Result<Vec<bool>> {
        let results = ctx.join_bounded(1, ["A", "B"].iter().map(|name| ctx.activity::<()>(name, ()))).await;
        Ok(results.iter().map(Result::is_ok).collect())
    }
    let mut desk = Desk::new(code);
    desk.start();
    assert_eq!(desk.turn([failed(0, "no")]), ["1: activity B(null)"]);
    assert_eq!(desk.turn([completed(1, ())]), ["complete [false,true]"]);
}

/// Squares what it is given, each three times before it gives up.
async fn square_chunk(ctx: OrchestrationContext, numbers: Chunk<u64>) -> Result<ChunkResults<u64>> {
    let thrice = RetryPolicy::new(std::time::Duration::from_secs(5), 3);
    Ok(ctx.run_chunk(numbers, |number| ctx.activity("Square", number).retry(thrice.clone())).await)
}

async fn squares(ctx: OrchestrationContext, count: u64) -> Result<FannedOut<u64>> {
    ctx.fan_out("SquareChunk", 0..count).at_once(50).chunks_of(1000).show_progress().await
}

#[test]
fn a_hundred_thousand_items_keep_their_order_and_every_history_short() {
    let count: u64 = 100_000;
    let run = OrchestrationTester::new(squares)
        .sub_orchestration("SquareChunk", |chunk: Chunk<u64>| {
            ensure!(chunk.at_once == 50 && chunk.items.len() == 1000, "another chunk than asked for");
            ensure!(chunk.items[0] == chunk.first as u64, "a chunk that does not know its place");
            Ok(ChunkResults { outputs: chunk.items.iter().map(|n| n * n).collect(), dead_letters: vec![] })
        })
        .run(count);
    let squares: FannedOut<u64> = run.output();
    assert!(squares.outputs.iter().copied().eq((0..count).map(|number| number * number)));
    assert!(squares.dead_letters.is_empty());
    assert!(run.history().len() < 500, "{} events", run.history().len());
    assert_eq!(run.custom_status().unwrap().as_str(), r#"{"done":100000,"failed":0,"total":100000}"#);
    // One child at a time: at most one is asked for in any turn.
    let children = |turn: &Vec<Action>| {
        turn.iter().filter(|action| matches!(action, Action::CreateSubOrchestration { .. })).count()
    };
    assert_eq!(run.turns().iter().map(children).max(), Some(1));
}

#[test]
fn a_chunk_tries_again_gives_up_and_goes_on() {
    let attempts = Rc::new(RefCell::new(Vec::new()));
    let seen = attempts.clone();
    let run = OrchestrationTester::new(square_chunk)
        .activity("Square", move |number: u64| {
            seen.borrow_mut().push(number);
            ensure!(number != 1003, "unlucky");
            let repeated = seen.borrow().iter().filter(|seen| **seen == number).count();
            ensure!(number != 1001 || repeated == 2, "once is not enough");
            Ok(number * number)
        })
        .run(Chunk { first: 1000, at_once: 2, items: (1000..1005_u64).collect() });
    let results: ChunkResults<u64> = run.output();
    assert_eq!(results.outputs, [1_000_000, 1001 * 1001, 1002 * 1002, 1004 * 1004]);
    let [DeadLetter { index, failure }] = &results.dead_letters[..] else { panic!("{results:?}") };
    assert_eq!(*index, 1003);
    assert_eq!(failure.to_string(), "activity `Square` failed after 3 attempts: unlucky");
    assert_eq!(attempts.borrow().iter().filter(|number| **number == 1003).count(), 3);
}

#[test]
fn dead_letters_name_their_place_in_the_whole_list() {
    async fn code(ctx: OrchestrationContext, words: Vec<String>) -> Result<Vec<String>> {
        let done = ctx.fan_out::<usize>("MeasureChunk", &words).chunks_of(2).await?;
        Ok(done.dead_letters.iter().map(|dead| words[dead.index].clone()).collect())
    }
    async fn measure_chunk(ctx: OrchestrationContext, words: Chunk<String>) -> Result<ChunkResults<usize>> {
        Ok(ctx.run_chunk(words, |word| ctx.activity("Measure", word)).await)
    }
    let run = OrchestrationTester::new(code)
        .sub_orchestration("MeasureChunk", |chunk: Chunk<String>| {
            let measured = OrchestrationTester::new(measure_chunk).activity("Measure", |word: String| {
                ensure!(word.len() < 4, "`{word}` is long");
                Ok(word.len())
            });
            Ok(measured.run(chunk).output::<ChunkResults<usize>>())
        })
        .run(["ab", "long one", "c", "defg", "h"]);
    assert_eq!(run.output::<Vec<String>>(), ["long one", "defg"]);
    assert_eq!(run.custom_status(), None, "nobody asked for progress");
}

#[test]
fn a_child_on_record_may_have_been_given_another_number_of_items() {
    // As after a restart with a larger chunk: the first child was given two.
    let run = OrchestrationTester::new(squares)
        .sub_orchestration("SquareChunk", |chunk: Chunk<u64>| {
            let given = if chunk.first == 0 { 2 } else { chunk.items.len() };
            let outputs = chunk.items[..given].iter().map(|number| number * number).collect();
            Ok(ChunkResults { outputs, dead_letters: vec![] })
        })
        .run(5);
    assert_eq!(run.output::<FannedOut<u64>>().outputs, [0, 1, 4, 9, 16]);
    let run = OrchestrationTester::new(squares)
        .sub_orchestration("SquareChunk", |_: Chunk<u64>| {
            Ok(ChunkResults::<u64> { outputs: vec![], dead_letters: vec![] })
        })
        .run(5);
    assert_eq!(
        run.failure().to_string(),
        "`SquareChunk` tells of 0 items from item 0 on; allowed: one for each that it was given, and there are 5"
    );
}

#[test]
fn a_child_that_fails_fails_the_fan_out() {
    let run = OrchestrationTester::new(squares)
        .sub_orchestration("SquareChunk", |_: Chunk<u64>| -> Result<()> { crate::bail!("lost") })
        .run(3);
    assert_eq!(run.failure().to_string(), "sub-orchestration `SquareChunk` failed: lost");
}

#[test]
fn no_items_need_no_child() {
    let run = OrchestrationTester::new(squares).run(0);
    assert_eq!(run.output::<FannedOut<u64>>(), FannedOut { outputs: vec![], dead_letters: vec![] });
}
