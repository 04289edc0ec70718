//! Where functions begin: with what is there, or with what comes.

use super::scene::{Catcher, trigger};

#[test]
fn a_restart_repeats_nothing_and_misses_nothing() {
    let catcher = Catcher::catching();
    catcher.write("in/a", "1");
    let host = catcher.start();
    catcher.wait_for(1);
    Catcher::stop(host);
    catcher.write("in/b", "1");
    catcher.write("in/a", "2");
    let _host = catcher.start();
    catcher.wait_for(3);
    catcher.wait_for_fence("in/fence");
    let mut ledger = catcher.ledger();
    ledger.sort();
    assert_eq!(ledger, ["a|1|1", "a|2|1", "b|1|1", "fence|fence|1"]);
}

#[test]
fn a_function_may_begin_with_what_is_new() {
    let new_only = format!("{}startFrom = \"new\"\n", trigger("in/{name}"));
    let catcher = Catcher::new(&[("CatchNew", &new_only)]);
    for number in 0..50 {
        catcher.write(&format!("in/old{number}"), "old");
    }
    // Older than the host's start by the clock of the file system.
    std::thread::sleep(std::time::Duration::from_millis(20));
    let host = catcher.start();
    host.wait_to_say("start nothing");
    catcher.write("in/new", "new");
    catcher.wait_for(1);
    catcher.write("in/old7", "written over");
    assert_eq!(catcher.wait_for(2), ["new|new|1", "old7|written over|1"]);
    Catcher::stop(host);
    // What is written while nobody runs is new.
    catcher.write("in/meanwhile", "new");
    let _host = catcher.start();
    assert_eq!(catcher.wait_for(3)[2], "meanwhile|new|1");
    catcher.wait_for_fence("in/fence");
    assert_eq!(catcher.ledger().len(), 4);
}
