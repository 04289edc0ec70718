//! Hosts that are killed while blobs arrive.

use std::collections::BTreeSet;

use super::scene::Catcher;

#[test]
fn of_a_thousand_none_is_lost_and_what_was_finished_is_not_repeated() {
    let catcher = Catcher::catching();
    let mut host = catcher.start();
    for round in 0..4 {
        let before = catcher.ledger().len();
        for number in 0..250 {
            catcher.write(&format!("in/{round}-{number}"), "x");
        }
        catcher.wait_for(before + 40);
        host.kill();
        host = catcher.start();
    }
    let catches = || {
        let names: BTreeSet<_> =
            catcher.ledger().iter().filter_map(|line| line.split('|').next().map(str::to_owned)).collect();
        names.len()
    };
    crate::support::until_within(std::time::Duration::from_secs(90), "all to be caught", || {
        let names = catches();
        if names == 1_000 { Ok(()) } else { Err(format!("{names} of them")) }
    });
    catcher.wait_for_fence("in/fence");
    // Only what ran or was about to be recorded may run again: twice what runs at once, for each of four deaths.
    let repeated = catcher.ledger().len() - 1_001;
    let at_once = 8 * std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    assert!(repeated <= 4 * 2 * at_once, "{repeated} ran again");
}
