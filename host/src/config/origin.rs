//! Where a piece of configuration was written: a file and a range in it, a variable, an argument.
//!
//! Every value keeps its origin from the moment it is read until it is validated, because a message without a place
//! is a message that nobody can act on. Readers of this room and the validators of `app` create origins; `render` and
//! `report_json` turn them into text.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// One text file that was read, kept as long as a problem or a function may point into it.
pub struct SourceFile {
    /// Relative to the app's folder, with `/` between the parts, so that reports do not depend on the machine.
    path: String,
    text: String,
    /// Byte offset of the start of each line.
    line_starts: Vec<usize>,
    /// `None`: all of the text may be shown. `Some`: only these ranges, the rest may be secret.
    visible: Option<Vec<Range<usize>>>,
}

impl SourceFile {
    /// A file of which everything may be shown.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { path: path.into(), text, line_starts, visible: None }
    }

    /// The same file, of which snippets show these (sorted) ranges only.
    #[must_use]
    pub fn show_only(mut self, visible: Vec<Range<usize>>) -> Self {
        self.visible = Some(visible);
        self
    }

    /// Path relative to the app's folder.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text, without a byte order mark.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Zero-based number of the line that holds this byte.
    pub(crate) fn line_of(&self, byte: usize) -> usize {
        self.line_starts.partition_point(|&start| start <= byte).saturating_sub(1)
    }

    /// Byte range of a zero-based line, without its line break.
    pub(crate) fn line_range(&self, line: usize) -> Range<usize> {
        let start = self.line_starts.get(line).copied().unwrap_or(self.text.len());
        let end = self.line_starts.get(line + 1).map_or(self.text.len(), |next| next - 1);
        let end = if self.text[start..end].ends_with('\r') { end - 1 } else { end };
        start..end
    }

    /// Whether a snippet may show the character at this byte.
    pub(crate) fn shows(&self, byte: usize) -> bool {
        self.visible.as_ref().is_none_or(|ranges| ranges.iter().any(|range| range.contains(&byte)))
    }
}

impl fmt::Debug for SourceFile {
    /// The text stays out: it may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceFile").field("path", &self.path).finish_non_exhaustive()
    }
}

/// A range of a file.
#[derive(Debug, Clone)]
pub struct FileSpan {
    /// The file that `range` counts in.
    pub file: Arc<SourceFile>,
    /// Bytes.
    pub range: Range<usize>,
}

impl FileSpan {
    /// One-based line and column (in characters) of the start.
    pub fn line_column(&self) -> (usize, usize) {
        let line = self.file.line_of(self.range.start);
        let start = self.file.line_range(line).start;
        let column = self.file.text().get(start..self.range.start).map_or(0, |before| before.chars().count());
        (line + 1, column + 1)
    }
}

/// Where something was written.
#[derive(Debug, Clone)]
pub enum Origin {
    /// In a file.
    File(FileSpan),
    /// A file or folder as a whole: one that is missing, or cannot be read, or should not be there.
    Path(String),
    /// An environment variable of this process, by name.
    Environment(String),
    /// A command line argument, as the user spells it (`--port`).
    Argument(String),
    /// A handler compiled into this binary: where it says that it was registered.
    Handler(String),
}

impl Origin {
    /// A range of a file.
    pub fn file(file: &Arc<SourceFile>, range: Range<usize>) -> Self {
        Self::File(FileSpan { file: Arc::clone(file), range })
    }

    /// The file's path, when there is a file.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::File(span) => Some(span.file.path()),
            Self::Path(path) => Some(path),
            Self::Environment(_) | Self::Argument(_) | Self::Handler(_) => None,
        }
    }

    /// Whether the value that was written here may be repeated in a message.
    pub fn is_secret(&self) -> bool {
        matches!(self, Self::File(span) if !span.file.shows(span.range.start))
    }

    /// Reports list what the operator passed last, after the files, and each file from top to bottom.
    pub(crate) fn sort_key(&self) -> (u8, &str, usize) {
        match self {
            Self::File(span) => (0, span.file.path(), span.range.start),
            Self::Path(path) => (0, path, 0),
            Self::Handler(at) => (1, at, 0),
            Self::Environment(name) => (2, name, 0),
            Self::Argument(name) => (3, name, 0),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(span) => {
                let (line, column) = span.line_column();
                write!(f, "{}:{line}:{column}", span.file.path())
            }
            Self::Path(path) => f.write_str(path),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::Argument(name) => write!(f, "argument {name}"),
            Self::Handler(at) => write!(f, "compiled handler at {at}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let file = Arc::new(SourceFile::new("host.toml", "a = 1\r\né = \"ü\"\n"));
        let at = file.text().find('"').unwrap();
        assert_eq!(Origin::file(&file, at..at + 4).to_string(), "host.toml:2:5");
        assert_eq!(&file.text()[file.line_range(0)], "a = 1");
        let end = file.text().len();
        assert_eq!(Origin::file(&file, end..end).to_string(), "host.toml:3:1");
    }

    #[test]
    fn debug_keeps_the_text_out() {
        let file = SourceFile::new("local.settings.toml", "Key = \"s3cret\"");
        assert!(!format!("{file:?}").contains("s3cret"));
    }
}
