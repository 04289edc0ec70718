//! What is wrong with a schedule, and what is right but may surprise.

use std::ops::Range;

/// What is wrong with a schedule, and which part of its text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ScheduleError {
    /// A lowercase fragment that names what was found.
    pub(super) message: String,
    /// Bytes of the text, never more than it has.
    pub(super) range: Range<usize>,
    /// What may stand there.
    pub(super) allowed: String,
    /// What was probably meant.
    pub(super) help: Option<String>,
}

impl ScheduleError {
    pub(super) fn new(message: impl Into<String>, range: Range<usize>, allowed: impl Into<String>) -> Self {
        Self { message: message.into(), range, allowed: allowed.into(), help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What is wrong; it quotes the text.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Which bytes of the text.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// What may stand there.
    pub fn allowed(&self) -> &str {
        &self.allowed
    }

    /// What was probably meant.
    pub fn hint(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The text with carets below the part that is wrong, for places that show no file.
    pub fn pointing_into(&self, text: &str) -> String {
        let before = text.get(..self.range.start).map_or(0, |before| before.chars().count());
        let width = text.get(self.range.clone()).map_or(0, |part| part.chars().count()).max(1);
        format!("{text}\n{:before$}{}", "", "^".repeat(width))
    }
}

/// Something that is right, but may not be what was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What it is; quotes the text.
    pub message: String,
    /// Which bytes of the text.
    pub range: Range<usize>,
    /// What to write to be clear.
    pub help: String,
}
