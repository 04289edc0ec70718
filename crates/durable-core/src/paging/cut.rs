//! How many rows are on a page: pure, from what they weigh.

use crate::store::{MAX_PAGE, MAX_PAGE_BYTES};

/// The rows that are on a page, counted one by one in the order of ids.
#[derive(Debug)]
pub struct Cut {
    top: usize,
    keys: Vec<i64>,
    bytes: usize,
    /// Id of the last row.
    last: Option<String>,
    /// Whether a row stayed out.
    more: bool,
}

impl Cut {
    /// An empty page of at most `top` items.
    pub fn new(top: Option<u32>) -> Self {
        let top = top.map_or(MAX_PAGE, |top| top.clamp(1, MAX_PAGE)) as usize;
        Self { top, keys: Vec::new(), bytes: 0, last: None, more: false }
    }

    /// How many rows to look at: those that have room, and one that tells whether there is a next page.
    pub fn wanted(&self) -> i64 {
        if self.more { 0 } else { (self.top + 1 - self.keys.len()) as i64 }
    }

    /// Takes the next row, unless the page is full.
    pub fn take(&mut self, key: i64, id: String, bytes: usize) {
        let bytes = self.bytes.saturating_add(bytes);
        self.more |= self.keys.len() == self.top || (bytes > MAX_PAGE_BYTES && !self.keys.is_empty());
        if !self.more {
            self.keys.push(key);
            self.bytes = bytes;
            self.last = Some(id);
        }
    }

    /// The rows on the page, in order.
    pub fn keys(&self) -> &[i64] {
        &self.keys
    }

    /// Where the next page goes on.
    pub fn continuation(self) -> Option<String> {
        self.last.filter(|_| self.more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(top: Option<u32>, bytes: &[usize]) -> (usize, Option<String>) {
        let mut cut = Cut::new(top);
        for (number, bytes) in bytes.iter().enumerate() {
            if cut.wanted() == 0 {
                break;
            }
            cut.take(number as i64, number.to_string(), *bytes);
        }
        (cut.keys().len(), cut.continuation())
    }

    #[test]
    fn a_page_ends_where_its_rows_or_bytes_do() {
        const ALL: usize = MAX_PAGE_BYTES;
        let goes_on = |last: &str| Some(last.to_owned());
        assert_eq!(cut(None, &[]), (0, None));
        assert_eq!(cut(Some(2), &[1, 1]), (2, None));
        assert_eq!(cut(Some(2), &[1, 1, 1]), (2, goes_on("1")));
        assert_eq!(cut(None, &[ALL - 1, 1]), (2, None), "to the last byte");
        assert_eq!(cut(None, &[ALL - 1, 2, 0]), (1, goes_on("0")), "nothing small slips past the large one");
        assert_eq!(cut(None, &[ALL + 1]), (1, None), "one is always there");
        assert_eq!(cut(None, &[ALL + 1, 0]), (1, goes_on("0")));
        assert_eq!(cut(None, &[0; MAX_PAGE as usize + 1]).0, MAX_PAGE as usize);
    }
}
