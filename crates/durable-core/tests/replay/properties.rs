//! The properties.

use fnhost_protocol::{history::EventKind, json::JsonText, status::RuntimeStatus};
use proptest::prelude::*;

use crate::{
    program::{Step, orderly, racing},
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
            let (name, input) = (format!("E{}", name % 3), JsonText::of(name).unwrap());
            world.tell(EventKind::EventRaised { name, input });
        }
        Move::Suspend => world.tell(EventKind::ExecutionSuspended { reason: String::new(), failure: None }),
        Move::Resume => world.tell(EventKind::ExecutionResumed { reason: String::new() }),
    }
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
}
