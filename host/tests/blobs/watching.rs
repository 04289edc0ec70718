//! What a watch of a folder tells, and what it does not.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::Write,
};

use fnhost::blobs::{Hint, Hints};
use futures_util::StreamExt;

use crate::scene::{CONTAINER, PATIENCE, Place};

/// A watch whose first hint has come.
async fn watch(place: &Place) -> Watched {
    let mut watched = Watched(place.store().watch(CONTAINER.to_owned()).unwrap());
    assert_eq!(watched.next().await, Hint::Rescan, "the watch stands");
    watched
}

struct Watched(Hints);

impl Watched {
    async fn next(&mut self) -> Hint {
        tokio::time::timeout(PATIENCE, self.0.next()).await.expect("a hint").expect("the watch goes on")
    }

    /// All names until this one.
    async fn until(&mut self, last: &str) -> Vec<String> {
        let mut names = Vec::new();
        loop {
            let Hint::Changed(name) = self.next().await else { panic!("a rescan for no reason") };
            let is_last = name == last;
            names.push(name);
            if is_last {
                return names;
            }
        }
    }

    async fn rescan(&mut self) {
        while self.next().await != Hint::Rescan {}
    }
}

#[tokio::test]
async fn a_written_file_is_told_when_it_is_closed() {
    let place = Place::local();
    let mut watched = watch(&place).await;
    let mut slow = File::create(place.container().join("slow")).unwrap();
    slow.write_all(b"half").unwrap();
    fs::write(place.container().join("quick"), "x").unwrap();
    assert_eq!(watched.until("quick").await, ["quick"], "one that is being written is not told");
    slow.write_all(b"whole").unwrap();
    drop(slow);
    watched.until("slow").await;
    fs::write(place.container().join("empty"), "").unwrap();
    watched.until("empty").await;
}

#[tokio::test]
async fn renames_into_place_and_hard_links_are_told() {
    let place = Place::local();
    let container = place.container();
    fs::write(place.folder.path().join("elsewhere"), "x").unwrap();
    let mut watched = watch(&place).await;
    fs::write(container.join("a.tmp"), "x").unwrap();
    fs::rename(container.join("a.tmp"), container.join("a")).unwrap();
    assert_eq!(watched.until("a").await, ["a"], "temporary names are not told");
    fs::rename(place.folder.path().join("elsewhere"), container.join("b")).unwrap();
    assert_eq!(watched.until("b").await, ["b"]);
    fs::hard_link(container.join("b"), container.join("c")).unwrap();
    assert_eq!(watched.until("c").await, ["c"]);
    place.put("d/e", "x").await;
    watched.until("d/e").await;
}

#[tokio::test]
async fn files_in_new_folders_are_told() {
    let place = Place::local();
    let mut watched = watch(&place).await;
    let mut expected = BTreeSet::new();
    for n in 0..50 {
        let folder = place.container().join(format!("{n}/a/b"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("file"), "x").unwrap();
        expected.insert(format!("{n}/a/b/file"));
    }
    // A whole tree that is moved in.
    let tree = place.folder.path().join("tree");
    fs::create_dir_all(tree.join("inner")).unwrap();
    fs::write(tree.join("inner/file"), "x").unwrap();
    fs::rename(tree, place.container().join("moved")).unwrap();
    expected.insert("moved/inner/file".to_owned());
    while !expected.is_empty() {
        if let Hint::Changed(name) = watched.next().await {
            expected.remove(&name);
        }
    }
}

#[tokio::test]
async fn what_overflows_is_told_as_one_rescan() {
    let place = Place::local();
    let mut watched = watch(&place).await;
    // Nobody takes hints meanwhile, so that queues fill up behind them.
    for n in 0..30_000 {
        fs::write(place.container().join(n.to_string()), "").unwrap();
    }
    let mut names = BTreeSet::new();
    let told = tokio::time::timeout(PATIENCE, async {
        loop {
            match watched.0.next().await.unwrap() {
                Hint::Changed(name) => drop(names.insert(name)),
                Hint::Rescan => return,
            }
        }
    });
    told.await.unwrap_or_else(|_| panic!("{} names and no rescan", names.len()));
    assert!(names.len() < 30_000, "nothing was lost, so this test shows nothing");
    // The queue may still be full, and then this is told as a rescan too; but it does not stay so.
    let after = Hint::Changed("after".to_owned());
    loop {
        fs::write(place.container().join("after"), "x").unwrap();
        let mut hint = watched.next().await;
        while hint != after && hint != Hint::Rescan {
            hint = watched.next().await;
        }
        if hint == after {
            return;
        }
    }
}

#[tokio::test]
async fn a_folder_that_comes_late_or_again_is_watched() {
    let place = Place::local();
    fs::remove_dir(place.container()).unwrap();
    let mut watched = Watched(place.store().watch(CONTAINER.to_owned()).unwrap());
    fs::create_dir(place.container()).unwrap();
    fs::write(place.container().join("early"), "x").unwrap();
    watched.rescan().await;
    fs::write(place.container().join("a"), "x").unwrap();
    watched.until("a").await;
    fs::rename(place.container(), place.root().join("away")).unwrap();
    fs::create_dir(place.container()).unwrap();
    watched.rescan().await;
    fs::write(place.container().join("b"), "x").unwrap();
    watched.until("b").await;
    // Object stores tell nothing.
    assert!(Place::s3().store().watch(CONTAINER.to_owned()).is_none());
}

#[tokio::test]
async fn a_watch_that_is_dropped_gives_its_watcher_back() {
    let watchers = || {
        let open =
            fs::read_dir("/proc/self/fd").unwrap().filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
        open.filter(|target| target.to_string_lossy().contains("inotify")).count()
    };
    let place = Place::local();
    let mut watches = Vec::new();
    for _ in 0..20 {
        watches.push(watch(&place).await);
    }
    let most = watchers();
    drop(watches);
    crate::scene::eventually("the watchers to end", || watchers() + 10 <= most).await;
}
