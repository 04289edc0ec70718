//! Which of the new files are complete, where nobody says that they were closed. Pure: it is told the time and what was
//! found, and says what to look at.
//!
//! ```text
//! appeared ──▶ waits ──(settle time)──▶ looked at ──same as before──▶ settled
//!                ▲                          │ first look, or changed since
//!                └──────────────────────────┘
//! closed, gone: waits no more
//! ```

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use tokio::time::Instant;

/// More files than this do not wait at once; the container is scanned in their place.
const MOST: usize = 65_536;

/// What a file looked like: its size and when it was written.
pub(super) type Look = (u64, Option<i64>);

/// Files that may still be written.
#[derive(Debug)]
pub(super) struct Settling {
    settle: Duration,
    waiting: HashMap<String, Waiting>,
    /// The same by time.
    due: BTreeSet<(Instant, String)>,
}

#[derive(Debug)]
struct Waiting {
    due: Instant,
    /// What it was like at the last look.
    seen: Option<Look>,
}

/// There is no room for another file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

impl Settling {
    pub(super) fn new(settle: Duration) -> Self {
        Self { settle, waiting: HashMap::new(), due: BTreeSet::new() }
    }

    /// There is a new file.
    pub(super) fn appeared(&mut self, name: String, now: Instant) -> Result<(), Full> {
        if self.waiting.contains_key(&name) {
            return Ok(());
        }
        if self.waiting.len() >= MOST {
            return Err(Full);
        }
        self.wait(name, None, now);
        Ok(())
    }

    /// The file need not be waited for any more.
    pub(super) fn over(&mut self, name: &str) {
        if let Some(waiting) = self.waiting.remove(name) {
            self.due.remove(&(waiting.due, name.to_owned()));
        }
    }

    /// The same for everything in a folder, whose name ends with a slash.
    pub(super) fn over_below(&mut self, folder: &str) {
        let below: Vec<String> =
            self.waiting.keys().filter(|name| name.starts_with(folder)).cloned().collect();
        for name in below {
            self.over(&name);
        }
    }

    /// When the next file is to be looked at.
    pub(super) fn next(&self) -> Option<Instant> {
        self.due.first().map(|(due, _)| *due)
    }

    /// The next file that is to be looked at by now. It stays until [`looked`](Self::looked) says what it is like.
    pub(super) fn due(&self, now: Instant) -> Option<&str> {
        self.due.first().filter(|(due, _)| *due <= now).map(|(_, name)| name.as_str())
    }

    /// What a file is like; `None` when it is gone. Answers whether it is complete.
    pub(super) fn looked(&mut self, name: &str, found: Option<Look>, now: Instant) -> bool {
        let Some(waiting) = self.waiting.remove(name) else { return false };
        self.due.remove(&(waiting.due, name.to_owned()));
        match found {
            None => false,
            Some(look) if waiting.seen == Some(look) => true,
            Some(look) => {
                self.wait(name.to_owned(), Some(look), now);
                false
            }
        }
    }

    fn wait(&mut self, name: String, seen: Option<Look>, now: Instant) {
        let due = now + self.settle;
        self.due.insert((due, name.clone()));
        self.waiting.insert(name, Waiting { due, seen });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTLE: Duration = Duration::from_millis(500);

    fn appeared(names: &[&str]) -> (Settling, Instant) {
        let (mut settling, now) = (Settling::new(SETTLE), Instant::now());
        for name in names {
            settling.appeared((*name).to_owned(), now).unwrap();
        }
        (settling, now)
    }

    #[test]
    fn a_file_is_complete_when_two_looks_are_the_same() {
        let (mut settling, begin) = appeared(&["a"]);
        assert_eq!(settling.due(begin), None);
        let steps = [
            (Some((1, Some(1))), false),
            (Some((2, Some(1))), false),
            (Some((2, Some(2))), false),
            (Some((2, Some(2))), true),
        ];
        for (n, (found, complete)) in (1..).zip(steps) {
            let now = begin + SETTLE * n;
            assert_eq!(settling.due(now), Some("a"), "look {n}");
            assert_eq!(settling.looked("a", found, now), complete, "look {n}");
        }
        assert_eq!(settling.next(), None);
    }

    #[test]
    fn closed_and_vanished_files_are_not_waited_for() {
        let (mut settling, begin) = appeared(&["a", "b", "c/d", "c/e", "cf"]);
        settling.over("a");
        settling.over_below("c/");
        let now = begin + SETTLE;
        assert_eq!(settling.due(now), Some("b"));
        assert!(!settling.looked("b", None, now));
        assert_eq!(settling.due(now), Some("cf"));
        assert!(!settling.looked("a", Some((1, None)), now), "nobody waits for it");
        settling.over("cf");
        assert_eq!((settling.due(now), settling.next()), (None, None));
    }

    #[test]
    fn there_is_room_for_so_many() {
        let (mut settling, now) = appeared(&[]);
        for n in 0..MOST {
            settling.appeared(n.to_string(), now).unwrap();
        }
        assert_eq!(settling.appeared("more".to_owned(), now), Err(Full));
        assert_eq!(settling.appeared("0".to_owned(), now), Ok(()), "it waits already");
    }
}
