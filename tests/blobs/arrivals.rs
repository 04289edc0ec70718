//! Every version of every blob starts its function once.

use std::fs;

use super::scene::{Catcher, trigger};

#[test]
fn each_of_many_files_is_caught_once() {
    let catcher = Catcher::catching();
    for number in 0..200 {
        catcher.write(&format!("in/before/{number}"), "old");
    }
    let host = catcher.start();
    for number in 0..800 {
        catcher.write(&format!("in/after/{}/{number}", number % 7), "new");
    }
    catcher.wait_for(1_000);
    catcher.wait_for_fence("in/fence");
    let counts = catcher.counts();
    assert_eq!(counts.len(), 1_001);
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
    host.expect_alive();
}

#[test]
fn an_overwritten_blob_starts_again() {
    let catcher = Catcher::catching();
    let _host = catcher.start();
    for (round, text) in ["one", "two", "three"].into_iter().enumerate() {
        catcher.write("in/a", text);
        catcher.wait_for(round + 1);
    }
    assert_eq!(catcher.ledger(), ["a|one|1", "a|two|1", "a|three|1"]);
}

#[test]
fn a_rewrite_of_the_same_length_at_once_starts_again() {
    let catcher = Catcher::catching();
    let _host = catcher.start();
    catcher.write("in/a", "x");
    catcher.wait_for(1);
    catcher.write("in/a", "y");
    assert_eq!(catcher.wait_for(2), ["a|x|1", "a|y|1"]);
}

#[test]
fn a_file_that_is_renamed_into_place_starts_once() {
    let catcher = Catcher::catching();
    let _host = catcher.start();
    catcher.write("in/a.tmp", "whole");
    fs::rename(catcher.file("in/a.tmp"), catcher.file("in/a")).expect("the file is renamed");
    let outside = catcher.scene.folder().join("outside");
    fs::write(&outside, "from outside").expect("the file is written");
    fs::rename(&outside, catcher.file("in/b")).expect("the file is renamed");
    catcher.wait_for(2);
    catcher.wait_for_fence("in/fence");
    let mut ledger = catcher.ledger();
    ledger.sort();
    assert_eq!(ledger, ["a|whole|1", "b|from outside|1", "fence|fence|1"]);
}

#[test]
fn captures_and_other_names() {
    let catcher = Catcher::new(&[("Catch", &trigger("in/{name}.{ext}"))]);
    let _host = catcher.start();
    catcher.write("in/nodot", "no");
    catcher.write("in/deep/a.b.txt", "yes");
    catcher.write("out/a.txt", "no");
    catcher.write("in/ä b+%20.txt", "yes");
    catcher.write("in/.hidden.txt", "no");
    catcher.wait_for(2);
    catcher.wait_for_fence("in/fence.x");
    let mut ledger = catcher.ledger();
    ledger.sort();
    assert_eq!(ledger, ["deep/a.b.txt|yes|1", "fence.x|fence|1", "ä b+%20.txt|yes|1"]);
}
