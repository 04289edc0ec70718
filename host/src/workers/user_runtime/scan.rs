//! Which polls are stuck, decided from what the slots show at successive moments. Pure: no clock, no threads.
//!
//! ```text
//! first seen ── seen again in a later scan ──▶ stuck: wake a thread, once
//!                   └── for longer than allowed ──▶ long: report, once ── no longer seen ──▶ over: report
//! ```

use std::{collections::HashMap, time::Duration};

use super::slot::{PollNumber, SlotId};

/// Remembers polls from scan to scan.
#[derive(Debug)]
pub(super) struct Scanner {
    long_poll: Duration,
    seen: HashMap<SlotId, Seen>,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    poll: PollNumber,
    since: Duration,
    is_long: bool,
    is_stuck: bool,
}

/// What a scan has found out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Findings {
    /// A poll was under way.
    pub(super) is_busy: bool,
    /// A poll that was under way in the last scan still is, and nothing was done about it yet.
    pub(super) is_newly_stuck: bool,
    /// Polls that have just become long: thread, poll, since when.
    pub(super) became_long: Vec<(SlotId, PollNumber, Duration)>,
    /// Threads whose long poll is over, and how long it took.
    pub(super) came_back: Vec<(SlotId, Duration)>,
}

impl Scanner {
    pub(super) fn new(long_poll: Duration) -> Self {
        Self { long_poll, seen: HashMap::new() }
    }

    /// Looks at what each thread polls now.
    pub(super) fn scan(
        &mut self,
        now: Duration,
        threads: impl IntoIterator<Item = (SlotId, Option<PollNumber>)>,
    ) -> Findings {
        let mut findings = Findings::default();
        for (thread, poll) in threads {
            findings.is_busy |= poll.is_some();
            let before = self.seen.get(&thread).copied();
            match (before, poll) {
                (Some(mut seen), Some(poll)) if seen.poll == poll => {
                    findings.is_newly_stuck |= !std::mem::replace(&mut seen.is_stuck, true);
                    if !seen.is_long && now.saturating_sub(seen.since) >= self.long_poll {
                        seen.is_long = true;
                        findings.became_long.push((thread, poll, seen.since));
                    }
                    self.seen.insert(thread, seen);
                }
                (before, poll) => {
                    if let Some(seen) = before
                        && seen.is_long
                    {
                        findings.came_back.push((thread, now.saturating_sub(seen.since)));
                    }
                    match poll {
                        Some(poll) => {
                            let seen = Seen { poll, since: now, is_long: false, is_stuck: false };
                            self.seen.insert(thread, seen);
                        }
                        None => {
                            self.seen.remove(&thread);
                        }
                    }
                }
            }
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_millis(1000);

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_poll_is_stuck_when_seen_twice_and_long_after_its_time() {
        let mut scanner = Scanner::new(LONG);
        let first = scanner.scan(ms(0), [(0, Some(7))]);
        assert_eq!(first, Findings { is_busy: true, ..Findings::default() });
        let second = scanner.scan(ms(10), [(0, Some(7))]);
        assert_eq!(second, Findings { is_busy: true, is_newly_stuck: true, ..Findings::default() });
        let third = scanner.scan(ms(999), [(0, Some(7))]);
        assert_eq!(third, Findings { is_busy: true, ..Findings::default() }, "woken once only");
        let fourth = scanner.scan(ms(1000), [(0, Some(7))]);
        assert_eq!(fourth.became_long, [(0, 7, ms(0))]);
        let fifth = scanner.scan(ms(5000), [(0, Some(7))]);
        assert_eq!(fifth, Findings { is_busy: true, ..Findings::default() }, "reported once only");
        let over = scanner.scan(ms(6000), [(0, None)]);
        assert_eq!(over, Findings { came_back: vec![(0, ms(6000))], ..Findings::default() });
        assert_eq!(scanner.scan(ms(6010), [(0, None)]), Findings::default());
    }

    #[test]
    fn many_short_polls_are_never_stuck() {
        let mut scanner = Scanner::new(LONG);
        for poll in 1..5000 {
            let findings = scanner.scan(ms(poll), [(0, Some(poll)), (1, None)]);
            assert_eq!(findings, Findings { is_busy: true, ..Findings::default() });
        }
    }

    #[test]
    fn a_long_poll_that_is_followed_by_another_came_back() {
        let mut scanner = Scanner::new(LONG);
        for now in [0, 10, 1000] {
            scanner.scan(ms(now), [(0, Some(1)), (1, Some(1))]);
        }
        let findings = scanner.scan(ms(2000), [(0, Some(2)), (1, Some(1))]);
        assert_eq!(findings.came_back, [(0, ms(2000))]);
        assert_eq!(scanner.scan(ms(2010), [(0, Some(2)), (1, Some(1))]).came_back, []);
    }
}
