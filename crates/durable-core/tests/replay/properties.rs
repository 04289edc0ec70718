//! The properties.

use fnhost_protocol::{history::EventKind, json::JsonText, status::RuntimeStatus};
use proptest::prelude::*;

use std::collections::VecDeque;

use crate::{
    program::{Rounds, Step, event_name, orderly, racing},
    world::World,
};

/// What happens next.
#[derive(Debug, Clone)]
enum Move {
    /// Something that is open comes about.
    Complete(usize),
    /// A turn takes what has gathered.
    Turn,
    Evict,
    Raise(u8),
    Suspend,
    Resume,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        6 => any::<usize>().prop_map(Move::Complete),
        4 => Just(Move::Turn),
        1 => Just(Move::Evict),
        1 => any::<u8>().prop_map(Move::Raise),
        1 => Just(Move::Suspend),
        2 => Just(Move::Resume),
    ];
    prop::collection::vec(one, 0..80)
}

fn play(world: &mut World, one: &Move, evicts: bool) {
    match one {
        Move::Complete(which) => world.complete(*which),
        Move::Turn => {
            if evicts {
                world.evict();
            }
            world.turn();
        }
        Move::Evict if evicts => world.evict(),
        Move::Evict => {}
        Move::Raise(name) => {
            raise(world, *name, u32::from(*name));
        }
        Move::Suspend => world.tell(EventKind::ExecutionSuspended { reason: String::new(), failure: None }),
        Move::Resume => world.tell(EventKind::ExecutionResumed { reason: String::new() }),
    }
}

fn raise(world: &mut World, name: u8, payload: u32) {
    let (name, input) = (event_name(name).to_uppercase(), JsonText::of(&payload).unwrap());
    world.tell(EventKind::EventRaised { name, input });
}

/// Answers everything, the oldest first, one to a turn, until it ends or waits for what will not come.
fn finish(world: &mut World, evicts: bool) {
    play(world, &Move::Resume, evicts);
    play(world, &Move::Turn, evicts);
    while !world.is_over() && !world.open.is_empty() {
        world.complete(0);
        play(world, &Move::Turn, evicts);
    }
}

/// The output of a program whose calls are answered in the order in which they were made.
fn reference(program: &Step) -> String {
    let mut world = World::new(program);
    finish(&mut world, false);
    format!("{:?}", world.completion.expect("nothing is left open"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_interleaving_comes_to_the_same(program in orderly(), moves in moves()) {
        let mut world = World::new(&program);
        for one in &moves {
            play(&mut world, one, false);
        }
        finish(&mut world, false);
        prop_assert_eq!(format!("{:?}", world.completion.unwrap()), reference(&program));
    }

    #[test]
    fn code_that_starts_over_writes_what_kept_code_writes(program in racing(), moves in moves()) {
        let [mut kept, mut cold] = [World::new(&program), World::new(&program)];
        for one in &moves {
            play(&mut kept, one, false);
            play(&mut cold, one, true);
        }
        finish(&mut kept, false);
        finish(&mut cold, true);
        prop_assert_eq!(format!("{:#?}", kept.commits), format!("{:#?}", cold.commits));
        let status = kept.commits.last().map(|turn| turn.update.status);
        prop_assert_eq!(kept.is_over(), matches!(status, Some(RuntimeStatus::Completed | RuntimeStatus::Failed)));
    }

    /// Whenever they come, however often it begins anew: each event is seen once, in the order of its name.
    #[test]
    fn events_are_carried_over_in_order(
        plan in prop::collection::vec((0..3_u8, 0..4_u8), 0..8),
        moves in moves(),
        evicts in any::<bool>(),
    ) {
        let input: Rounds = (Vec::new(), plan.iter().rev().copied().collect());
        let mut world = World::of("Rounds", &input);
        let mut lines: [VecDeque<u32>; 3] = Default::default();
        let mut number = 0;
        let mut raise_next = |world: &mut World, name: u8| {
            number += 1;
            if !world.is_over() {
                raise(world, name, number);
                lines[usize::from(name % 3)].push_back(number);
            }
        };
        for one in &moves {
            match one {
                Move::Raise(name) => raise_next(&mut world, *name),
                other => play(&mut world, other, evicts),
            }
        }
        // As many as it can want, in turn.
        for name in (0..3).cycle().take(3 * 4 * 8) {
            raise_next(&mut world, name);
        }
        for _ in 0..=plan.len() {
            finish(&mut world, evicts);
        }
        let expected: Vec<u32> =
            plan.iter().flat_map(|(name, count)| (0..*count).map(|_| *name).collect::<Vec<_>>())
                .map(|name| lines[usize::from(name)].pop_front().unwrap())
                .collect();
        let output = world.completion.unwrap().output.unwrap();
        prop_assert_eq!(output.read::<Vec<u32>>().unwrap(), expected);
    }
}
