//! Whether other hosts are there to be told anything.
//!
//! ```text
//!            a renewal sees no other host, and this one listens
//!   ┌────────┐ ────────────────────────────────────────────▶ ┌───────┐
//!   │ others │                                                │ alone │   says nothing
//!   └────────┘ ◀──────────────────────────────────────────── └───────┘
//!            a renewal sees another, another is heard (each says hello when it registers),
//!            or this host stops listening
//! ```
//!
//! A notification is a transaction of its own, and often one more in the session that listens. What is not said while a host is just coming in, its first sweeps find.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is known of other hosts; begins with others.
#[derive(Debug, Default)]
pub(crate) struct Company(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    alone: bool,
    listens: bool,
    /// How often others were heard.
    heard: u64,
}

impl Company {
    /// Whether nobody else would hear.
    pub(crate) fn is_alone(&self) -> bool {
        let known = self.known();
        known.alone && known.listens
    }

    /// Another host has said something, or may have.
    pub(crate) fn heard(&self) {
        let mut known = self.known();
        known.heard += 1;
        known.alone = false;
    }

    /// Whether this host would hear another that comes.
    pub(crate) fn listens(&self, listens: bool) {
        self.heard();
        self.known().listens = listens;
    }

    /// The moment before looking for others, for [`found`](Self::found).
    pub(crate) fn before_looking(&self) -> u64 {
        self.known().heard
    }

    /// Whether the database showed others; who was heard meanwhile counts.
    pub(crate) fn found(&self, before: u64, others: bool) {
        let mut known = self.known();
        known.alone = !others && known.heard == before;
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Three plain values: nothing is half done in them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_alone_when_it_listens_and_sees_nobody() {
        let company = Company::default();
        assert!(!company.is_alone(), "nobody has looked");
        company.found(company.before_looking(), false);
        assert!(!company.is_alone(), "it does not hear who comes");
        company.listens(true);
        assert!(!company.is_alone(), "somebody may have come before");
        company.found(company.before_looking(), false);
        assert!(company.is_alone());
        company.heard();
        assert!(!company.is_alone());
        company.found(company.before_looking(), true);
        assert!(!company.is_alone());
        company.found(company.before_looking(), false);
        assert!(company.is_alone());
        company.listens(false);
        assert!(!company.is_alone());
    }

    #[test]
    fn who_is_heard_while_the_host_looks_is_not_overlooked() {
        let company = Company::default();
        company.listens(true);
        let before = company.before_looking();
        company.heard();
        company.found(before, false);
        assert!(!company.is_alone());
    }
}
