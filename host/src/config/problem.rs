//! One thing that is wrong with a function app, or worth knowing about it.
//!
//! Built by every reader and validator of `config` and `app`, and by later rooms that check what only they understand
//! (a compiled route, a schedule). It is data: `render` makes text of it, `report_json` makes JSON.

use std::sync::Arc;

use super::code::Code;
use super::origin::Origin;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Must be corrected: the host does not start, or the function does not run.
    Error,
    /// Works, but not as the author may think. Fatal in strict mode.
    Warning,
    /// Accepted without effect. Never fatal.
    Note,
}

impl Severity {
    /// The word that reports begin with.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A place that belongs to a problem, with a remark on what is there.
#[derive(Debug, Clone)]
pub struct Label {
    /// The place.
    pub at: Origin,
    /// Shown beside the carets; empty when the message says it all.
    pub note: String,
}

/// One problem: what is wrong and where, what was found, what is allowed, what to do.
#[derive(Debug, Clone)]
#[must_use = "a problem that is not put into a report is lost"]
pub struct Problem {
    pub(super) code: Code,
    pub(super) severity: Severity,
    /// Empty when it concerns the whole app.
    pub(super) functions: Vec<Arc<str>>,
    pub(super) message: String,
    /// The first one is where to begin.
    pub(super) labels: Vec<Label>,
    pub(super) found: Option<String>,
    pub(super) allowed: Vec<String>,
    pub(super) help: Vec<String>,
}

impl Problem {
    /// An error at a place. The message is a lowercase fragment that names the key, file or function.
    pub fn error(code: Code, message: impl Into<String>, at: Origin) -> Self {
        Self {
            code,
            severity: Severity::Error,
            functions: Vec::new(),
            message: message.into(),
            labels: vec![Label { at, note: String::new() }],
            found: None,
            allowed: Vec::new(),
            help: Vec::new(),
        }
    }

    /// A warning at a place.
    pub fn warning(code: Code, message: impl Into<String>, at: Origin) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message, at) }
    }

    /// A note at a place.
    pub fn note(code: Code, message: impl Into<String>, at: Origin) -> Self {
        Self { severity: Severity::Note, ..Self::error(code, message, at) }
    }

    /// Says what is at the place that was named last.
    pub fn saying(mut self, note: impl Into<String>) -> Self {
        if let Some(label) = self.labels.last_mut() {
            label.note = note.into();
        }
        self
    }

    /// Names another place that belongs to the problem.
    pub fn also_at(mut self, at: Origin, note: impl Into<String>) -> Self {
        self.labels.push(Label { at, note: note.into() });
        self
    }

    /// What was found instead.
    pub fn found(mut self, found: impl Into<String>) -> Self {
        self.found = Some(found.into());
        self
    }

    /// What is allowed: a description, or the choices one by one.
    pub fn allowed<T: Into<String>>(mut self, allowed: impl IntoIterator<Item = T>) -> Self {
        self.allowed.extend(allowed.into_iter().map(Into::into));
        self
    }

    /// What to do about it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// What to do about it, where there is something to say.
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help.extend(help);
        self
    }

    /// Ties the problem to a function: those that are not named are not concerned.
    pub fn of_function(mut self, function: &Arc<str>) -> Self {
        self.functions.push(Arc::clone(function));
        self
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The functions that it concerns; none when it concerns the whole app.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.functions.iter().map(|name| &**name)
    }

    /// Whether it concerns this function.
    pub fn concerns(&self, function: &str) -> bool {
        self.functions().any(|name| name.eq_ignore_ascii_case(function))
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where to begin.
    pub fn origin(&self) -> Option<&Origin> {
        self.labels.first().map(|label| &label.at)
    }
}
