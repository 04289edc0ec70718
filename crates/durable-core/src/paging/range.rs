//! Ranges of ids, so that lists read only the part of the index that can match.
//!
//! Ids of entities begin with `@`, ids of orchestrations never do. Texts are compared byte by byte, which for UTF-8 is
//! the order of characters.

/// Ids between two others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// From this one on.
    pub from: String,
    /// After this one; the empty text is before all ids.
    pub after: String,
    /// Before this one. `None`: to the end.
    pub before: Option<String>,
}

/// Where orchestrations with a prefix can be, after a page that ended with `last`.
pub fn orchestration_ids(prefix: Option<&str>, last: Option<&str>) -> Vec<Range> {
    let prefix = prefix.unwrap_or_default();
    // `A` is the character after `@`.
    [range("", Some("@")), range("A", None)]
        .into_iter()
        .filter_map(|whole| whole.within(prefix)?.after(last))
        .collect()
}

/// Where entities of a name can be, after a page that ended with `last`.
pub fn entity_ids(name: Option<&str>, last: Option<&str>) -> Option<Range> {
    let prefix = match name {
        None => "@".to_owned(),
        Some(name) if name.contains('@') => return None,
        Some(name) => format!("@{name}@"),
    };
    range("@", Some("A")).within(&prefix)?.after(last)
}

fn range(from: &str, before: Option<&str>) -> Range {
    Range { from: from.to_owned(), after: String::new(), before: before.map(str::to_owned) }
}

impl Range {
    /// The part whose ids begin so; `None` when there is none.
    fn within(self, prefix: &str) -> Option<Self> {
        let before = match (self.before, after_all_with(prefix)) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Self { from: self.from.max(prefix.to_owned()), before, ..self }.unless_empty()
    }

    /// The part after an id; `None` when there is none.
    fn after(self, last: Option<&str>) -> Option<Self> {
        Self { after: last.unwrap_or_default().to_owned(), ..self }.unless_empty()
    }

    fn unless_empty(self) -> Option<Self> {
        let begins = self.from.as_str().max(&self.after);
        let is_empty = self.before.as_ref().is_some_and(|before| begins >= before.as_str());
        (!is_empty).then_some(self)
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

    fn later(from: &str, after: &str, before: Option<&str>) -> Range {
        Range { after: after.to_owned(), ..range(from, before) }
    }

    #[test]
    fn orchestrations_leave_entities_out() {
        assert_eq!(orchestration_ids(None, None), [range("", Some("@")), range("A", None)]);
        assert_eq!(orchestration_ids(Some("ab"), None), [range("ab", Some("ac"))]);
        assert_eq!(orchestration_ids(Some("0"), Some("07")), [later("0", "07", Some("1"))]);
        assert_eq!(orchestration_ids(Some("@x"), None), []);
        assert_eq!(orchestration_ids(None, Some("b")), [later("A", "b", None)]);
    }

    #[test]
    fn entities_of_a_name() {
        assert_eq!(entity_ids(None, None), Some(range("@", Some("A"))));
        assert_eq!(entity_ids(Some("c"), None), Some(range("@c@", Some("@cA"))));
        assert_eq!(entity_ids(Some("c"), Some("@c@1")), Some(later("@c@", "@c@1", Some("@cA"))));
        assert_eq!(entity_ids(Some("c"), Some("@d@1")), None);
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
