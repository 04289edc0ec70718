//! A line of a file with carets below a range of it.
//!
//! Called by `render` and `report_json`. What a file keeps secret is replaced by `***` here, in the one place where
//! file text turns into output.

use super::origin::FileSpan;

/// What stands for a secret, whatever its length.
const MASK: &str = "***";
/// Width of a tab in snippets; terminals differ, carets must not.
const TAB: &str = "    ";

/// One line of a file, ready to be shown.
pub(super) struct Snippet {
    /// One-based.
    pub(super) line: usize,
    /// The line with tabs widened and secrets masked.
    pub(super) text: String,
    /// How many characters of `text` stand before the range.
    pub(super) before: usize,
    /// How many characters of `text` the range covers on this line, at least one.
    pub(super) width: usize,
}

impl Snippet {
    /// The first line that the range touches.
    pub(super) fn of(span: &FileSpan) -> Self {
        let file = &span.file;
        let line = file.line_of(span.range.start);
        let bounds = file.line_range(line);
        let mut text = String::new();
        let (mut shown, mut before, mut end) = (0, None, 0);
        let mut in_mask = false;
        for (offset, character) in file.text()[bounds.clone()].char_indices() {
            let at = bounds.start + offset;
            let hidden = !file.shows(at);
            let piece = match (hidden, character) {
                (true, _) if in_mask => "",
                (true, _) => MASK,
                (false, '\t') => TAB,
                (false, c) if c.is_control() => " ",
                (false, c) => &*c.encode_utf8(&mut [0; 4]).to_owned(),
            };
            // A range inside a mask points at the whole mask.
            let start = if hidden && in_mask { shown - MASK.len() } else { shown };
            text.push_str(piece);
            shown += piece.chars().count();
            in_mask = hidden;
            if at >= span.range.start && before.is_none() {
                before = Some(start);
            }
            if at < span.range.end.max(span.range.start + 1) {
                end = shown;
            }
        }
        let before = before.unwrap_or(shown);
        Self { line: line + 1, text, before, width: end.saturating_sub(before).max(1) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::origin::SourceFile;
    use super::*;

    fn snippet(file: SourceFile, part: &str) -> (String, String) {
        let start = file.text().find(part).unwrap();
        let span = FileSpan { range: start..start + part.len(), file: Arc::new(file) };
        let snippet = Snippet::of(&span);
        let carets = format!("{}{}", " ".repeat(snippet.before), "^".repeat(snippet.width));
        (snippet.text, carets)
    }

    #[test]
    fn carets_stand_below_the_range() {
        let (text, carets) = snippet(SourceFile::new("f", "x = 1\n\tgrün = \"ä\" # c\n"), "\"ä\"");
        assert_eq!(text, "    grün = \"ä\" # c");
        assert_eq!(carets, "           ^^^");
    }

    #[test]
    fn an_empty_range_at_the_end_of_a_line_still_has_a_caret() {
        let file = Arc::new(SourceFile::new("f", "a = \nb = 1"));
        let snippet = Snippet::of(&FileSpan { file, range: 4..4 });
        assert_eq!((snippet.text.as_str(), snippet.before, snippet.width), ("a = ", 4, 1));
    }

    #[test]
    fn a_range_over_several_lines_is_cut_at_the_first() {
        let (text, carets) = snippet(SourceFile::new("f", "a = [1,\n2]\n"), "[1,\n2]");
        assert_eq!((text.as_str(), carets.as_str()), ("a = [1,", "    ^^^"));
    }

    #[test]
    fn what_is_secret_is_masked_and_its_length_hidden() {
        let file = SourceFile::new("f", "Key = \"s3cret value\" # old one")
            .show_only(std::iter::once(0..6).collect());
        assert_eq!(snippet(file, "s3cret"), ("Key = ***".to_owned(), "      ^^^".to_owned()));
    }
}
