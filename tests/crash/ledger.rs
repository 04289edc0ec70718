//! The clients' own books: what they asked for, what was acknowledged; and the audit of a list against them.

use std::collections::{HashMap, HashSet};

/// One guest's add to one registry: guest, running number.
pub(super) type Gift = (usize, usize);

/// The text of a gift as an item.
pub(super) fn item(gift: Gift) -> String {
    format!("g{}-{}", gift.0, gift.1)
}

fn gift(item: &str) -> Option<Gift> {
    let (guest, number) = item.strip_prefix('g')?.split_once('-')?;
    Some((guest.parse().ok()?, number.parse().ok()?))
}

/// What the guests of one registry know.
#[derive(Default)]
pub(super) struct Ledger {
    acknowledged: HashSet<Gift>,
    /// Asked for, and the host died before it answered.
    open: HashSet<Gift>,
}

impl Ledger {
    /// Books an acknowledged gift.
    pub(super) fn acknowledge(&mut self, gift: Gift) {
        self.acknowledged.insert(gift);
    }

    /// Books a gift of which nobody knows.
    pub(super) fn leave_open(&mut self, gift: Gift) {
        self.open.insert(gift);
    }

    /// How many gifts must be there.
    pub(super) fn acknowledged(&self) -> usize {
        self.acknowledged.len()
    }

    /// How many may be there or not.
    pub(super) fn open(&self) -> usize {
        self.open.len()
    }

    /// Names the acknowledged gifts that are not in the list.
    pub(super) fn missing(&self, items: &[String]) -> Vec<String> {
        let present: HashSet<Gift> = items.iter().filter_map(|item| gift(item)).collect();
        self.acknowledged.difference(&present).map(|gift| item(*gift)).collect()
    }

    /// Fails the test unless the list holds each acknowledged gift exactly once, each open one at most once,
    /// nothing else, and the gifts of each guest in the order of their giving.
    #[track_caller]
    pub(super) fn audit(&self, items: &[String]) {
        let missing = self.missing(items);
        assert!(missing.is_empty(), "acknowledged and lost: {missing:?}");
        let mut seen = HashSet::new();
        let mut latest: HashMap<usize, usize> = HashMap::new();
        for text in items {
            let gift = gift(text).unwrap_or_else(|| panic!("nobody gave {text:?}"));
            assert!(self.acknowledged.contains(&gift) || self.open.contains(&gift), "nobody gave {text:?}");
            assert!(seen.insert(gift), "{text:?} was applied twice");
            let before = latest.insert(gift.0, gift.1);
            assert!(before.is_none_or(|before| before < gift.1), "{text:?} came after number {before:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger() -> Ledger {
        let mut ledger = Ledger::default();
        ledger.acknowledge((1, 0));
        ledger.acknowledge((1, 1));
        ledger.leave_open((1, 2));
        ledger
    }

    fn audit(items: &[&str]) -> bool {
        let items: Vec<String> = items.iter().map(|item| (*item).to_owned()).collect();
        std::panic::catch_unwind(|| ledger().audit(&items)).is_ok()
    }

    #[test]
    fn an_honest_list_passes_and_every_kind_of_fault_is_found() {
        assert!(audit(&["g1-0", "g1-1"]));
        assert!(audit(&["g1-0", "g1-1", "g1-2"]));
        assert!(!audit(&["g1-0"]), "lost");
        assert!(!audit(&["g1-0", "g1-1", "g1-1"]), "twice");
        assert!(!audit(&["g1-1", "g1-0"]), "order");
        assert!(!audit(&["g1-0", "g1-1", "g7-0"]), "invented");
        assert!(!audit(&["g1-0", "g1-1", "other"]), "invented");
    }
}
