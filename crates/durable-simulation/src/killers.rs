//! Activities that take their host down, each time that they run: they fail in the end, and nothing else does.

use std::time::Duration;

use crate::{
    plan::{Afterwards, Plan, Root},
    program::{Ends, Program, Step, Task},
    random::Random,
};

/// Adds a killer to every fourth plan.
pub(crate) fn add_to(plan: &mut Plan, random: &mut Random) {
    if !random.chance(250) {
        // Chance may strike the same work as often as it likes.
        plan.options.max_host_deaths = u32::MAX;
        return;
    }
    // Nothing else kills: what is charged to anybody else is wrong.
    (plan.faults.deaths, plan.faults.pauses) = (0, 0);
    let calm_at = u64::try_from(plan.calm_at.as_millis()).expect("simulations are short");
    plan.roots.push(Root {
        id: "killer".to_owned(),
        program: plan.programs.len(),
        begins: random.millis(0..calm_at),
        terminated: None,
        suspended: None,
        afterwards: Afterwards::Stays,
    });
    plan.programs.push(program(random));
}

/// A killer with some harmless activities beside it, that are done before it strikes or are not.
fn program(random: &mut Random) -> Program {
    let task = |millis, ends| Task { gives: 1, millis, ends, tries: 1, pause: 0 };
    let killer = task(random.number(0..1_500), Ends::Killed);
    let mut tasks: Vec<Task> =
        (0..random.number(0..4)).map(|_| task(random.number(0..2_500), Ends::Well)).collect();
    tasks.insert(random.index(tasks.len() + 1), killer);
    let wait = Step::Timer(Duration::from_millis(random.number(0..1_000)));
    Program { steps: vec![wait, Step::Tasks(tasks)], rounds: 0 }
}
