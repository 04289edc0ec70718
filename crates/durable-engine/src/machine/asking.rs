//! Questions to the store that are asked one at a time, and again when something happened meanwhile.

/// Whether a question is to be asked, and whether it is being answered.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Asking {
    wanted: bool,
    under_way: bool,
}

impl Asking {
    /// Has it asked as soon as the answer to the one before is there: that may be older than what it is asked for.
    pub(super) fn want(&mut self) {
        self.wanted = true;
    }

    /// Whether it is to be asked now; if so, an answer is expected.
    pub(super) fn begin(&mut self) -> bool {
        let begins = self.wanted && !self.under_way;
        if begins {
            *self = Self { wanted: false, under_way: true };
        }
        begins
    }

    /// Asks for the next part of the same.
    pub(super) fn go_on(&mut self) {
        self.under_way = true;
    }

    /// The answer is there.
    pub(super) fn answered(&mut self) {
        self.under_way = false;
    }

    pub(super) fn is_under_way(self) -> bool {
        self.under_way
    }

    pub(super) fn is_idle(self) -> bool {
        !self.wanted && !self.under_way
    }
}
