//! Lines of a head: where they end, and the beginning of one that comes in pieces.
//!
//! For [`framing`](super::framing), which looks at every byte of every head, so this is written for speed.

/// The places of the line feeds, found eight bytes at a time: a head's lines are too short for a search that is set
/// up anew for each.
pub(super) struct Newlines<'b> {
    bytes: &'b [u8],
    /// Where the word after the current one begins.
    next: usize,
    /// The high bits of those bytes of the current word that are line feeds and have not been returned.
    found: u64,
}

impl<'b> Newlines<'b> {
    pub(super) fn of(bytes: &'b [u8]) -> Self {
        Self { bytes, next: 0, found: 0 }
    }
}

impl Iterator for Newlines<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        const LOW: u64 = u64::from_ne_bytes([0x7f; 8]);
        const FEED: u64 = u64::from_ne_bytes([b'\n'; 8]);
        while self.found == 0 {
            let rest = self.bytes.get(self.next..).filter(|rest| !rest.is_empty())?;
            let word = rest.first_chunk().map_or_else(
                || {
                    let mut last = [0; 8];
                    last[..rest.len()].copy_from_slice(rest);
                    u64::from_le_bytes(last)
                },
                |word| u64::from_le_bytes(*word),
            );
            // A byte of `other` is 0 where the word has a line feed; adding 0x7f carries into the high bit elsewhere.
            let other = word ^ FEED;
            self.found = !(((other & LOW) + LOW) | other | LOW);
            self.next += 8;
        }
        let at = self.next - 8 + self.found.trailing_zeros() as usize / 8;
        self.found &= self.found - 1;
        Some(at)
    }
}

/// The first bytes of a line that is spread over reads: enough for the two headers that matter.
#[derive(Debug)]
pub(super) struct PartialLine {
    bytes: [u8; PartialLine::KEPT],
    len: u8,
    /// The line is longer than what is kept of it.
    pub(super) cut: bool,
}

impl Default for PartialLine {
    fn default() -> Self {
        Self { bytes: [0; PartialLine::KEPT], len: 0, cut: false }
    }
}

impl PartialLine {
    const KEPT: usize = 128;

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    pub(super) fn push(&mut self, more: &[u8]) {
        let start = usize::from(self.len);
        let taken = more.len().min(Self::KEPT - start);
        self.bytes[start..start + taken].copy_from_slice(&more[..taken]);
        self.len += u8::try_from(taken).expect("at most KEPT, which fits");
        self.cut |= taken < more.len();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn newlines_are_found_where_they_are(bytes in proptest::collection::vec(
            prop_oneof![Just(b'\n'), Just(0x8a), Just(0x0b), Just(0x09), any::<u8>()], 0..40)
        ) {
            let expected: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] == b'\n').collect();
            prop_assert_eq!(Newlines::of(&bytes).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn a_line_in_pieces_keeps_its_beginning() {
        let mut line = PartialLine::default();
        assert!(line.is_empty());
        line.push(b"Content-");
        line.push(b"Length: 5");
        assert_eq!((line.bytes(), line.cut), (&b"Content-Length: 5"[..], false));
        line.push(&[b' '; 200]);
        assert_eq!((line.bytes().len(), line.cut), (PartialLine::KEPT, true));
    }
}
