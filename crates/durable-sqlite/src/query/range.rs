//! Ranges of ids, so that lists read only the part of the index that can match.
//!
//! Ids of entities begin with `@`, ids of orchestrations never do. SQLite compares texts byte by byte, which for
//! UTF-8 is the order of characters.

/// Ids from one on and before another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) from: String,
    /// `None`: to the end.
    pub(super) before: Option<String>,
}

/// Where orchestrations with a prefix can be, after a page that ended with `last`.
pub(super) fn orchestration_ids(prefix: Option<&str>, last: Option<&str>) -> Vec<Range> {
    let prefix = prefix.unwrap_or_default();
    // `A` is the character after `@`.
    [range("", Some("@")), range("A", None)]
        .into_iter()
        .filter_map(|whole| whole.within(prefix)?.after(last))
        .collect()
}

/// Where entities of a name can be, after a page that ended with `last`.
pub(super) fn entity_ids(name: Option<&str>, last: Option<&str>) -> Option<Range> {
    let prefix = match name {
        None => "@".to_owned(),
        Some(name) if name.contains('@') => return None,
        Some(name) => format!("@{name}@"),
    };
    range("@", Some("A")).within(&prefix)?.after(last)
}

fn range(from: &str, before: Option<&str>) -> Range {
    Range { from: from.to_owned(), before: before.map(str::to_owned) }
}

impl Range {
    /// The part whose ids begin so; `None` when there is none.
    fn within(self, prefix: &str) -> Option<Self> {
        let before = match (self.before, after_all_with(prefix)) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Self { from: self.from.max(prefix.to_owned()), before }.unless_empty()
    }

    /// The part after an id; `None` when there is none.
    fn after(self, last: Option<&str>) -> Option<Self> {
        let Some(last) = last else { return Some(self) };
        // Nothing stands between a text and the same text with U+0000 at its end.
        Self { from: self.from.max(format!("{last}\0")), before: self.before }.unless_empty()
    }

    fn unless_empty(self) -> Option<Self> {
        Some(self).filter(|range| range.before.as_ref().is_none_or(|before| range.from < *before))
    }
}

/// The first text after all that begin with `prefix`; `None` when there is none.
fn after_all_with(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        // The range knows which numbers are no characters.
        if let Some(next) = (last..=char::MAX).nth(1) {
            text.push(next);
            return Some(text);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orchestrations_leave_entities_out() {
        assert_eq!(orchestration_ids(None, None), [range("", Some("@")), range("A", None)]);
        assert_eq!(orchestration_ids(Some("ab"), None), [range("ab", Some("ac"))]);
        assert_eq!(orchestration_ids(Some("0"), Some("07")), [range("07\0", Some("1"))]);
        assert_eq!(orchestration_ids(Some("@x"), None), []);
        assert_eq!(orchestration_ids(None, Some("b")), [range("b\0", None)]);
    }

    #[test]
    fn entities_of_a_name() {
        assert_eq!(entity_ids(None, None), Some(range("@", Some("A"))));
        assert_eq!(entity_ids(Some("c"), None), Some(range("@c@", Some("@cA"))));
        assert_eq!(entity_ids(Some("c"), Some("@c@1")), Some(range("@c@1\0", Some("@cA"))));
        assert_eq!(entity_ids(Some("c@d"), None), None);
    }

    #[test]
    fn the_end_of_a_prefix() {
        assert_eq!(after_all_with("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(after_all_with("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(after_all_with("\u{10ffff}"), None);
        assert_eq!(after_all_with(""), None);
    }
}
