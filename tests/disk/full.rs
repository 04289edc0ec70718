//! The disk is full while clients are at work, then there is space again.

use std::{fs, path::Path, time::Duration};

use rustix::process::Signal;

use super::{
    files::{copy, expect_sound},
    load::{Books, Load, audit, under_load},
    places::{as_seen_by, left_out, limit_files, limitable, small_disk, take_all_space},
};
use crate::{
    crash::rounds,
    support::{Host, Scene, until},
};

/// As many operations are done before, refused during, and done after.
const SOME: usize = 40;

#[test]
fn a_full_disk_is_told_and_nothing_acknowledged_is_lost() {
    for round in 0..rounds() {
        let scene = Scene::new();
        let Some(wrapper) = small_disk(scene.folder()) else {
            return left_out("a_full_disk_is_told_and_nothing_acknowledged_is_lost");
        };
        let scene = scene.wrapped(wrapper);
        let mut host = scene.start();
        let folder = as_seen_by(&host, scene.folder());
        let filler = folder.join("filler");
        let books = under_load(&host, |load| {
            load.wait_for_acknowledged(SOME);
            let taken = take_all_space(&filler);
            assert!(taken > 1_000_000, "the disk was full before: {taken} bytes were free");
            // The log is overwritten from its beginning as long as that works, so it may take a while.
            full(load, &host, &folder.join("state.db"), "no space is left for the database; free some");
            fs::remove_file(&filler).expect("an own file can be removed");
            load.wait_for_acknowledged(SOME);
        });
        eprintln!("round {round}: {} acknowledged, {} refused", books.acknowledged(), books.refused());
        audit(&host, &books, false);
        stop(&mut host);
    }
}

/// Where nobody may mount a small disk, a limit for files stands in: to SQLite a disk that fails.
#[test]
fn a_disk_that_takes_nothing_more_is_told_and_nothing_acknowledged_is_lost() {
    for round in 0..rounds() {
        let scene = Scene::new().wrapped(limitable());
        let mut host = scene.start();
        let books = under_load(&host, |load| {
            load.wait_for_acknowledged(SOME);
            let size = fs::metadata(scene.database_file()).expect("the database is there").len();
            limit_files(&host, Some(size));
            full(load, &host, &scene.database_file(), "the disk failed");
            limit_files(&host, None);
            load.wait_for_acknowledged(SOME);
        });
        eprintln!("round {round}: {} acknowledged, {} refused", books.acknowledged(), books.refused());
        audit(&host, &books, false);
        stop(&mut host);
        drop(host);
        expect_sound(&scene.database_file());
        // Again from the disk alone.
        let mut host = scene.start();
        audit(&host, &books, false);
        stop(&mut host);
    }
}

/// While the disk is full: the host says so, lives and answers questions; and if it died now, the next one would find
/// everything.
fn full(load: &Load<'_>, host: &Host, database: &Path, says: &str) {
    load.wait_for_refused(SOME);
    host.wait_to_say(says);
    host.expect_alive();
    host.durable().list("?top=1").expect(200);

    host.signal(Signal::STOP);
    until("the host to stand still", || stands_still(host));
    let acknowledged: Books = load.books().clone();
    let elsewhere = Scene::second();
    copy(database, &elsewhere.database_file());
    host.signal(Signal::CONT);
    let mut next = elsewhere.start();
    audit(&next, &acknowledged, true);
    stop(&mut next);
    drop(next);
    expect_sound(&elsewhere.database_file());
}

/// A stopped process is `T` in its state, once all its threads have noticed.
fn stands_still(host: &Host) -> Result<(), String> {
    let tasks = fs::read_dir(format!("/proc/{}/task", host.pid())).expect("an own child can be looked at");
    for task in tasks {
        let file = task.expect("a thread").path().join("stat");
        // A thread that has just ended has none.
        let Ok(stat) = fs::read_to_string(file) else { continue };
        let state = stat.rsplit(") ").next().unwrap_or_default();
        if !state.starts_with('T') {
            return Err(stat);
        }
    }
    Ok(())
}

#[track_caller]
fn stop(host: &mut Host) {
    host.signal(Signal::TERM);
    assert_eq!(host.wait_for_end(Duration::from_secs(10)).code(), Some(0), "{}", host.stderr());
}
